"""What fields of WooCommerce's JSON say: moments, amounts, ids."""

from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any, TypeAlias

from recsvc.clock import to_us
from recsvc.errors import PlatformError
from recsvc.identity.external_id import MAX_ID_LENGTH, is_storable

PLATFORM = "woocommerce"
Json: TypeAlias = Mapping[str, Any]


def moment_us(value: object) -> int:
    """Return the moment of a ``…_gmt`` field, which has no zone and is UTC, in microseconds since 1970; 0 for none."""
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


def record_id(document: object) -> str:
    """Return the number by which WooCommerce knows a document.

    Raises PlatformError where it has none: it is no order and no product.
    """
    found = document.get("id") if isinstance(document, Mapping) else None
    if isinstance(found, bool) or not isinstance(found, int) or found < 1:
        raise PlatformError(f"a document of WooCommerce must have an id above 0, got {found!r:.40}")
    return str(found)


def parts(document: Json, name: str) -> list[Json]:
    """Return the objects of a list; what is no object is left out."""
    found = document.get(name)
    return [one for one in found if isinstance(one, Mapping)] if isinstance(found, list) else []
