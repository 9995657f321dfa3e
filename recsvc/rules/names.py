"""What a name in an expression means, and what somebody meant who misspelled one."""

from collections.abc import Iterable
from difflib import get_close_matches

from recsvc.errors import RulesError
from recsvc.rules.expression import ATTRIBUTE, CATEGORIES, CONTEXT_FIELDS, ITEM_FIELDS, ContextField, Field

_RESERVED = ("and", "or", "not", "in", "true", "false", "null", "none")
_SPACES = ("shopper", "context")
_NOT_USABLE = ("title", "url", "image_url", "available_from", "available_until")
_MEANT = {"category": "categories"}
_SIMILAR = 0.8


def read_name(name: str, part: str | None = None) -> Field | ContextField:
    """Return what ``name``, or ``name.part``, means: a field, what is known of the list, else an attribute.

    Raises RulesError where it is none, or looks like a misspelled one.
    """
    if name == "attributes":
        if part is None:
            raise RulesError("attributes must be followed by a name, like attributes.brand")
        return Field(ATTRIBUTE + part)
    if name in _SPACES or part is not None:
        return ContextField(_known(name if part is None else f"{name}.{part}"))
    return Field(name if name in ITEM_FIELDS else ATTRIBUTE + _no_mistake(name))


def field_of_cap(by: str) -> str:
    """Return the field that a cap ``by`` is of: categories or an attribute, with or without its prefix.

    Raises RulesError where it is another one.
    """
    name, _, part = by.partition(".")
    field = read_name(name, part or None) if name in ("attributes", *_SPACES) else read_name(by)
    if field.name != CATEGORIES and not field.name.startswith(ATTRIBUTE):
        raise RulesError(f"{by:.80} cannot be capped; categories and attributes can")
    return field.name


def nearest(name: str, known: Iterable[str], similar: float = _SIMILAR) -> str | None:
    """Return the one of ``known`` that ``name`` was most likely meant to be, or None."""
    by_lower = {one.lower(): one for one in known}
    found = get_close_matches(name.lower(), by_lower, n=1, cutoff=similar)
    return by_lower[found[0]] if found else None


def _known(name: str) -> str:
    if name in CONTEXT_FIELDS:
        return name
    meant = nearest(name, CONTEXT_FIELDS)
    hint = f"did you mean {meant}?" if meant else f"known are {', '.join(CONTEXT_FIELDS)} and attributes.NAME"
    raise RulesError(f"there is no {name:.80}; {hint}")


def _no_mistake(name: str) -> str:
    attribute = f"an attribute of that name is written {ATTRIBUTE}{name:.80}"
    if name.lower() in _RESERVED:
        raise RulesError(
            f"{name} is no field: and, or, not, in, true and false are written small; {attribute}"
        )
    if name in _NOT_USABLE:
        raise RulesError(f"rules cannot use {name}; {attribute}")
    meant = _MEANT.get(name.lower()) or nearest(name, ITEM_FIELDS)
    if meant:
        raise RulesError(f"there is no field {name}; did you mean {meant}? {attribute.capitalize()}")
    return name
