import json

import pytest

from recsvc.api.bodies import MAX_DEPTH, StrictJsonError, read_json


@pytest.mark.parametrize("value", [{}, [], "é\x00", 1, 1.5, None, True, {"a": [{"b": [1, {}]}] * 20}])
def test_json_is_read(value: object) -> None:
    assert read_json(json.dumps(value)) == read_json(json.dumps(value, ensure_ascii=False).encode()) == value


def nested(depth: int) -> str:
    return "[" * depth + "]" * depth


def test_only_what_is_nested_too_deeply_is_refused() -> None:
    assert json.dumps(read_json(nested(MAX_DEPTH))) == nested(MAX_DEPTH)
    for depth in (MAX_DEPTH + 1, 1000, 100_000, 1_000_000):
        with pytest.raises(StrictJsonError, match="nested deeper than 16"):
            read_json(nested(depth))


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "not JSON"),
        ("{", "not JSON"),
        ("NaN", "NaN is no number"),
        ('{"a": -Infinity}', "-Infinity is no number"),
        ("1" * 5000, "too many digits"),
        ('{"a": 1, "b": {"a": 1, "c": 2, "c": 3}}', "names 'c' twice"),
        (json.dumps({str(number): 0 for number in range(251)}), "251 names; there may be 250"),
        (b'"\xff"', "not in UTF-8"),
        ('"é"'.encode("utf-16"), "not in UTF-8"),
        (b"\xef\xbb\xbf{}", "not JSON"),
    ],
)
def test_what_is_wrong_is_said(text: str | bytes, reason: str) -> None:
    with pytest.raises(StrictJsonError, match=reason):
        read_json(text)
