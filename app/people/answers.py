"""From rows to answers: what of a person is shown, masked or in full."""

from datetime import date

from app.kernel.masking import mask_citizen_id, mask_name, mask_phone
from app.people.citizen_id import CitizenId
from app.people.codes import heard
from app.people.models import JobSeeker, JobSeekerLog
from app.people.profile import shown
from app.people.rules import REGISTRATION, State, age_on
from app.people.schemas import EnteredSeeker, LogLine, Purpose, RegistrationOut, RevealedSeeker, SeekerOut, Sex
from app.regions.tree import Regions
from app.taxonomy.tables import Taxonomy


def masked(seeker: JobSeeker, today: date) -> SeekerOut:
    """The person as everybody at the office may see them."""
    registration = seeker.registration
    return SeekerOut.model_validate(
        {
            **shown(seeker.profile),
            "id": seeker.id,
            "name": mask_name(seeker.name),
            "citizen_id": mask_citizen_id(seeker.citizen_id),
            "phone": mask_phone(seeker.phone),
            "age": age_on(seeker.birth_on, today),
            "registration": RegistrationOut(
                number=registration.number,
                state=State(registration.state),
                registered_on=registration.registered_on,
                valid_until=registration.valid_until,
                possible=REGISTRATION.offered(registration.state),
            ),
            "created_at": seeker.created_at,
            "updated_at": seeker.updated_at,
            "version": seeker.version,
        }
    )


def entered(seeker: JobSeeker, today: date, regions: Regions, taxonomy: Taxonomy) -> EnteredSeeker:
    """The masked person with what their words were taken to mean: a function of what is stored, so that a repeated
    answer says the same."""
    lines = heard(seeker.profile, regions, taxonomy)
    return EnteredSeeker(**dict(masked(seeker, today)), understood=lines)


def revealed(seeker: JobSeeker, purpose: Purpose) -> RevealedSeeker:
    """The personal fields in full; only after `service.reveal_seeker` noted who asked and why."""
    identity = CitizenId(seeker.citizen_id)
    return RevealedSeeker(
        id=seeker.id,
        name=seeker.name,
        citizen_id=seeker.citizen_id,
        phone=seeker.phone,
        address=seeker.address,
        sex=Sex(identity.sex),
        birth_on=seeker.birth_on,
        is_area_plausible=identity.is_area_plausible,
        purpose=purpose,
    )


def log_line(row: JobSeekerLog) -> LogLine:
    """One line of the log."""
    return LogLine(
        version=row.version,
        at=row.at,
        actor_id=row.actor_id,
        verb=row.verb,
        registration_number=row.registration_number,
        from_state=State(row.from_state) if row.from_state else None,
        to_state=State(row.to_state),
        note=row.note,
        fields=row.fields,
    )
