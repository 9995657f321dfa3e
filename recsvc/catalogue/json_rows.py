"""Items as JSON objects, one a line or in an array, as rows of text."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from recsvc.errors import UnreadableExportError

MAX_OBJECT_LENGTH = 2**20
_MAX_DEPTH = 3
_BETWEEN = " | "
_SPACE = " \t\r\n,[]"


def json_objects(path: Path, parts: Iterator[str]) -> Iterator[dict[str, str]]:
    """Yield the objects of a text: name, in lower case -> text; those within an object are part of it.

    Raises UnreadableExportError where there is something else, or an object of more than 1 MiB.
    """
    decoder, rest = json.JSONDecoder(parse_int=str, parse_float=str), ""
    for part in parts:
        rest += part
        rest = rest.lstrip(_SPACE)
        while rest:
            try:
                found, end = decoder.raw_decode(rest)
            except (ValueError, RecursionError) as error:
                if len(rest) > MAX_OBJECT_LENGTH:
                    raise UnreadableExportError(
                        f"{path} holds no JSON objects that can be read: {error}"
                    ) from error
                break
            if not isinstance(found, dict):
                raise UnreadableExportError(
                    f"{path} holds JSON that is no object for an item: {str(found)[:80]!r}"
                )
            yield _flat(found)
            rest = rest[end:].lstrip(_SPACE)
    if rest:
        raise UnreadableExportError(f"{path} ends within a JSON object, or holds what is none: {rest[:80]!r}")


def _flat(found: dict[str, Any], depth: int = 0) -> dict[str, str]:
    fields: dict[str, str] = {}
    for name, value in found.items():
        key = name.strip().lower()
        if isinstance(value, dict):
            inner = _flat(value, depth + 1) if depth < _MAX_DEPTH else {}
            for name_within, text in inner.items():
                fields.setdefault(name_within if key == "attributes" else f"{key}_{name_within}", text)
        elif text := _text(value):
            fields.setdefault(key, text)
    return fields


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return _BETWEEN.join(filter(None, map(_text, value)))
    return "" if value is None or isinstance(value, dict) else str(value).strip()
