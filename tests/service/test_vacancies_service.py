"""Vacancies on real databases: the log, review after a change, the quota, expiry, and what the network is told."""

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from app.employers.models import Employer
from app.kernel.db import Database
from app.kernel.problems import Invalid, NotFound, PreconditionFailed, Problem, RefusedTransition, UnknownCode
from app.vacancies import service
from app.vacancies.schemas import VacancyIn
from app.vacancies.service import ReferenceTaken
from tests.fakes import FakeClock
from tests.service.market import Market, make_market


@pytest.fixture
def market(database: Database, clock: FakeClock, tmp_path: Path) -> Market:
    return make_market(database, clock, tmp_path / "keys")


def fields(problem: Problem) -> list[str]:
    return [error.field for error in problem.errors]


def test_every_step_is_logged_with_who_did_it_when_and_why(market: Market, clock: FakeClock) -> None:
    vacancy = market.create()
    market.move(vacancy.id, "submit")
    clock.advance(minutes=5)
    market.move(vacancy.id, "return", reason="请写明上下班时间")
    market.change(market.get(vacancy.id), hours_per_week=44)
    market.move(vacancy.id, "submit", "approve", "open", "pause", "resume")
    market.move(vacancy.id, "take_down", reason="收取押金", article="劳动合同法第九条")
    log = market.log(vacancy.id)
    steps = [(line.verb, line.from_state, line.to_state) for line in log]
    assert steps == [
        ("create", None, "draft"),
        ("submit", "draft", "submitted"),
        ("return", "submitted", "returned"),
        ("revise", "returned", "draft"),
        ("submit", "draft", "submitted"),
        ("approve", "submitted", "approved"),
        ("open", "approved", "open"),
        ("pause", "open", "paused"),
        ("resume", "paused", "open"),
        ("take_down", "open", "taken_down"),
    ]
    assert [line.version for line in log] == list(range(1, 11))
    assert {line.actor_id for line in log} == {market.officer.id}
    assert (log[2].reason, log[2].at, log[3].fields) == ("请写明上下班时间", clock.now(), ["hours_per_week"])
    assert (log[-1].reason, log[-1].article) == ("收取押金", "劳动合同法第九条")


def test_a_draft_may_lack_what_publication_needs_and_submitting_names_it(market: Market) -> None:
    vacancy = market.create(duties="", requirements="", pay=None, valid_until=None)
    with pytest.raises(Invalid) as refused:
        market.move(vacancy.id, "submit")
    assert fields(refused.value) == ["duties", "requirements", "pay", "valid_until"]
    assert market.get(vacancy.id).state == "draft"
    assert [line.verb for line in market.log(vacancy.id)] == ["create"]


def test_what_has_run_out_meanwhile_is_neither_approved_nor_opened(market: Market, clock: FakeClock) -> None:
    submitted, approved = market.create(valid_until="2026-11-24"), market.create(valid_until="2026-11-24")
    market.move(submitted.id, "submit")
    market.move(approved.id, "submit", "approve")
    clock.advance(days=2)
    for vacancy, verb in ((submitted, "approve"), (approved, "open")):
        with pytest.raises(Invalid) as refused:
            market.move(vacancy.id, verb)
        assert fields(refused.value) == ["valid_until"]
    assert market.record(approved.id) is None


def test_opening_publishes_a_signed_listing_without_a_word_of_the_contact(market: Market, clock: FakeClock) -> None:
    vacancy = market.create()
    assert market.record(vacancy.id) is None
    clock.advance(hours=1)
    market.move(vacancy.id, "submit", "approve")
    assert market.record(vacancy.id) is None
    market.move(vacancy.id, "open")
    record, listing = market.record(vacancy.id), market.listing(vacancy.id)
    assert record is not None
    assert listing is not None
    assert (record.origin, record.kind, record.op, record.scope) == ("gz", "listing", "P", "440104003")
    body = json.loads(record.body or "")
    assert (body["title"], body["seats"], body["status"]) == ("保洁员", 2, "open")
    assert body["employer"] == {
        "name": "虚构示例·晨光物业",
        "uscc": "91990104MA0000001A",
        "verified": True,
        "sanctioned": False,
    }
    assert (listing.status, listing.occupation, listing.region_code) == ("open", "cleaner", "440104003")
    assert listing.opened_at == clock.now()


@pytest.mark.parametrize(
    ("verbs", "state"),
    [
        (["close"], "closed_early"),
        (["fill"], "filled"),
        (["withdraw"], "withdrawn"),
        (["take_down"], "taken_down"),
        (["pause", "close"], "closed_early"),
    ],
)
def test_an_end_takes_the_listing_out_for_good(market: Market, verbs: list[str], state: str) -> None:
    vacancy = market.open()
    ended = market.move(vacancy.id, *verbs)
    record = market.record(vacancy.id)
    assert ended.state == state
    assert market.listing(vacancy.id) is None
    assert record is not None
    assert (record.op, record.body) == ("D", None)
    assert ended.hired_count == (2 if state == "filled" else 0)
    for verb in ("open", "resume", "submit", "withdraw"):
        with pytest.raises(RefusedTransition):
            market.move(vacancy.id, verb)
    with pytest.raises(RefusedTransition):
        market.change(ended, title="保安")
    assert market.get(vacancy.id).version == ended.version


def test_a_vacancy_that_was_never_published_ends_without_a_record(market: Market) -> None:
    vacancy = market.create()
    assert market.move(vacancy.id, "withdraw").state == "withdrawn"
    assert market.record(vacancy.id) is None


def test_pausing_hides_and_resuming_shows_the_same_listing(market: Market, clock: FakeClock) -> None:
    vacancy = market.open()
    opened_at = clock.now()
    clock.advance(days=1)
    market.move(vacancy.id, "pause")
    paused = market.listing(vacancy.id)
    assert paused is not None
    assert (paused.status, paused.opened_at) == ("paused", opened_at)
    market.move(vacancy.id, "resume")
    shown = market.listing(vacancy.id)
    assert shown is not None
    assert (shown.status, shown.opened_at, shown.updated_at) == ("open", opened_at, clock.now())


@pytest.mark.parametrize("verbs", [[], ["pause"]])
def test_a_material_change_of_a_live_vacancy_hides_it_until_an_officer_approves(
    market: Market, verbs: list[str]
) -> None:
    vacancy = market.open()
    for verb in verbs:
        vacancy = market.move(vacancy.id, verb)
    changed = market.change(vacancy, title="保洁主管", pay={"basis": "guaranteed", "min_fen": 500000})
    assert changed.state == "submitted"
    listing, record = market.listing(vacancy.id), market.record(vacancy.id)
    assert listing is not None
    assert record is not None
    assert (listing.status, record.op) == ("paused", "P")
    last = market.log(vacancy.id)[-1]
    assert (last.verb, last.fields) == ("amend", ["pay", "title"])
    market.move(vacancy.id, "approve", "open")
    listing = market.listing(vacancy.id)
    assert listing is not None
    assert (listing.status, listing.body["title"]) == ("open", "保洁主管")


def test_an_amended_vacancy_that_is_withdrawn_in_review_leaves_every_screen(market: Market) -> None:
    vacancy = market.open()
    market.change(vacancy, title="保洁主管")
    market.move(vacancy.id, "withdraw")
    record = market.record(vacancy.id)
    assert market.listing(vacancy.id) is None
    assert record is not None
    assert record.op == "D"


def test_naming_what_is_so_already_sends_nothing_back_to_review(market: Market) -> None:
    vacancy = market.open()
    same = market.change(
        vacancy, title=vacancy.title, seats=2, valid_until="2027-01-31", duties="写字楼公共区域日常保洁。"
    )
    assert (same.state, market.log(vacancy.id)[-1].fields) == ("open", [])


def test_a_live_vacancy_cannot_be_changed_into_one_that_lacks_an_element(market: Market) -> None:
    vacancy = market.open()
    with pytest.raises(Invalid) as refused:
        market.change(vacancy, duties="", pay=None)
    assert fields(refused.value) == ["duties", "pay"]
    listing = market.listing(vacancy.id)
    assert listing is not None
    assert listing.status == "open"


def test_the_quota_freezes_and_unfreezes_without_review(market: Market) -> None:
    vacancy = market.open()
    frozen = market.change(vacancy, referral_quota=0)
    listing = market.listing(vacancy.id)
    assert frozen.state == "frozen"
    assert listing is not None
    assert listing.status == "frozen"
    again = market.change(frozen, referral_quota=4)
    listing = market.listing(vacancy.id)
    assert again.state == "open"
    assert listing is not None
    assert listing.status == "open"
    steps = [(line.verb, line.actor_id) for line in market.log(vacancy.id)[-4:]]
    assert steps == [
        ("change", market.officer.id),
        ("freeze", None),
        ("change", market.officer.id),
        ("unfreeze", None),
    ]


def test_what_is_opened_or_resumed_without_quota_left_is_frozen_at_once(market: Market) -> None:
    vacancy = market.open(referral_quota=0)
    assert vacancy.state == "frozen"
    assert market.move(vacancy.id, "pause").state == "paused"
    assert market.move(vacancy.id, "resume").state == "frozen"
    assert market.create().referral_quota == 10


def test_the_job_ends_what_has_run_out_and_only_that(market: Market, clock: FakeClock) -> None:
    due = [market.open(valid_until="2026-11-24").id for _ in range(2)]
    market.move(due[1], "pause")
    in_review = market.open(valid_until="2026-11-24")
    market.change(in_review, title="保洁主管")
    draft, later = market.create(valid_until="2026-11-24"), market.open(valid_until="2026-11-25")
    ended = market.open(valid_until="2026-11-24")
    market.move(ended.id, "close")
    for day, count in ((1, 0), (1, 3), (0, 0)):
        clock.advance(days=day)
        with market.database.write() as session:
            assert service.expire_due(session, clock) == count
    for gone in (*due, in_review.id):
        record = market.record(gone)
        assert (market.get(gone).state, market.listing(gone)) == ("expired", None)
        assert record is not None
        assert record.op == "D"
        assert market.log(gone)[-1].actor_id is None
    states = [market.get(one.id).state for one in (draft, later, ended)]
    assert states == ["draft", "open", "closed_early"]


def test_the_last_day_is_that_of_the_office_not_of_greenwich(market: Market, clock: FakeClock) -> None:
    vacancy = market.open(valid_until="2026-11-23")
    clock.advance(hours=14, minutes=59)  # 23:59 in Guangzhou
    with market.database.write() as session:
        assert service.expire_due(session, clock) == 0
    clock.advance(minutes=1)
    with market.database.write() as session:
        assert service.expire_due(session, clock) == 1
    assert market.get(vacancy.id).state == "expired"


def test_renewing_moves_the_last_day_here_and_in_the_record(market: Market) -> None:
    def renew(until: str) -> None:
        with market.database.write() as session:
            service.renew(session, market.officer, market.clock, vacancy.id, date.fromisoformat(until))

    vacancy = market.open(valid_until="2026-12-01")
    before = market.record(vacancy.id)
    renew("2026-12-31")
    after, listing = market.record(vacancy.id), market.listing(vacancy.id)
    assert before is not None
    assert after is not None
    assert after.expires is not None
    assert before.expires is not None
    assert after.expires - before.expires == 30 * 24 * 3600
    assert listing is not None
    assert int(listing.expires_at.timestamp()) == after.expires
    assert market.log(vacancy.id)[-1].verb == "renew"
    for refused in ("2026-12-30", "2026-11-01", "2028-01-01"):
        with pytest.raises(Invalid) as problem:
            renew(refused)
        assert fields(problem.value) == ["valid_until"]
    market.move(vacancy.id, "close")
    with pytest.raises(RefusedTransition):
        renew("2027-01-31")


def test_a_reference_makes_a_repeat_harmless_and_a_clash_visible(market: Market) -> None:
    with market.database.write() as session:
        first, is_new = market.create_in(session, reference="HR-1")
    with market.database.write() as session:
        again, is_new_again = market.create_in(session, reference="HR-1")
    assert (is_new, is_new_again, again.id) == (True, False, first.id)
    with pytest.raises(ReferenceTaken) as clash:
        market.create(reference="HR-1", seats=3)
    assert clash.value.extra == {"vacancy_id": first.id}
    assert clash.value.headers["Location"].endswith(first.id)
    market.change(first, duties="另行安排。")
    assert market.create(reference="HR-1").id == first.id


def test_of_many_who_bring_the_same_reference_at_once_one_makes_the_vacancy_and_all_get_it(market: Market) -> None:
    """Eight at once, in transactions of their own, as eight requests of one client that lost its patience."""
    found: list[tuple[str, bool]] = []
    together = threading.Barrier(8)

    def bring(number: int) -> None:
        together.wait()
        with market.database.write() as session:
            vacancy, is_new = market.create_in(session, reference=f"HR-{number % 2}")
            found.append((vacancy.id, is_new))

    threads = [threading.Thread(target=bring, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(found), len({rid for rid, _ in found}), sum(is_new for _, is_new in found)) == (8, 2, 2)


def test_what_was_left_out_and_what_was_given_as_it_is_by_default_are_the_same_content(market: Market) -> None:
    first = market.create(reference="HR-1")
    assert VacancyIn.model_fields["referral_quota"].default is None
    assert market.create(reference="HR-1", referral_quota=None).id == first.id


def test_an_occupation_is_understood_from_the_title_and_the_words_are_kept(market: Market) -> None:
    named = market.create(occupation=None, title="保洁员")
    stated = market.create(occupation=None, title="招人", occupation_stated="宇宙飞船驾驶员")
    found = [(one.content["occupation"], one.content["occupation_stated"]) for one in (named, stated)]
    assert found == [("cleaner", "保洁员"), (None, "宇宙飞船驾驶员")]


def test_every_unknown_code_is_named_at_once_and_nothing_is_stored(market: Market) -> None:
    with pytest.raises(UnknownCode) as refused:
        market.create(
            reference="HR-9",
            occupation="cleanr",
            place={"region": "440199"},
            skills=[{"skill": "arc-weldin"}],
            certificates=[{"certificate": "health-certificat"}],
        )
    nearest = {error.field: error.nearest[0].code for error in refused.value.errors}
    assert nearest == {
        "place.region": "440100",
        "occupation": "cleaner",
        "skills.0.skill": "arc-welding",
        "certificates.0.certificate": "health-certificate",
    }
    assert market.create(reference="HR-9").version == 1


def test_another_offices_vacancies_are_not_there(market: Market) -> None:
    vacancy = market.open()
    refused: list[Any] = [
        lambda: market.move(vacancy.id, "close", actor=market.stranger),
        lambda: market.change(vacancy, market.stranger, title="别人的"),
        lambda: market.move("019aae6c-5a00-7000-8000-000000000001", "close"),
    ]
    for attempt in refused:
        with pytest.raises(NotFound):
            attempt()
    with market.database.write() as session, pytest.raises(NotFound):
        service.renew(session, market.stranger, market.clock, vacancy.id, date(2027, 2, 1))
    assert market.get(vacancy.id).version == vacancy.version


def test_another_offices_employer_and_reference_are_not_there_either(market: Market) -> None:
    first = market.create(reference="HR-1")
    with pytest.raises(Invalid) as refused:
        market.create(market.stranger, reference="HR-1")
    assert fields(refused.value) == ["employer_id"]
    with pytest.raises(Invalid):
        market.change(first, employer_id="019aae6c-5a00-7000-8000-000000000001")


def test_a_change_of_an_older_version_is_refused(market: Market) -> None:
    vacancy = market.create()
    market.change(vacancy, seats=3)
    with pytest.raises(PreconditionFailed):
        market.change(vacancy, seats=4)
    assert market.get(vacancy.id).seats == 3


def test_two_changes_at_once_of_the_same_version_let_one_win(market: Market) -> None:
    for round_ in range(5):
        vacancy = market.create()
        barrier = threading.Barrier(2)

        def change(seats: int, vacancy: Any = vacancy, barrier: threading.Barrier = barrier) -> str:
            barrier.wait()
            try:
                return f"{market.change(vacancy, seats=seats).seats}"
            except PreconditionFailed:
                return "stale"

        with ThreadPoolExecutor(2) as pool:
            outcomes = sorted(pool.map(change, (3, 4)))
        assert outcomes in (["3", "stale"], ["4", "stale"]), round_
        assert str(market.get(vacancy.id).seats) == outcomes[0]


def test_two_verbs_at_once_are_done_one_after_the_other(market: Market) -> None:
    vacancy = market.open()
    barrier = threading.Barrier(4)

    def close(_: int) -> str:
        barrier.wait()
        try:
            return market.move(vacancy.id, "close").state
        except RefusedTransition as refused:
            return str(refused.extra["state"])

    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(close, range(4))) == {"closed_early"}
    assert [line.verb for line in market.log(vacancy.id)].count("close") == 1


def test_a_transaction_that_fails_leaves_neither_row_nor_record(market: Market) -> None:
    vacancy = market.move(market.create().id, "submit", "approve")
    with pytest.raises(ZeroDivisionError), market.database.write() as session:
        service.move(session, market.officer, market.clock, vacancy.id, "open")
        raise ZeroDivisionError
    assert (market.get(vacancy.id).state, market.record(vacancy.id)) == ("approved", None)
    market.create()  # a later transaction does not carry what was rolled back
    assert market.record(vacancy.id) is None


@pytest.mark.parametrize("verbs", [[], ["pause"]])
def test_the_network_has_the_words_that_were_approved_until_the_new_ones_are(market: Market, verbs: list[str]) -> None:
    vacancy = market.open()
    vacancy = market.move(vacancy.id, *verbs) if verbs else vacancy
    approved = market.listing(vacancy.id)
    assert approved is not None
    market.change(vacancy, title="未经审核的标题", duties="未经审核的内容", valid_until="2027-03-01")
    hidden_at = market.get(vacancy.id).updated_at.isoformat().replace("+00:00", "Z")

    def body() -> dict[str, Any]:
        record = market.record(vacancy.id)
        assert record is not None
        assert record.body is not None
        found: dict[str, Any] = json.loads(record.body)
        return found

    assert body() == {**approved.body, "status": "paused", "updated_at": hidden_at}
    market.move(vacancy.id, "return", reason="请改")
    market.change(market.get(vacancy.id), requirements="未经审核的条件")
    for verb in ("submit", "approve"):
        assert "未经审核" not in json.dumps(body(), ensure_ascii=False)
        market.move(vacancy.id, verb)
    assert (body()["title"], body()["valid_until"]) == ("保洁员", "2027-01-31")
    market.move(vacancy.id, "open")
    shown = body()
    assert (shown["status"], shown["title"], shown["valid_until"]) == ("open", "未经审核的标题", "2027-03-01")


def test_a_verb_on_a_version_that_is_no_more_is_refused(market: Market) -> None:
    vacancy = market.create()
    market.move(vacancy.id, "submit", version=vacancy.version)
    with pytest.raises(PreconditionFailed):
        market.move(vacancy.id, "approve", version=vacancy.version)
    assert market.get(vacancy.id).state == "submitted"


def test_nothing_is_approved_for_an_employer_whose_papers_nobody_saw(market: Market) -> None:
    with market.database.write() as session:
        employer = session.get_one(Employer, market.employer_id)
        employer.agent_identity_seen_on = None
    vacancy = market.move(market.create().id, "submit")
    with pytest.raises(Invalid) as refused:
        market.move(vacancy.id, "approve")
    assert fields(refused.value) == ["employer.agent_identity_seen_on"]
    market.move(vacancy.id, "approve", reason="已核", override_reason="经办人已在窗口核对")
    assert market.log(vacancy.id)[-1].reason == "已核；经办人已在窗口核对"


def test_numbers_of_persons_are_refused_when_a_text_is_to_become_public(market: Market) -> None:
    draft = market.create(duties="联系 154 0000 0003", place={"region": "440104003", "stated": "020-99999999"})
    with pytest.raises(Invalid) as refused:
        market.move(draft.id, "submit")
    assert fields(refused.value) == ["place.stated", "duties"]
    with pytest.raises(Invalid) as refused:
        market.change(market.open(), requirements="身份证 990104199803120016")
    assert fields(refused.value) == ["requirements"]


@pytest.mark.parametrize("verbs", [(), ("submit",), ("submit", "approve")])
def test_every_step_to_the_public_searches_the_whole_listing(market: Market, verbs: tuple[str, ...]) -> None:
    vacancy = market.move(market.create().id, *verbs) if verbs else market.create()
    with market.database.write() as session:  # from before names were searched
        session.get_one(Employer, market.employer_id).name = "虚构王小明15400000003"
    with pytest.raises(Invalid) as refused:
        market.move(vacancy.id, ("submit", "approve", "open")[len(verbs)])
    assert fields(refused.value) == ["employer.name"]
    assert market.record(vacancy.id) is None


def test_a_credit_code_of_digits_only_is_no_number_of_a_person(market: Market) -> None:
    with market.database.write() as session:
        session.get_one(Employer, market.employer_id).uscc = "919901041998031200"
    assert market.open().state == "open"


def test_the_default_quota_follows_the_seats_and_one_that_was_set_does_not(market: Market) -> None:
    vacancy = market.create(seats=1)
    assert (vacancy.referral_quota, market.change(vacancy, seats=20).referral_quota) == (5, 100)
    assert market.log(vacancy.id)[-1].fields == ["referral_quota", "seats"]
    set_to = market.change(market.get(vacancy.id), referral_quota=7)
    assert market.change(set_to, seats=3).referral_quota == 7
    assert market.change(market.get(vacancy.id), referral_quota=None).referral_quota == 15
    assert market.change(market.create(seats=1, referral_quota=5), seats=20).referral_quota == 5
