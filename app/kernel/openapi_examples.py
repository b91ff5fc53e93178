"""Examples in the document of the API: every answer shows one, put together from those of the schemas it is made of."""

from contextlib import suppress
from typing import Any

_JSON = "application/json"
_Schemas = dict[str, dict[str, Any]]


class NoExample(RuntimeError):
    """A schema of an answer of which no example can be made; its name leads to it."""


def complete_examples(document: dict[str, Any]) -> None:
    """Give the nulls back to the examples of the schemas, and every successful answer an example."""
    schemas: _Schemas = document["components"]["schemas"]
    for schema in schemas.values():
        if "examples" in schema:
            schema["examples"] = [with_nulls(example, schema, schemas) for example in schema["examples"]]
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            for status, answer in operation["responses"].items():
                content = answer.get("content", {}).get(_JSON)
                if status.startswith("2") and content is not None and "example" not in content:
                    # A test asks for every one of them; a node that lacks one still answers with its document.
                    with suppress(NoExample):
                        content["example"] = example_of(content["schema"], schemas, f"{method} {path} {status}")


def example_of(schema: dict[str, Any], schemas: _Schemas, name: str) -> Any:
    """An example of `schema`: its own, else one made of its parts'; NoExample naming the part that has none."""
    if schema.get("examples"):
        return schema["examples"][0]
    if "$ref" in schema:
        found = schema["$ref"].rpartition("/")[2]
        return example_of(schemas[found], schemas, found)
    if "const" in schema:
        return schema["const"]
    if schema.get("type") == "array":
        return [example_of(schema["items"], schemas, f"{name}[]")]
    if "properties" in schema:
        asked = schema["properties"].items()
        return {key: example_of(part, schemas, f"{name}.{key}") for key, part in asked if key in schema["required"]}
    raise NoExample(name)


def with_nulls(example: Any, schema: dict[str, Any], schemas: _Schemas) -> Any:
    """`example` with the nulls of required properties, which FastAPI drops wherever they stand in a document."""
    named = next((s for s in (schema, *schema.get("anyOf", ())) if "$ref" in s), None)
    if named is not None:
        schema = schemas[named["$ref"].rpartition("/")[2]]
    if isinstance(example, list):
        return [with_nulls(item, schema.get("items", {}), schemas) for item in example]
    if not isinstance(example, dict):
        return example
    kinds = schema.get("properties", {})
    dropped = dict.fromkeys(name for name in schema.get("required", ()) if name not in example)
    return {name: with_nulls(value, kinds.get(name, {}), schemas) for name, value in example.items()} | dropped
