"""Lists and objects in a cell as programs write them: JSON, Python, NumPy, and arrays of PostgreSQL."""

import csv
import json
import re

LONGEST = 20_000
"""Characters; in a longer cell nothing but JSON is read."""
MOST_LEVELS = 20
LIST_LIKE = r"(?s)^\s*(?:\[\s*[\[{\"'\d-].*|\{\s*[\"'].*|\{[^{}\"':]*\}\s*)$"
"""How a cell begins that holds a list or an object."""
PHP = r"^\s*a:\d+:\{"
"""How an array begins that PHP has serialised."""
TOKEN = re.compile(
    r"""'(?P<single>(?:[^'\\]|\\.)*)'|(?P<double>"(?:[^"\\]|\\.)*")|\b(?P<word>None|True|False|nan|NaN)\b"""
    r"""|\b(?:Decimal|ObjectId|UUID|Timestamp)(?P<call>\()""",
    re.S,
)
WORDS = {"None": "null", "True": "true", "False": "false", "nan": "null", "NaN": "null"}
ESCAPED = re.compile(r"\\(.)", re.S)
CALLED = re.compile(r'\(("(?:[^"\\]|\\.)*")\)')
BLANKS_BETWEEN = re.compile(r'(?<=["\d.])\s+(?=["\d.-])')


def listed_value(cell: str) -> object:
    """Return what the cell holds, numbers as they are written; None where it is no list and no object."""
    value = _json(cell)
    if value is not None or len(cell) > LONGEST:
        return value
    text = cell.strip()
    if text.startswith("{") and text.endswith("}") and ":" not in text:
        return _postgresql(text)
    if not text.startswith(("[", "{", "(")):
        return None
    converted = CALLED.sub(r"\1", TOKEN.sub(_as_json, text))
    value = _json(converted)
    return _json(BLANKS_BETWEEN.sub(", ", converted)) if value is None else value


def _json(text: str) -> object:
    try:
        return json.loads(text, parse_float=str, parse_int=str, parse_constant=str)
    except (json.JSONDecodeError, RecursionError):
        return None


def _as_json(token: re.Match[str]) -> str:
    """Return the JSON of a text or a word of Python; calls around texts lose their names."""
    if token["single"] is not None:
        return json.dumps(ESCAPED.sub(r"\1", token["single"]))
    if token["word"]:
        return WORDS[token["word"]]
    return token["double"] or token["call"]


def _postgresql(text: str) -> list[str | None] | None:
    """Return the values of ``{a,"b c",NULL}``."""
    inner = text[1:-1].strip()
    if not inner:
        return []
    quote = "'" if inner.startswith("'") else '"'
    try:
        (values,) = csv.reader([inner], quotechar=quote, escapechar="\\", skipinitialspace=True, strict=True)
    except (csv.Error, ValueError):
        return None
    return [None if value == "NULL" else value for value in values]
