"""What the page of the interface shows as a real request and answer is what the code takes and gives now."""

import copy
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from docs.answers import CUT, Answered, kept, laid_out, shortened
from docs.generate import description

ELSEWHERE = {"GET /r/{token}"}
"""Answers with a redirect alone; docs/guides/mail.md shows it."""

DOCUMENT = description()
ANSWERED = kept()
OPERATIONS = {
    f"{method.upper()} {path}": operation
    for path, methods in DOCUMENT["paths"].items()
    for method, operation in methods.items()
}


def exact(document: dict[str, Any]) -> dict[str, Any]:
    """Return the schemas of the description, which then refuse fields that they do not name."""
    components = copy.deepcopy(document["components"])
    for schema in components["schemas"].values():
        if "properties" in schema:
            schema.setdefault("additionalProperties", False)
    return components


COMPONENTS = exact(DOCUMENT)


def whole(value: Any) -> Any:
    """Return ``value`` without the marks of what was cut."""
    if isinstance(value, dict):
        return {name: whole(one) for name, one in value.items() if name != CUT}
    return [whole(one) for one in value if one != CUT] if isinstance(value, list) else value


def problems(content: dict[str, Any], value: Any) -> list[str]:
    schema = {**content["application/json"]["schema"], "components": COMPONENTS}
    return [error.message for error in Draft202012Validator(schema).iter_errors(whole(value))]


def test_each_operation_is_shown_and_no_other() -> None:
    assert ANSWERED.keys() == OPERATIONS.keys() - ELSEWHERE, (
        "`make demo ONCE=1`, then `python -m docs.answers demo/models`"
    )


@pytest.mark.parametrize("name", sorted(ANSWERED))
def test_what_is_shown_is_as_described_now(name: str) -> None:
    answered, operation = ANSWERED[name], OPERATIONS[name]
    if "requestBody" in operation:
        assert problems(operation["requestBody"]["content"], answered.body) == []
    response = operation["responses"][str(answered.status)]
    if answered.answer is None:
        assert not response.get("content")
    else:
        assert problems(response["content"], answered.answer) == []


def test_a_field_that_is_gone_is_noticed() -> None:
    old = Answered("/health/live", None, 200, {"status": "ok", "age": 1})
    content = OPERATIONS["GET /health/live"]["responses"]["200"]["content"]
    assert problems(content, old.answer)


def test_long_lists_and_tables_are_cut() -> None:
    assert shortened({"a": [1, 2, 3]}) == {"a": [1, 2, "…"]}
    assert shortened({str(i): i for i in range(25)}) == {"0": 0, "1": 1, "2": 2, "…": "…"}


def test_what_fits_into_a_line_stands_in_one() -> None:
    assert laid_out({"a": ["x" * 60, "y" * 60], "b": {"c": 1}}).splitlines() == [
        '{"a": ["' + "x" * 60 + '",',
        '  "' + "y" * 60 + '"],',
        ' "b": {"c": 1}}',
    ]
    assert laid_out(["x" * 50, "y" * 50, "z" * 50]).splitlines() == [
        f'["{"x" * 50}", "{"y" * 50}",',
        f' "{"z" * 50}"]',
    ]
