"""Words for a value that pydantic refuses: what it must be, in a sentence without the library's terms."""

from collections.abc import Iterable
from difflib import get_close_matches
from typing import Any

from pydantic_core import ErrorDetails

MAX_QUOTED = 80
"""How much of a value stands in a message."""

_SIMILAR = 0.6

_MUST_BE = {
    "missing": "is missing",
    "greater_than": "must be greater than {gt}",
    "greater_than_equal": "must be at least {ge}",
    "less_than": "must be less than {lt}",
    "less_than_equal": "must be at most {le}",
    "finite_number": "must be a finite number",
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "int_parsing_size": "must be a whole number of fewer digits",
    "int_from_float": "must be a whole number",
    "float_type": "must be a number",
    "float_parsing": "must be a number",
    "bool_type": "must be true or false",
    "bool_parsing": "must be true or false",
    "string_type": "must be text",
    "string_too_short": "must have at least {min_length} characters",
    "string_too_long": "may have at most {max_length} characters",
    "string_unicode": "must be text in UTF-8",
    "list_type": "must be a list",
    "tuple_type": "must be a list",
    "dict_type": "must be an object with named fields",
    "model_type": "must be an object with named fields",
    "model_attributes_type": "must be an object with named fields",
    "too_short": "must have at least {min_length} entries",
    "too_long": "may have at most {max_length} entries",
    "literal_error": "must be {expected}",
    "enum": "must be {expected}",
    "path_type": "must be a path",
}
"""By the type of pydantic's error; {…} is of its context."""


def in_words(error: ErrorDetails, known: Iterable[str] = ()) -> str:
    """Return what is wrong with a value; ``known`` are names that an unknown one may have been meant to be."""
    if error["type"] == "extra_forbidden":
        return unknown_name(str(error["loc"][-1]), known)
    wanted = _MUST_BE.get(error["type"])
    if wanted is None:
        message = error["msg"].removeprefix("Value error, ")
    else:
        context = error.get("ctx", {})
        message = wanted.format_map({name: _shown(one) for name, one in context.items()})
        if context.get("min_length") == 1:
            message = "must not be empty"
    value: Any = error.get("input")
    is_short = error["type"] != "missing" and isinstance(value, str | int | float)
    return f"{message}, got {value!r:.{MAX_QUOTED}}" if is_short else message


def _shown(limit: object) -> str:
    return f"{limit:,.15g}" if isinstance(limit, float) else str(limit)


def unknown_name(name: str, known: Iterable[str]) -> str:
    """Return that there is no ``name``, and which one was most likely meant."""
    by_lower = {one.lower(): one for one in known}
    meant = get_close_matches(name.lower(), by_lower, n=1, cutoff=_SIMILAR)
    hint = f"; did you mean {by_lower[meant[0]]}?" if meant else ""
    return f"there is no field of this name{hint}"
