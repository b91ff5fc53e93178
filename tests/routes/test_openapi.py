"""The API document: complete, true of every answer, and no request that it allows or forbids makes the node fail."""

import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from jsonschema_rs import validator_for
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.fakes import FakeClock
from tests.routes.described import Described, example_of
from tests.routes.import_node import make_node

HOLDS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
TAGS = (
    "node",
    "staff",
    "regions",
    "occupations",
    "find",
    "employers",
    "vacancies",
    "listings",
    "seekers",
    "matching",
    "sync",
)
Operation = tuple[str, str, dict[str, Any]]


@schemathesis.serializer("application/x-ndjson")
def as_lines(_: Any, value: Any) -> Any:
    return value if isinstance(value, bytes) else str(value).encode("utf-8", "surrogatepass")


@pytest.fixture(scope="module")
def api(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Described]:
    folder = tmp_path_factory.mktemp("api")
    shutil.copyfile(sqlite_template, folder / "sanlian.db")
    node, end = make_node(folder / "node", f"sqlite:///{folder / 'sanlian.db'}", FakeClock())
    yield Described(node)
    end()


@pytest.fixture(scope="module")
def schema(api: Described) -> Any:
    loaded = schemathesis.openapi.from_dict(api.document)
    # HTTP lets anybody add a query of their own, and the token is the test's: neither makes a request wrong.
    loaded.config.generation.allow_extra_parameters = False
    loaded.config.generation.with_security_parameters = False
    # A body that is too large is refused, too.
    loaded.config.checks.negative_data_rejection.expected_statuses.append("413")
    app = api.node.app

    async def without_threads(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            await app(scope, receive, send)
            return
        for said in ("startup", "shutdown"):  # schemathesis starts the application for every request
            await receive()
            await send({"type": f"lifespan.{said}.complete"})

    loaded.app = without_threads
    return loaded


def operations(document: dict[str, Any]) -> list[Operation]:
    return [(m.upper(), path, one) for path, methods in document["paths"].items() for m, one in methods.items()]


def test_every_operation_says_what_it_is_for(api: Described) -> None:
    found = operations(api.document)
    assert len(found) > 50
    ids = [one["operationId"] for _, _, one in found]
    assert len(ids) == len(set(ids))
    for method, path, one in found:
        assert one["summary"].strip(), path
        assert len(one.get("description", "")) > 10, (method, path)
        assert one["tags"][0] in TAGS, (method, path)


def test_every_parameter_is_described(api: Described) -> None:
    bare = [
        (method, path, parameter["name"])
        for method, path, one in operations(api.document)
        for parameter in one.get("parameters", [])
        if not parameter.get("description")
    ]
    assert bare == []


def test_every_body_has_an_example_that_its_schema_accepts(api: Described) -> None:
    for method, path, one in operations(api.document):
        for content in one.get("requestBody", {}).get("content", {}).values():
            example = example_of(api.document, one)
            assert example is not None, (method, path)
            whole = {**content["schema"], "components": api.document["components"]}
            assert validator_for(whole).is_valid(example), (method, path)


def test_every_answer_has_an_example_that_its_schema_accepts(api: Described) -> None:
    for method, path, one in operations(api.document):
        succeeds = {status: answer for status, answer in one["responses"].items() if status.startswith("2")}
        assert succeeds, (method, path)
        for status, answer in succeeds.items():
            assert ("content" in answer) == (status != "204"), (method, path)
            for content in answer.get("content", {}).values():
                assert "example" in content, (method, path, status)
                whole = {**content["schema"], "components": api.document["components"]}
                errors = [str(error) for error in validator_for(whole).iter_errors(content["example"])]
                assert errors == [], (method, path, status)
                assert content["schema"] != {}, (method, path)


def test_every_example_of_a_component_holds_by_its_own_schema(api: Described) -> None:
    for name, component in api.document["components"]["schemas"].items():
        for example in component.get("examples", []):
            whole = {**component, "components": api.document["components"]}
            assert [str(error) for error in validator_for(whole).iter_errors(example)] == [], name


def test_every_operation_declares_its_refusals_as_problem_documents(api: Described) -> None:
    assert {"type", "title", "title_zh", "status", "detail", "detail_zh"} <= set(
        api.document["components"]["schemas"]["Problem"]["required"]
    )
    for method, path, one in operations(api.document):
        assert one["responses"].keys() >= {"4XX", "503"}, (method, path)
        for status in ("4XX", "503"):
            content = one["responses"][status]["content"]
            assert content == {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}


def test_every_reference_inside_the_document_leads_somewhere(api: Described) -> None:
    names = set(re.findall(r"#/components/schemas/([A-Za-z0-9_]+)", str(api.document)))
    assert names <= set(api.document["components"]["schemas"])


def test_every_operation_refuses_a_parameter_that_it_does_not_know(api: Described) -> None:
    for method, path, _ in operations(api.document):
        address = path.format_map({name: values[0] for name, values in api.seeds.items()})
        answer = api.admin.request(method, address, params={"nonsense": "1"})
        assert answer.status_code == 422, (method, path)
        assert [error["field"] for error in answer.json()["errors"]] == ["nonsense"], (method, path)


def test_every_operation_succeeds_with_its_own_example_and_answers_as_described(api: Described, schema: Any) -> None:
    failed = []
    for method, path, operation in operations(api.document):
        request = api.request(method, path)
        case = schema[path][method].Case(
            path_parameters=request.path_parameters,
            query={
                one["name"]: one["schema"]["examples"][0]
                for one in operation.get("parameters", ())
                if one["in"] == "query" and one.get("required")
            },
            headers=request.headers,
            **({} if request.body is None else {"body": request.body, "media_type": media_type(api, method, path)}),
        )
        response = case.call_and_validate(checks=HOLDS)
        if not 200 <= response.status_code < 300:
            failed.append(f"{method} {path}: {response.status_code} {response.text[:200]}")
    assert failed == []


def media_type(api: Described, method: str, path: str) -> str:
    found: str = next(iter(api.document["paths"][path][method.lower()]["requestBody"]["content"]))
    return found


def bombard(api: Described, schema: Any, tag: str, most: int, *, is_random: bool = False) -> None:
    """Send what the document allows and what it forbids, on seeded rows and on none; every answer must be described."""
    for method, path, one in operations(api.document):
        if tag not in one["tags"]:
            continue
        bombard_operation(api, schema[path][method], GenerationMode.POSITIVE, most, is_random)
        if "parameters" in one or "requestBody" in one:  # else there is nothing to get wrong
            bombard_operation(api, schema[path][method], GenerationMode.NEGATIVE, most, is_random)


def bombard_operation(api: Described, operation: Any, mode: GenerationMode, most: int, is_random: bool) -> None:
    seeds = {name: values for name, values in api.seeds.items() if f"{{{name}}}" in operation.path}

    @settings(
        max_examples=most,
        derandomize=not is_random,
        database=None,
        deadline=None,
        phases=(Phase.explicit, Phase.generate) if not is_random else tuple(Phase),
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode), data=st.data())
    def run(case: Any, data: st.DataObject) -> None:
        is_seeded = data.draw(st.integers(0, 3)) > 0
        if is_seeded:
            for name, values in seeds.items():
                case.path_parameters[name] = data.draw(st.sampled_from(values))
            if operation.method.upper() == "PATCH":
                case.headers["If-Match"] = f'"{data.draw(st.integers(1, 5))}"'
        # Signing out ends the token, so that it gets one of its own.
        token = api.spare_token() if operation.path == "/v1/sessions/current" else api.token
        may_hold_now = is_seeded or mode is GenerationMode.POSITIVE
        checks = HOLDS if may_hold_now else [*HOLDS, negative_data_rejection]
        case.call_and_validate(headers={"Authorization": f"Bearer {token}"}, checks=checks)

    run()


@pytest.mark.parametrize("tag", TAGS)
def test_whatever_is_sent_the_node_answers_as_described_and_never_fails(api: Described, schema: Any, tag: str) -> None:
    bombard(api, schema, tag, most=10)


@pytest.mark.slow
@pytest.mark.parametrize("tag", TAGS)
def test_much_more_of_the_same(api: Described, schema: Any, tag: str) -> None:
    """The same requests every time, so that a gate is no lottery; with SANLIAN_RANDOM set, others each time."""
    bombard(api, schema, tag, most=100, is_random="SANLIAN_RANDOM" in os.environ)
