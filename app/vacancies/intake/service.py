"""Storing rows: what is new becomes a vacancy, what is known stays as it is, what does not hold is rejected.

Every row is judged before anything of it is written, so a rejected row leaves nothing behind and needs no savepoint
(rolling one back would also drop the records that earlier rows staged for the network).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.employers.models import Employer
from app.employers.rules import check_uscc, name_faults
from app.employers.schemas import EmployerIn
from app.employers.service import find_or_register_unverified, register_employer
from app.kernel.actor import Actor, Permission
from app.kernel.clock import Clock
from app.kernel.problems import FieldError, Forbidden, Invalid
from app.lookup.understood import Understood
from app.regions.models import Office
from app.regions.tree import Regions
from app.regions.understanding import hear_place
from app.taxonomy.tables import Taxonomy
from app.vacancies.codes import heard, understood
from app.vacancies.content import VacancyContent
from app.vacancies.intake.fields import BY_NAME
from app.vacancies.intake.headings import unknown_field
from app.vacancies.intake.identity import Identity, identity_of
from app.vacancies.intake.row import Context, RowRead, read_row
from app.vacancies.intake.schemas import CellFault, CellNote, ImportIn, ImportOut, NearestOut, RowOut
from app.vacancies.intake.spelling import Note
from app.vacancies.models import Vacancy
from app.vacancies.queries import visible_to
from app.vacancies.register import content_of
from app.vacancies.schemas import VacancyIn
from app.vacancies.service import create_vacancy, move


def import_rows(
    session: Session, actor: Actor, clock: Clock, regions: Regions, taxonomy: Taxonomy, wanted: ImportIn
) -> ImportOut:
    """Judge every row and store the new ones as submitted, or open with `wanted.open`; nothing in a dry run.

    Forbidden without the permission to review (open) or to register employers; Invalid for unknown field names.
    """
    _check_permissions(actor, wanted)
    _check_names(wanted)
    office = session.get_one(Office, actor.office_id)
    city = regions.city_of(office.region_code) or office.region_code
    batch = _Batch(session, actor, clock, Context(regions, taxonomy, city, clock.today()), wanted)
    rows = batch.run()
    counts = {outcome: sum(1 for row in rows if row.outcome == outcome) for outcome in _OUTCOMES}
    return ImportOut(dry_run=wanted.dry_run, rows=rows, **counts)


_OUTCOMES = ("created", "unchanged", "rejected")


def _check_permissions(actor: Actor, wanted: ImportIn) -> None:
    needed = {Permission.VACANCY_WRITE, Permission.EMPLOYER_WRITE}
    if wanted.open:
        needed.add(Permission.VACANCY_REVIEW)
    for permission in sorted(needed - actor.permissions):
        raise Forbidden(f"此操作需要“{permission.value}”权限", f"this needs the permission {permission.value}")


def _check_names(wanted: ImportIn) -> None:
    faults = [unknown_field(name, f"defaults.{name}") for name in wanted.defaults if name not in BY_NAME]
    for position, row in enumerate(wanted.rows):
        faults += [unknown_field(name, f"rows.{position}.cells.{name}") for name in row.cells if name not in BY_NAME]
    if faults:
        raise Invalid("；".join(f.zh for f in faults[:5]), "; ".join(f.en for f in faults[:5]), errors=faults[:100])


@dataclass
class _Batch:
    """One request's rows, and what it has seen of them so far."""

    session: Session
    actor: Actor
    clock: Clock
    context: Context
    wanted: ImportIn
    seen: dict[str, tuple[int, bytes]] = field(default_factory=dict)

    def run(self) -> list[RowOut]:
        identities = [identity_of(row.cells) for row in self.wanted.rows]
        known = self._known(identities)
        answers = []
        for position, (row, identity) in enumerate(zip(self.wanted.rows, identities, strict=True), 1):
            number = position if row.row is None else row.row
            answers.append(self._one(number, row.cells, identity, known.get(identity.reference)))
        return answers

    def _known(self, identities: Sequence[Identity]) -> dict[str | None, Vacancy]:
        references = [identity.reference for identity in identities]
        found = self.session.scalars(visible_to(self.actor).where(Vacancy.reference.in_(references)))
        return {vacancy.reference: vacancy for vacancy in found}

    def _one(self, number: int, cells: dict[str, str], identity: Identity, first: Vacancy | None) -> RowOut:
        repeated = self._repeated(number, identity)
        if repeated is not None:
            return _rejected(number, identity, [repeated])
        if first is not None:
            if first.entered_sha256 != identity.digest:
                return _rejected(number, identity, [_other_content(first)])
            return RowOut(
                row=number,
                outcome="unchanged",
                id=first.id,
                state=first.state,
                reference=identity.reference,
                faults=[],
                notes=[],
                understood=self._heard(content_of(first)),
            )
        read = read_row(cells, self.wanted.defaults, self.context)
        faults = read.faults + self._reference_faults(identity) + self._employer_faults(read)
        if faults:
            return _rejected(number, identity, faults, read.notes)
        return self._created(number, identity, read)

    def _repeated(self, number: int, identity: Identity) -> FieldError | None:
        before = self.seen.get(identity.reference)
        if before is None:
            self.seen[identity.reference] = (number, identity.digest)
            return None
        return repeats(before[0], is_same=before[1] == identity.digest)

    def _reference_faults(self, identity: Identity) -> list[FieldError]:
        if len(identity.reference) <= 100:
            return []
        return [FieldError("reference", "编号最长100字", "at most 100 characters")]

    def _employer_faults(self, read: RowRead) -> list[FieldError]:
        """The name is public; a credit code has to hold, and not to be another office's employer; kept plain."""
        if read.uscc is None:
            return name_faults(read.employer, "employer")
        try:
            read.uscc = check_uscc(read.uscc)
        except Invalid as refused:
            return list(refused.errors)
        known = self._employer(read.uscc)
        named = name_faults(known.name if known else read.employer, "employer")
        if named:
            return named
        if known is not None and known.office_id != self.actor.office_id:
            zh, en = "该单位已在其他经办机构登记", "this employer is registered at another office"
            return [FieldError("uscc", zh, en)]
        if known is not None and known.name != read.employer:
            zh = f"该信用代码登记的单位是“{known.name}”"
            read.notes.append(Note("employer", zh, f"the employer with this code is registered as {known.name}"))
        return []

    def _employer(self, uscc: str) -> Employer | None:
        return self.session.scalar(select(Employer).where(Employer.uscc == uscc))

    def _created(self, number: int, identity: Identity, read: RowRead) -> RowOut:
        assert read.content is not None  # noqa: S101  # a row without faults has its content
        vacancy = None if self.wanted.dry_run else self._stored(identity, read)
        content = content_of(vacancy) if vacancy else understood(read.content, self.context.taxonomy)
        return RowOut(
            row=number,
            outcome="created",
            id=vacancy.id if vacancy else None,
            state=vacancy.state if vacancy else None,
            reference=identity.reference,
            faults=[],
            notes=_notes(read.notes),
            understood=self._heard(content),
        )

    def _heard(self, content: VacancyContent) -> list[Understood]:
        lines = heard(content, self.context.regions, self.context.taxonomy)
        return [self._cell(line) for line in lines]

    def _cell(self, line: Understood) -> Understood:
        """The line under the name of its column. What only stays at city level for want of a division is still open."""
        if line.field != "place.region":
            return line
        regions, city = self.context.regions, self.context.city
        asked = hear_place(regions, line.words, "area")
        if line.code == city and asked.code is None:
            return asked.model_copy(update={"code": city, "name": regions.full_name(city)})
        return line.model_copy(update={"field": "area"})

    def _stored(self, identity: Identity, read: RowRead) -> Vacancy:
        assert read.content is not None  # noqa: S101  # a row without faults has its content
        employer = self._employer_of(read)
        entered = VacancyIn.model_validate(
            {
                **read.content.model_dump(),
                "employer_id": employer.id,
                "seats": read.seats,
                "reference": identity.reference,
                "valid_until": read.valid_until,
            }
        )
        context = self.context
        vacancy, _ = create_vacancy(
            self.session, self.actor, self.clock, context.regions, context.taxonomy, entered, identity.digest
        )
        for verb in ("submit", "approve", "open") if self.wanted.open else ("submit",):
            move(self.session, self.actor, self.clock, vacancy.id, verb, override_reason="import")
        return vacancy

    def _employer_of(self, read: RowRead) -> Employer:
        if read.uscc is None:
            return find_or_register_unverified(self.session, self.actor, self.clock, read.employer)
        known = self._employer(read.uscc)
        if known is not None:
            return known
        entered = EmployerIn(name=read.employer, uscc=read.uscc)
        return register_employer(self.session, self.actor, self.clock, self.context.regions, entered)


def repeats(first: int, *, is_same: bool) -> FieldError:
    """The refusal of a row that an earlier row of the file, number `first`, already was."""
    if is_same:
        return FieldError("row", f"与第{first}行相同", f"same as row {first}")
    return FieldError(
        "reference", f"编号与第{first}行相同而内容不同", f"row {first} has this reference with other content"
    )


def _other_content(first: Vacancy) -> FieldError:
    zh = f"编号已用于内容不同的岗位“{first.title}”（{first.id}），请在岗位中修改"
    return FieldError("reference", zh, f"the reference stands for {first.title} ({first.id}) with other content")


def _rejected(number: int, identity: Identity, faults: Sequence[FieldError], notes: Sequence[Note] = ()) -> RowOut:
    return RowOut(
        row=number,
        outcome="rejected",
        id=None,
        state=None,
        reference=identity.reference,
        faults=[
            CellFault(
                field=fault.field,
                zh=fault.zh,
                en=fault.en,
                nearest=[NearestOut(code=one.code, name=one.name) for one in fault.nearest],
            )
            for fault in faults
        ],
        notes=_notes(notes),
        understood=[],
    )


def _notes(notes: Sequence[Note]) -> list[CellNote]:
    return [CellNote(field=note.field, zh=note.zh, en=note.en) for note in notes]
