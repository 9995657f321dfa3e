"""Nested values as columns with dotted names, and what MongoDB writes around its values as the values."""

from collections.abc import Mapping

MOST_LEVELS = 8
WRAPPERS = frozenset(
    {"$oid", "$numberLong", "$numberInt", "$numberDouble", "$numberDecimal", "$date", "$uuid", "$symbol"}
)
"""Keys of MongoDB's extended JSON that stand alone in an object."""


def flattened(value: Mapping[str, object], prefix: str = "", levels: int = MOST_LEVELS) -> dict[str, object]:
    """Return an object with those in it as columns ``outer.inner``; lists, and what is deeper, stay as they are."""
    flat: dict[str, object] = {}
    for key, inner in value.items():
        plain = unwrapped(inner)
        if isinstance(plain, dict) and plain and levels > 1:
            flat |= flattened(plain, f"{prefix}{key}.", levels - 1)
        else:
            flat[f"{prefix}{key}"] = plain
    return flat


def unwrapped(value: object) -> object:
    """Return what MongoDB wrote a type around, and every other value as it is."""
    while isinstance(value, dict) and len(value) == 1:
        ((key, inner),) = value.items()
        if key not in WRAPPERS:
            break
        value = inner
    return value
