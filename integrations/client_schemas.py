"""Writes the types of both clients from what a running service says of itself.

``python integrations/client_schemas.py http://127.0.0.1:8000``: a test compares the files with what would be written.
"""

import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.request import urlopen

ROOM = Path(__file__).parent
CALLS = (
    "GET /v1/recommend", "POST /v1/recommend", "POST /v1/recommend/page", "POST /v1/rank", "POST /v1/events",
    "GET /v1/offers", "POST /v1/offers/{offer_id}/taken", "GET /v1/users", "DELETE /v1/users",
    "POST /v1/users/{user_id}/merge", "PUT /v1/users/{user_id}/profiling", "GET /v1/users/{user_id}/moment",
    "PUT /v1/items/{item_id}", "PATCH /v1/items/{item_id}", "DELETE /v1/items", "POST /v1/items", "POST /v1/audiences",
)  # fmt: skip
"""What the clients ask for."""

NOTE = "Written by integrations/client_schemas.py from /openapi.json of the service: run it again, change nothing here."
SCALARS = {
    "python": {"string": "str", "integer": "int", "number": "float", "boolean": "bool", "null": "None"},
    "typescript": {
        "string": "string", "integer": "number", "number": "number", "boolean": "boolean", "null": "null"
    },
}  # fmt: skip
Schema = Mapping[str, Any]


def python_types(openapi: Schema) -> str:
    """Return the module of Python that describes what the calls send and receive."""
    parts = [
        f'"""{NOTE}"""\n\nfrom __future__ import annotations\n\nfrom typing import Any, Literal, TypedDict\n'
    ]
    for name, schema in _reached(openapi):
        if "properties" not in schema:
            parts.append(f"{name} = {_type(schema, 'python')}")
            continue
        needed, others = _fields(schema, "python")
        base = "TypedDict"
        if needed and others:
            parts.append(f"class _{name}Needs(TypedDict):\n" + "".join(f"    {one}\n" for one in needed))
            base = f"_{name}Needs"
        total = ", total=False" if others else ""
        lines = "".join(f"    {one}\n" for one in (others or needed))
        parts.append(f'class {name}({base}{total}):\n    """{_about(schema)}"""\n\n{lines}')
    return "\n\n".join(part.rstrip("\n") + "\n" for part in parts)


def typescript_types(openapi: Schema) -> str:
    """Return the declarations of TypeScript that describe the same."""
    parts = [f"// {NOTE}\n"]
    for name, schema in _reached(openapi):
        about = f"/** {_about(schema)} */\n"
        if "properties" not in schema:
            parts.append(f"{about}export type {name} = {_type(schema, 'typescript')};\n")
            continue
        needed, others = _fields(schema, "typescript")
        lines = "".join(f"  {one};\n" for one in (*needed, *others))
        parts.append(f"{about}export interface {name} {{\n{lines}}}\n")
    return "\n".join(parts)


def _fields(schema: Schema, language: str) -> tuple[list[str], list[str]]:
    """Return the fields that are always there, and those that may be left out."""
    needed, others = list[str](), list[str]()
    for name, said in sorted(schema["properties"].items()):
        is_needed = name in schema.get("required", ())
        mark = "?" if language == "typescript" and not is_needed else ""
        (needed if is_needed else others).append(f"{name}{mark}: {_type(said, language)}")
    return needed, others


def _type(schema: Schema, language: str) -> str:
    """Return the type that a schema describes; what it demands beyond the type, the service checks."""
    is_python = language == "python"
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    if "const" in schema or "enum" in schema:
        values = ", " if is_python else " | "
        said = values.join(json.dumps(value) for value in schema.get("enum", [schema.get("const")]))
        return f"Literal[{said}]" if is_python else said
    for kind in ("anyOf", "oneOf", "allOf"):
        if kind in schema:
            return " | ".join(dict.fromkeys(_type(one, language) for one in schema[kind]))
    if schema.get("type") == "array":
        inner = _type(schema.get("items", {}), language)
        return f"list[{inner}]" if is_python else f"Array<{inner}>"
    if schema.get("type") == "object":
        more = schema.get("additionalProperties")
        inner = _type(more if isinstance(more, dict) else {}, language)
        return f"dict[str, {inner}]" if is_python else f"Record<string, {inner}>"
    return SCALARS[language].get(str(schema.get("type")), "Any" if is_python else "any")


def _about(schema: Schema) -> str:
    first = str(schema.get("description", "")).strip().partition("\n")[0].replace("``", "`")
    return first or "See the reference of the service."


def _reached(openapi: Schema) -> Iterator[tuple[str, Schema]]:
    """Yield the schemas that requests and answers of the calls are made of, by name."""
    schemas, waiting, reached = openapi["components"]["schemas"], list[str](), set[str]()
    for call in CALLS:
        method, path = call.lower().split(" ", 1)[0], call.split(" ", 1)[1]
        operation = openapi["paths"].get(path, {}).get(method)
        if operation is None:
            raise SystemExit(f"the service has no {call}: take it out of CALLS and of the clients")
        answers = [said for status, said in operation["responses"].items() if status.startswith("2")]
        waiting += _names([operation.get("requestBody", {}), answers])
    while waiting:
        name = waiting.pop()
        if name not in reached:
            reached.add(name)
            waiting += _names(schemas[name])
    for name in sorted(reached):
        yield name, schemas[name]


def _names(said: Any) -> Iterator[str]:  # noqa: ANN401 - JSON
    """Yield the names of the schemas that a part of the description refers to."""
    if isinstance(said, dict):
        if isinstance(said.get("$ref"), str):
            yield said["$ref"].rpartition("/")[2]
        for value in said.values():
            yield from _names(value)
    elif isinstance(said, list):
        for value in said:
            yield from _names(value)


def files(openapi: Schema) -> dict[Path, str]:
    """Return what is in each file that is written."""
    return {
        ROOM / "python" / "recsvc_client" / "schemas.py": python_types(openapi),
        ROOM / "javascript" / "schemas.d.ts": typescript_types(openapi),
    }


if __name__ == "__main__":
    with urlopen(f"{sys.argv[1].rstrip('/')}/openapi.json", timeout=30) as answer:  # noqa: S310 - a shop's own service
        openapi = json.load(answer)
    for path, text in files(openapi).items():
        path.write_text(text, encoding="utf-8")
