"""What a shop's JSON says, and its fields: moments, amounts, texts, lists."""

import json
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any, TypeAlias

from recsvc.clock import to_us
from recsvc.identity.external_id import MAX_ID_LENGTH, is_storable

Json: TypeAlias = Mapping[str, Any]


def read_value(content: bytes) -> Any:  # noqa: ANN401 - JSON
    """Return the value of JSON in UTF-8, with a byte order mark or without; None where it is none."""
    try:
        return json.loads(content.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        return None


def moment_us(value: object) -> int:
    """Return a moment in microseconds since 1970; one without a zone is UTC. 0 where there is none."""
    with suppress(ValueError, OverflowError):
        if isinstance(value, str) and value:
            moment = datetime.fromisoformat(value)
            return max(0, to_us(moment if moment.tzinfo else moment.replace(tzinfo=UTC)))
    return 0


def number(value: object) -> float | None:
    """Return an amount, which is a text with a point, or a number; None where it is none."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    try:
        found = float(value)
    except ValueError:
        return None
    return found if abs(found) <= 1e12 else None


def text(value: object) -> str | None:
    """Return a text or a number as text, without blanks around it; None where nothing is left, or it cannot be kept."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    found = str(value).strip()
    return found if found and len(found) <= MAX_ID_LENGTH and is_storable(found) else None


def long_text(value: object) -> str | None:
    """Return a text of any length, without blanks around it; None where nothing is left."""
    return value.replace("\0", "").strip() or None if isinstance(value, str) else None


def row_texts(fields: Mapping[str, object]) -> dict[str, str]:
    """Return the fields of a row of an export as texts; those without one are left out."""
    texts = {
        name: str(value).replace("\0", "").strip() for name, value in fields.items() if value is not None
    }
    return {name: value for name, value in texts.items() if value}


def parts(document: Json, name: str) -> list[Json]:
    """Return the objects of a list; what is no object is left out."""
    found = document.get(name)
    return [one for one in found if isinstance(one, Mapping)] if isinstance(found, list) else []


def part(document: Json, *names: str) -> Json:
    """Return the object under ``names``, one within the other; an empty one where there is none."""
    found: object = document
    for name in names:
        found = found.get(name) if isinstance(found, Mapping) else None
    return found if isinstance(found, Mapping) else {}
