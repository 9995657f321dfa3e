"""The types of both clients are what the service publishes."""

import copy

import client_schemas
import pytest
from clients.conftest import Known


def test_the_files_are_what_the_service_says_of_itself(known: Known) -> None:
    for path, text in client_schemas.files(known.openapi).items():
        assert path.read_text() == text, f"{path.name} is old: run integrations/client_schemas.py"


def test_a_call_that_the_service_has_no_more_is_named(known: Known) -> None:
    openapi = copy.deepcopy(known.openapi)
    del openapi["paths"]["/v1/rank"]
    with pytest.raises(SystemExit, match="no POST /v1/rank"):
        client_schemas.python_types(openapi)


def test_what_may_be_missing_and_what_may_be_null_is_told_apart() -> None:
    text = {"type": "string"}
    item = {
        "type": "object",
        "description": "An item.\n\nMore.",
        "required": ["id", "kind"],
        "properties": {
            "id": text,
            "kind": {"enum": ["a", "b"]},
            "title": {"anyOf": [text, {"type": "null"}]},
            "tags": {"type": "array", "items": {"$ref": "#/components/schemas/Tag"}},
            "more": {"type": "object", "additionalProperties": {"type": "number"}},
        },
    }
    reference = {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Item"}}}}
    operation = {"responses": {"200": reference}}
    paths: dict[str, dict[str, object]] = {}
    for call in client_schemas.CALLS:
        method, path = call.split(" ")
        paths.setdefault(path, {})[method.lower()] = operation
    openapi = {"paths": paths, "components": {"schemas": {"Item": item, "Tag": text, "Unused": text}}}
    python, typescript = client_schemas.python_types(openapi), client_schemas.typescript_types(openapi)
    assert 'class _ItemNeeds(TypedDict):\n    id: str\n    kind: Literal["a", "b"]\n' in python
    assert (
        'class Item(_ItemNeeds, total=False):\n    """An item."""\n\n    more: dict[str, float]\n'
        "    tags: list[Tag]\n    title: str | None\n" in python
    )
    assert "Tag = str" in python
    assert "Unused" not in python + typescript
    assert (
        'export interface Item {\n  id: string;\n  kind: "a" | "b";\n  more?: Record<string, number>;\n'
        "  tags?: Array<Tag>;\n  title?: string | null;\n}\n" in typescript
    )
