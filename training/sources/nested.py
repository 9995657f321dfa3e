"""Nested values as columns with dotted names, and what programs write around their values as the values."""

import re
from collections.abc import Mapping

from training.sources.aliases import ALIASES, KNOWN_NAMES, LIST_ALIASES, normalise_name
from training.sources.column_names import plain_alias
from training.sources.money import amount_of, with_minor_units

MOST_LEVELS = 8
WRAPPERS = frozenset(
    {
        *(
            "$oid",
            "$numberLong",
            "$numberInt",
            "$numberDouble",
            "$numberDecimal",
            "$date",
            "$uuid",
            "$symbol",
        ),
        *("stringValue", "integerValue", "doubleValue", "booleanValue", "timestampValue", "referenceValue"),
        *("mapValue", "arrayValue"),
    }
)
"""Keys that stand alone in an object: of MongoDB's extended JSON and of Firestore's answers."""
OF_DYNAMODB: Mapping[str, type | tuple[type, ...]] = {
    **dict.fromkeys(("S", "N"), str),
    **dict.fromkeys(("L", "SS", "NS"), list),
    "M": dict,
    "BOOL": bool,
}
"""Keys that stand alone in an object of DynamoDB's JSON, and what they hold."""
NULLS = frozenset({"NULL", "nullValue"})
PAIRS = {
    frozenset(("_seconds", "_nanoseconds")): "_seconds",
    frozenset(("seconds", "nanoseconds")): "seconds",
    frozenset(("seconds", "nanos")): "seconds",
    frozenset(("$ref", "$id")): "$id",
    frozenset(("__datatype__", "value")): "value",
}
"""Two keys that stand together in an object for one value, and the key that has it."""
LISTS = ("edges", "nodes", "data", "records", "values")
"""Keys of a list that stands in an object with remarks on it, such as the number of pages."""
ITEM_NAMES = frozenset((*ALIASES["item_id"], *ALIASES["title"]))
REMARKS = frozenset(
    {
        *("total", "totals", "subtotal", "sum", "count", "qty", "quantity", "number", "num", "n", "distinct"),
        *("amount", "price", "net", "gross", "tax", "weight", "size", "length", "of", "unique"),
        *("item", "items", "products", "lines"),
    }
)
"""Words of keys that say something of all items together."""
WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+")


def flattened(value: Mapping[str, object], prefix: str = "", levels: int = MOST_LEVELS) -> dict[str, object]:
    """Return an object with those in it as columns ``outer.inner``; lists, and what is deeper, stay as they are.

    An object that is an amount of money is a number, one that holds a list alone is that list.
    """
    if not prefix and len(value) == 1:
        inner = value.get("Item", value.get("NewImage"))
        value = inner if isinstance(inner, dict) else value
    flat: dict[str, object] = {}
    for key, inner in with_minor_units({key: unwrapped(inner) for key, inner in value.items()}).items():
        plain = _as_list(key, inner) if isinstance(inner, dict) else inner
        amount = amount_of(plain, key) if isinstance(plain, dict) else None
        if amount is not None:
            flat[f"{prefix}{key}"] = amount
        elif isinstance(plain, dict) and plain and levels > 1:
            priced = plain.get("value")
            price = amount_of(priced) if isinstance(priced, dict) else None
            if price is not None:
                flat[f"{prefix}{key}"] = price
                plain = {name: one for name, one in plain.items() if name != "value"}
            flat |= flattened(plain, f"{prefix}{key}.", levels - 1)
        else:
            flat[f"{prefix}{key}"] = plain
    return flat


def unwrapped(value: object) -> object:
    """Return what a type was written around, and every other value as it is."""
    for _ in range(MOST_LEVELS):
        inner = _inner(value)
        if inner is value:
            break
        value = inner
    return value


def _inner(value: object) -> object:
    """Return what stands in an object that says nothing but its type."""
    if not isinstance(value, dict):
        return value
    if len(value) == 1:
        ((key, inner),) = value.items()
        if key in NULLS:
            return None
        is_wrapper = key in WRAPPERS or (key in OF_DYNAMODB and isinstance(inner, OF_DYNAMODB[key]))
        return inner if is_wrapper or (key == "fields" and isinstance(inner, dict)) else value
    kept = PAIRS.get(frozenset(value)) if len(value) == 2 else None
    return value if kept is None else value[kept]


def _as_list(key: str, value: Mapping[str, object]) -> object:
    """Return the list that an object stands for: of pages, of things by their numbers, or of an order's items."""
    for name in LISTS:
        found = value.get(name)
        others = [inner for other, inner in value.items() if other != name]
        if isinstance(found, list) and not any(isinstance(inner, list) for inner in others):
            return [one.get("node", one) if isinstance(one, dict) else one for one in found]
    inner = list(value.values())
    if inner and all(name.isdigit() for name in value) and all(isinstance(one, dict) for one in inner):
        return inner
    return _items_in(value) if plain_alias(key) in LIST_ALIASES else value


def _items_in(value: Mapping[str, object]) -> object:
    """Return the items of an order that stand in an object under their codes, or as the only thing in it."""
    inner = list(value.values())
    first = inner[0] if len(inner) == 1 else None
    if isinstance(first, list) or (isinstance(first, dict) and _names_an_item(first)):
        return first if isinstance(first, list) else [first]
    if _names_an_item(value):
        return [value]
    if not inner or any(normalise_name(name) in KNOWN_NAMES or _is_remark(name) for name in value):
        return value
    return _under_their_codes(value) or value


def _is_remark(name: str) -> bool:
    words = WORD.findall(name)
    return bool(words) and all(word.lower() in REMARKS for word in words)


def _under_their_codes(value: Mapping[str, object]) -> list[object]:
    """Return items that stand under their codes, with their numbers of pieces or as objects; none otherwise."""
    if all(str(one).isdigit() for one in value.values()):
        return [{"sku": code, "quantity": one} for code, one in value.items()]
    if not all(isinstance(one, dict) for one in value.values()):
        return []
    objects = [(code, one) for code, one in value.items() if isinstance(one, dict)]
    return [one if _names_an_item(one) else {"sku": code, **one} for code, one in objects]


def _names_an_item(value: Mapping[str, object]) -> bool:
    return any(plain_alias(name) in ITEM_NAMES for name in value)
