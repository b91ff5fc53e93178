"""Words taught to a node: free words only, taken up after the commit, taken back whole, kept as their own trail."""

from dataclasses import replace

import pytest
from sqlalchemy import select

from app.auth.roles import ROLE_PERMISSIONS, Role
from app.kernel.actor import Actor
from app.kernel.db import Database
from app.kernel.ids import new_id
from app.kernel.problems import Invalid, NotFound, UnknownCode
from app.taxonomy.models import LocalSynonym
from app.taxonomy.schemas import SynonymIn
from app.taxonomy.shipped import load_shipped
from app.taxonomy.synonyms import WordTaken, add_synonym, in_use, remove_synonym, take_up
from app.taxonomy.tables import Taxonomy
from app.taxonomy.terms import ConceptKind
from tests.fakes import FakeClock


@pytest.fixture
def taxonomy() -> Taxonomy:
    return load_shipped().for_node()


@pytest.fixture
def officer(clock: FakeClock) -> Actor:
    return Actor(new_id(clock), "审核员", "officer", new_id(clock), ROLE_PERMISSIONS[Role.OFFICER])


def word(text: str = "睇水佬", concept: str = "security-guard", **more: str) -> SynonymIn:
    return SynonymIn.model_validate({"kind": "occupation", "word": text, "concept": concept, **more})


def teach(
    database: Database, clock: FakeClock, officer: Actor, taxonomy: Taxonomy, entered: SynonymIn | None = None
) -> str:
    with database.write() as session:
        return add_synonym(session, officer, clock, taxonomy, entered or word()).id


def test_a_taught_word_names_its_concept_after_the_commit_and_not_before(
    database: Database, clock: FakeClock, officer: Actor, taxonomy: Taxonomy
) -> None:
    with database.write() as session:
        add_synonym(session, officer, clock, taxonomy, word())
        assert taxonomy.resolve_occupation_text("睇水佬") is None
    assert taxonomy.resolve_occupation_text("睇水佬") == "security-guard"
    assert taxonomy.occupation_index.resolve(" 睇 水 佬 ").id == "security-guard"
    assert taxonomy.occupation_index.search("睇水老")[0].id == "security-guard"
    assert load_shipped().resolve_occupation_text("睇水佬") is None, "another node of this process knows it"


def test_a_rolled_back_word_names_nothing(
    database: Database, clock: FakeClock, officer: Actor, taxonomy: Taxonomy
) -> None:
    with pytest.raises(RuntimeError), database.write() as session:
        add_synonym(session, officer, clock, taxonomy, word())
        raise RuntimeError
    assert taxonomy.resolve_occupation_text("睇水佬") is None


def test_a_word_taken_back_is_free_again_and_its_row_stays_as_the_trail(
    database: Database, clock: FakeClock, officer: Actor, taxonomy: Taxonomy
) -> None:
    first = teach(database, clock, officer, taxonomy)
    with database.write() as session:
        remove_synonym(session, officer, clock, taxonomy, first)
    assert taxonomy.resolve_occupation_text("睇水佬") is None
    assert "睇水佬" not in [hit.name for hit in taxonomy.occupation_index.search("睇水佬")]
    assert taxonomy.resolve_occupation_text("保安员") == "security-guard", "its other names are gone, too"
    with pytest.raises(NotFound), database.write() as session:
        remove_synonym(session, officer, clock, taxonomy, first)
    clock.advance(seconds=1)
    second = teach(database, clock, officer, taxonomy)
    with database.read() as session:
        rows = session.scalars(select(LocalSynonym).order_by(LocalSynonym.id)).all()
        assert [(row.id, row.removed_by) for row in rows] == [(first, officer.id), (second, None)]


@pytest.mark.parametrize(
    ("kind", "text", "concept", "borne_by"),
    [
        ("occupation", "保洁員", "cook", ["cleaner"]),
        ("occupation", "保洁员", "cleaner", ["cleaner"]),
        ("occupation", "Cleaner", "cook", ["cleaner"]),
        ("certificate", "健康证", "driving-c1", ["health-certificate"]),
    ],
)
def test_a_word_that_names_something_is_refused_by_its_name(
    database: Database,
    clock: FakeClock,
    officer: Actor,
    taxonomy: Taxonomy,
    kind: str,
    text: str,
    concept: str,
    borne_by: list[str],
) -> None:
    with pytest.raises(WordTaken) as refused:
        teach(database, clock, officer, taxonomy, word(text, concept, kind=kind))
    assert refused.value.extra["concepts"] == borne_by
    assert borne_by[0] in refused.value.detail_en


def test_an_ambiguous_word_is_refused_with_all_that_it_names(
    database: Database, clock: FakeClock, officer: Actor, taxonomy: Taxonomy
) -> None:
    with pytest.raises(WordTaken) as refused:
        teach(database, clock, officer, taxonomy, word("收费员", "cashier"))
    assert len(refused.value.extra["concepts"]) >= 2


def test_a_word_taught_twice_is_refused_even_before_another_process_took_it_up(
    database: Database, clock: FakeClock, officer: Actor, taxonomy: Taxonomy
) -> None:
    teach(database, clock, officer, taxonomy)
    with pytest.raises(WordTaken) as refused:
        teach(database, clock, officer, load_shipped().for_node(), word("睇水 佬", "cook"))
    assert refused.value.extra["concepts"] == ["security-guard"]


def test_nonsense_is_refused_by_field(database: Database, clock: FakeClock, officer: Actor, taxonomy: Taxonomy) -> None:
    with pytest.raises(Invalid) as empty:
        teach(database, clock, officer, taxonomy, word("……"))
    assert empty.value.errors[0].field == "word"
    with pytest.raises(UnknownCode) as unknown:
        teach(database, clock, officer, taxonomy, word(concept="security-gard"))
    assert (unknown.value.errors[0].field, unknown.value.errors[0].nearest[0].code) == ("concept", "security-guard")


def test_another_office_cannot_take_a_word_back(
    database: Database, clock: FakeClock, officer: Actor, taxonomy: Taxonomy
) -> None:
    taught = teach(database, clock, officer, taxonomy)
    with pytest.raises(NotFound), database.write() as session:
        remove_synonym(session, replace(officer, office_id=new_id(clock)), clock, taxonomy, taught)
    assert taxonomy.resolve_occupation_text("睇水佬") == "security-guard"


def test_what_another_process_taught_and_took_back_is_taken_up(
    database: Database, clock: FakeClock, officer: Actor, taxonomy: Taxonomy
) -> None:
    elsewhere = load_shipped().for_node()
    kept = teach(database, clock, officer, elsewhere)
    gone = teach(database, clock, officer, elsewhere, word("落水管佬", "plumber"))
    skill = teach(database, clock, officer, elsewhere, word("识煲汤嘢", next(iter(elsewhere.skills)), kind="skill"))
    with database.read() as session:
        assert take_up(session, taxonomy) == 3
        assert {row.id for row in session.scalars(in_use())} == {kept, gone, skill}
    assert taxonomy.resolve_occupation_text("落水管佬") == "plumber"
    assert taxonomy.index_of(ConceptKind.SKILL).names_of("识煲汤嘢") == (next(iter(elsewhere.skills)),)
    with database.write() as session:
        remove_synonym(session, officer, clock, elsewhere, gone)
    with database.read() as session:
        assert take_up(session, taxonomy) == 2
    assert taxonomy.resolve_occupation_text("落水管佬") is None
    assert taxonomy.resolve_occupation_text("睇水佬") == "security-guard"
