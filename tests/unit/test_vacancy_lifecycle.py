"""The lifecycle of a vacancy, pair by pair, against the trade's own table; an ended vacancy is final."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.kernel.problems import RefusedTransition
from app.vacancies.lifecycle import ENDED, LIFECYCLE, LIVE, PREPARING, STATES

# Written out from the words of the trade, not made from the table under test. Before publication a vacancy may be
# withdrawn or taken down; `expire` from there ends one that was published once and is under review again.
EARLY_END = {"withdraw": "withdrawn", "take_down": "taken_down", "expire": "expired"}
END = {**EARLY_END, "fill": "filled", "close": "closed_early"}
TABLE: dict[str, dict[str, str]] = {
    "draft": {"submit": "submitted", **EARLY_END},
    "submitted": {"approve": "approved", "return": "returned", **EARLY_END},
    "returned": {"revise": "draft", **EARLY_END},
    "approved": {"open": "open", **EARLY_END},
    "open": {"pause": "paused", "freeze": "frozen", "renew": "open", "amend": "submitted", **END},
    "paused": {"resume": "open", "renew": "paused", "amend": "submitted", **END},
    "frozen": {"unfreeze": "open", "pause": "paused", "renew": "frozen", "amend": "submitted", **END},
    "filled": {},
    "expired": {},
    "closed_early": {},
    "withdrawn": {},
    "taken_down": {},
}
BY_THEMSELVES = {"freeze", "unfreeze", "expire", "revise", "amend"}
VERBS = sorted({verb for verbs in TABLE.values() for verb in verbs})


def test_the_table_knows_every_state_and_every_verb() -> None:
    assert set(TABLE) == STATES == PREPARING | LIVE | ENDED
    assert sorted({transition.verb for transition in LIFECYCLE.transitions}) == VERBS
    assert not PREPARING & LIVE
    assert not ENDED & (PREPARING | LIVE)
    assert {state for state, verbs in TABLE.items() if not verbs} == ENDED


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("state", sorted(TABLE))
def test_every_pair_of_state_and_verb_leads_where_it_should_or_is_refused(state: str, verb: str) -> None:
    wanted = TABLE[state].get(verb)
    if wanted is not None:
        assert LIFECYCLE.target(state, verb) == wanted
        return
    with pytest.raises(RefusedTransition) as refused:
        LIFECYCLE.target(state, verb)
    assert refused.value.extra == {"state": state, "verb": verb, "possible": sorted(set(TABLE[state]) - BY_THEMSELVES)}
    assert ("final" in refused.value.detail_en) == (state in ENDED)


@given(st.lists(st.sampled_from([*VERBS, "reopen", ""]), max_size=40))
def test_however_a_vacancy_is_driven_it_ends_once_and_for_good(verbs: list[str]) -> None:
    state, ended_at = "draft", None
    for step, verb in enumerate(verbs):
        try:
            state = LIFECYCLE.target(state, verb)
        except RefusedTransition:
            continue
        assert ended_at is None, "something was done to an ended vacancy"
        assert state in STATES
        ended_at = step if state in ENDED else None


@given(st.lists(st.sampled_from(VERBS), max_size=40))
def test_nothing_goes_live_without_an_officers_approval(verbs: list[str]) -> None:
    state, is_approved = "draft", False
    for verb in verbs:
        try:
            state = LIFECYCLE.target(state, verb)
        except RefusedTransition:
            continue
        is_approved = verb == "approve" or (is_approved and state != "submitted")
        assert state not in LIVE or is_approved


@pytest.mark.parametrize("state", sorted(TABLE))
def test_people_are_offered_only_what_they_can_ask_for(state: str) -> None:
    assert LIFECYCLE.offered(state) == sorted(set(TABLE[state]) - BY_THEMSELVES)
