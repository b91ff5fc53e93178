"""Job seekers in a real database: registering, changing, the lifecycle, who sees whom, and what is left behind."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest
from sqlalchemy import func, select

from app.audit.models import PersonAccess
from app.kernel.actor import Actor
from app.kernel.db import Database
from app.kernel.problems import Invalid, NotFound, PreconditionFailed, RefusedTransition, UnknownCode
from app.people import queries, registration
from app.people.citizen_id import check_character
from app.people.models import JobSeeker, JobSeekerLog
from app.people.rules import State
from app.people.schemas import Purpose, SeekerIn, SeekerPatch
from app.people.service import SeekerExists, UnderWorkingAge, change_seeker, register_seeker, reveal_seeker
from app.regions.service import create_office
from app.regions.shipped import load_shipped
from app.taxonomy.shipped import load_shipped as load_taxonomy
from tests.fakes import FakeClock

REGIONS = load_shipped()
TAXONOMY = load_taxonomy()


def citizen_id(birth: str = "19980312", number: int = 1) -> str:
    """A fictitious number with a valid check character: no province begins with 99."""
    front = f"990104{birth}{number:03d}"
    return front + check_character(front)


def entered(**values: Any) -> SeekerIn:
    return SeekerIn.model_validate(
        {"citizen_id": citizen_id(), "name": "张示例", "phone": "154 0000 0001", "home": "440104003", **values}
    )


@dataclass
class Desk:
    """An office with a clerk, on a fresh database."""

    database: Database
    clock: FakeClock
    clerk: Actor
    stranger: Actor

    def register(self, **values: Any) -> JobSeeker:
        with self.database.write() as session:
            return register_seeker(session, self.clerk, self.clock, REGIONS, TAXONOMY, entered(**values))

    def change(self, seeker: JobSeeker, **values: Any) -> JobSeeker:
        changes = SeekerPatch.model_validate(values)
        with self.database.write() as session:
            return change_seeker(session, self.clerk, self.clock, REGIONS, TAXONOMY, seeker.id, seeker.version, changes)

    def turn(self, verb: Callable[..., JobSeeker], seeker: JobSeeker, *arguments: Any) -> JobSeeker:
        with self.database.write() as session:
            return verb(session, self.clerk, self.clock, seeker.id, *arguments)

    def read(self, seeker: JobSeeker) -> JobSeeker:
        with self.database.read() as session:
            return queries.get_seeker(session, self.clerk, seeker.id)

    def log(self, seeker: JobSeeker) -> list[JobSeekerLog]:
        with self.database.read() as session:
            return list(session.scalars(queries.log_of(seeker.id)))

    def accesses(self) -> list[tuple[str, str]]:
        with self.database.read() as session:
            rows = session.scalars(select(PersonAccess).order_by(PersonAccess.at, PersonAccess.id)).all()
            return [(row.action, row.purpose) for row in rows]


@pytest.fixture
def desk(database: Database, clock: FakeClock) -> Desk:
    with database.write() as session:
        here = create_office(session, clock, REGIONS, "440104003")
        there = create_office(session, clock, REGIONS, "440104001")
    clerk = Actor("019aae6c-5a00-7000-8000-00000000000a", "甲", "clerk", here.id, frozenset())
    stranger = Actor("019aae6c-5a00-7000-8000-00000000000b", "乙", "admin", there.id, frozenset())
    return Desk(database, clock, clerk, stranger)


def test_a_registered_person_is_active_for_ninety_days(desk: Desk) -> None:
    seeker = desk.read(desk.register())
    assert seeker.registration.state == "active"
    assert seeker.registration.registered_on == date(2026, 11, 23)
    assert seeker.registration.valid_until == date(2027, 2, 21)
    assert (seeker.version, seeker.registration.number) == (1, 1)
    assert (seeker.phone, seeker.birth_on) == ("15400000001", date(1998, 3, 12))


def test_the_validity_can_be_chosen(desk: Desk) -> None:
    assert desk.register(valid_days=7).registration.valid_until == date(2026, 11, 30)


def test_a_draft_waits_until_it_is_activated(desk: Desk) -> None:
    draft = desk.register(draft=True)
    assert draft.registration.state == "draft"
    desk.clock.advance(days=10)
    active = desk.turn(registration.activate, draft, 30)
    assert (active.registration.state, active.registration.valid_until) == ("active", date(2027, 1, 2))


def test_the_profile_is_kept_in_the_form_that_matching_reads(desk: Desk) -> None:
    seeker = desk.register(
        wishes=[{"occupation": "cleaner", "stated": "保洁"}],
        experience=[{"occupation": "cleaner", "years": 2.5}],
        shifts={"day": "preferred"},
        available_from="2026-12-01",
    )
    values = queries.profile_values(desk.read(seeker))
    assert values["wishes"] == [{"occupation": "cleaner", "stated": "保洁"}]
    assert values["experience"] == [{"occupation": "cleaner", "stated": "", "months": 30}]
    assert values["shifts"] == {"day": "preferred"}
    assert values["available_from"] == "2026-12-01"
    assert values["birth_on"] == "1998-03-12"
    assert values["skills"] is None


def test_the_profile_for_matching_names_nobody(desk: Desk) -> None:
    text = str(queries.profile_values(desk.register(address="示例路 1 号")))
    assert not any(personal in text for personal in (citizen_id(), "张示例", "15400000001", "示例路"))


def test_the_same_person_twice_is_refused_and_told_nothing(desk: Desk) -> None:
    desk.register()
    with pytest.raises(SeekerExists) as refused:
        desk.register(name="李四", citizen_id=citizen_id()[:6] + " " + citizen_id()[6:])
    assert (refused.value.extra, refused.value.errors, refused.value.detail_en) == ({}, (), "")


def test_the_same_person_at_another_office_of_the_node_is_refused_too(desk: Desk) -> None:
    desk.register()
    with pytest.raises(SeekerExists), desk.database.write() as session:
        register_seeker(session, desk.stranger, desk.clock, REGIONS, TAXONOMY, entered())


def test_a_refused_registration_leaves_nothing_behind(desk: Desk) -> None:
    with pytest.raises(UnknownCode):
        desk.register(home="440104999")
    with desk.database.read() as session:
        assert session.scalar(select(func.count()).select_from(JobSeeker)) == 0
    assert desk.accesses() == []


def test_nobody_under_sixteen_is_registered(desk: Desk) -> None:
    with pytest.raises(UnderWorkingAge) as refused:
        desk.register(citizen_id=citizen_id("20101124"))
    assert refused.value.errors[0].field == "citizen_id"
    assert desk.register(citizen_id=citizen_id("20101123")).registration.state == "active"


def test_a_citizen_id_that_cannot_be_names_the_field_and_not_the_number(desk: Desk) -> None:
    with pytest.raises(Invalid) as refused:
        desk.register(citizen_id="990104199803120017")
    (error,) = refused.value.errors
    assert error.field == "citizen_id"
    assert "990104" not in error.zh + error.en + refused.value.detail_en


def test_another_office_sees_nobody(desk: Desk) -> None:
    seeker = desk.register()
    with desk.database.read() as session:
        with pytest.raises(NotFound):
            queries.get_seeker(session, desk.stranger, seeker.id)
        assert session.scalars(queries.seekers(desk.stranger)).all() == []
        assert session.scalars(queries.matching(desk.stranger, citizen_id=seeker.citizen_id)).all() == []
        assert [found.id for found in session.scalars(queries.seekers(desk.clerk))] == [seeker.id]


@pytest.mark.parametrize("verb", [registration.lapse, registration.cancel, registration.mark_employed])
def test_another_office_can_change_nobody(desk: Desk, verb: Callable[..., JobSeeker]) -> None:
    seeker = desk.register()
    with desk.database.write() as session:
        with pytest.raises(NotFound):
            verb(session, desk.stranger, desk.clock, seeker.id)
        with pytest.raises(NotFound):
            reveal_seeker(session, desk.stranger, desk.clock, seeker.id, Purpose.CONTACT)
    assert desk.read(seeker).registration.state == "active"


def test_a_change_touches_only_what_it_names(desk: Desk) -> None:
    seeker = desk.register(refusals=["night_shift"], education="junior", address="示例路 1 号")
    desk.clock.advance(minutes=1)
    changed = desk.change(seeker, phone="15400000002", refusals=None, address=None)
    assert (changed.phone, changed.address, changed.version) == ("15400000002", None, 2)
    assert changed.profile["refusals"] is None
    assert changed.profile["education"] == "junior"
    assert changed.updated_at > changed.created_at
    assert desk.read(seeker).profile == changed.profile


def test_a_change_of_an_older_version_is_refused(desk: Desk) -> None:
    seeker = desk.register()
    desk.change(seeker, phone="15400000002")
    with pytest.raises(PreconditionFailed), desk.database.write() as session:
        changes = SeekerPatch.model_validate({"phone": "15400000003"})
        change_seeker(session, desk.clerk, desk.clock, REGIONS, TAXONOMY, seeker.id, 1, changes)
    assert desk.read(seeker).phone == "15400000002"


def test_a_corrected_citizen_id_brings_its_birth_date_and_meets_the_same_checks(desk: Desk) -> None:
    seeker = desk.register()
    other = desk.register(citizen_id=citizen_id(number=2))
    seeker = desk.change(seeker, citizen_id=citizen_id("19900101"))
    assert seeker.birth_on == date(1990, 1, 1)
    with pytest.raises(SeekerExists):
        desk.change(seeker, citizen_id=other.citizen_id)
    with pytest.raises(UnderWorkingAge):
        desk.change(seeker, citizen_id=citizen_id("20150101"))


def test_a_change_may_leave_out_what_has_a_default(desk: Desk) -> None:
    changed = desk.change(
        desk.register(),
        wishes=[{"stated": "看店"}],
        skills=[{"stated": "会做账"}],
        experience=[{"occupation": "cleaner", "years": 1}],
    )
    assert changed.profile["wishes"] == [{"occupation": None, "stated": "看店"}]
    assert changed.profile["skills"] == [{"skill": None, "stated": "会做账"}]
    assert changed.profile["experience"] == [{"occupation": "cleaner", "stated": "", "months": 12}]


def test_a_changed_code_is_checked(desk: Desk) -> None:
    with pytest.raises(UnknownCode) as refused:
        desk.change(desk.register(), wishes=[{"occupation": "no-such-work"}])
    assert refused.value.errors[0].field == "wishes.0.occupation"


def test_renewing_counts_from_today(desk: Desk) -> None:
    seeker = desk.register()
    desk.clock.advance(days=80)
    assert desk.turn(registration.renew, seeker, 90).registration.valid_until == date(2027, 5, 12)


def test_a_lapsed_registration_can_be_taken_up_again(desk: Desk) -> None:
    seeker = desk.turn(registration.lapse, desk.register(), "三次未接电话")
    assert seeker.registration.state == "lapsed"
    desk.clock.advance(days=200)
    again = desk.turn(registration.reactivate, seeker, 90)
    assert again.registration.state == "active"
    assert again.registration.valid_until > desk.clock.today()
    assert again.registration.number == 1


@pytest.mark.parametrize(
    ("verb", "state"), [(registration.mark_employed, "employed"), (registration.cancel, "cancelled")]
)
def test_an_ended_registration_is_final_and_a_new_one_may_follow(
    desk: Desk, verb: Callable[..., JobSeeker], state: str
) -> None:
    seeker = desk.turn(verb, desk.register())
    assert seeker.registration.state == state
    with pytest.raises(RefusedTransition):
        desk.turn(registration.renew, seeker, 90)
    again = desk.turn(registration.register_again, seeker, 30)
    assert (again.registration.number, again.registration.state) == (2, "active")
    assert desk.read(seeker).registration.valid_until == date(2026, 12, 23)


def test_a_second_registration_must_wait_for_the_end_of_the_first(desk: Desk) -> None:
    with pytest.raises(RefusedTransition) as refused:
        desk.turn(registration.register_again, desk.register(), 90)
    assert "lapse" in refused.value.extra["possible"]


def test_the_job_lets_lapse_what_was_valid_until_yesterday(desk: Desk) -> None:
    due = desk.register(valid_days=10)
    later = desk.register(citizen_id=citizen_id(number=2), valid_days=11)
    draft = desk.register(citizen_id=citizen_id(number=3), valid_days=1, draft=True)
    desk.clock.advance(days=10)
    with desk.database.write() as session:
        assert registration.expire_due_registrations(session, desk.clock) == 0
    desk.clock.advance(days=1)
    with desk.database.write() as session:
        assert registration.expire_due_registrations(session, desk.clock) == 1
    with desk.database.write() as session:
        assert registration.expire_due_registrations(session, desk.clock) == 0
    states = [desk.read(seeker).registration.state for seeker in (due, later, draft)]
    assert states == ["lapsed", "active", "draft"]
    line = desk.log(due)[-1]
    assert (line.verb, line.actor_id, line.from_state, line.to_state) == ("lapse", None, "active", "lapsed")


def test_the_job_takes_many_in_turns(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registration, "EXPIRED_AT_ONCE", 2)
    for number in (1, 2, 3):
        desk.register(citizen_id=citizen_id(number=number), valid_days=1)
    desk.clock.advance(days=2)
    done = []
    for _ in range(3):
        with desk.database.write() as session:
            done.append(registration.expire_due_registrations(session, desk.clock))
    assert done == [2, 1, 0]


def test_the_log_tells_who_did_what_but_never_the_values(desk: Desk) -> None:
    seeker = desk.register(education="junior")
    desk.change(seeker, phone="15400000002", skills=[])
    desk.turn(registration.cancel, seeker, "本人来电")
    lines = desk.log(seeker)
    assert [(line.version, line.verb, line.from_state, line.to_state) for line in lines] == [
        (1, "register", None, "active"),
        (2, "change", "active", "active"),
        (3, "cancel", "active", "cancelled"),
    ]
    assert lines[0].fields == ["citizen_id", "education", "home", "name", "phone"]
    assert lines[1].fields == ["phone", "skills"]
    assert lines[2].note == "本人来电"
    assert {line.actor_id for line in lines} == {desk.clerk.id}


def test_every_deed_leaves_just_one_row_in_the_audit_trail(desk: Desk) -> None:
    seeker = desk.register()
    desk.clock.advance(seconds=1)
    desk.change(seeker, phone="15400000002")
    for verb, argument in (
        (reveal_seeker, Purpose.CONTACT),
        (registration.lapse, ""),
        (registration.reactivate, 90),
    ):
        desk.clock.advance(seconds=1)
        desk.turn(verb, seeker, argument)
    assert desk.accesses() == [
        ("create", "register"),
        ("change", "change"),
        ("read", "contact"),
        ("change", "lapse"),
        ("change", "reactivate"),
    ]


def test_people_are_found_by_number_name_or_phone_each_exactly(desk: Desk) -> None:
    first = desk.register()
    second = desk.register(citizen_id=citizen_id(number=2), name="张示", phone="15400000002")

    def found(**known: str) -> set[str]:
        with desk.database.read() as session:
            return {seeker.id for seeker in session.scalars(queries.matching(desk.clerk, **known))}

    assert found(citizen_id=first.citizen_id) == {first.id}
    assert found(name="张示") == {second.id}
    assert found(phone="15400000001") == {first.id}
    assert found(name="张示", phone="15400000001") == set()


def test_only_people_in_a_state_are_listed(desk: Desk) -> None:
    first = desk.register()
    second = desk.turn(registration.mark_employed, desk.register(citizen_id=citizen_id(number=2)))
    again = desk.turn(registration.mark_employed, desk.register(citizen_id=citizen_id(number=3)))
    desk.turn(registration.register_again, again, 90)

    def listed(state: State) -> set[str]:
        with desk.database.read() as session:
            return {seeker.id for seeker in session.scalars(queries.seekers_in(desk.clerk, state))}

    assert listed(State.ACTIVE) == {first.id, again.id}
    assert listed(State.EMPLOYED) == {second.id}


def test_two_counters_that_register_the_same_person_in_the_same_moment_make_one_row(desk: Desk) -> None:
    with ThreadPoolExecutor(1) as other_counter:
        with desk.database.write() as session:
            register_seeker(session, desk.clerk, desk.clock, REGIONS, TAXONOMY, entered())
            second = other_counter.submit(desk.register)
            with pytest.raises(TimeoutError):
                second.result(timeout=0.5)  # it waits for the first, which nobody else can see yet
        with pytest.raises(SeekerExists):
            second.result(timeout=5)
    with desk.database.read() as session:
        assert session.scalar(select(func.count()).select_from(JobSeeker)) == 1


def test_a_verb_that_had_to_wait_for_another_sees_what_the_other_did(desk: Desk) -> None:
    seeker = desk.register()
    with ThreadPoolExecutor(1) as other_counter:
        with desk.database.write() as session:
            registration.mark_employed(session, desk.clerk, desk.clock, seeker.id)
            second = other_counter.submit(desk.turn, registration.cancel, seeker)
            with pytest.raises(TimeoutError):
                second.result(timeout=0.5)
        with pytest.raises(RefusedTransition):
            second.result(timeout=5)
    assert desk.read(seeker).registration.state == "employed"
