"""What a page was asked: ids and numbers in addresses and forms."""

from collections.abc import Mapping

from flask import abort, request

from recsvc.identity.external_id import MAX_ID_LENGTH, is_storable


def id_in(values: Mapping[str, str], name: str) -> str:
    """Return the id in a field, without spaces around it; "" where there is none.

    An id that no shop can have is refused with a page.
    """
    found = values.get(name, "").strip()
    if len(found) > MAX_ID_LENGTH or not is_storable(found):
        abort(422, f"An id has at most {MAX_ID_LENGTH} characters.")
    return found


def needed_id(values: Mapping[str, str], name: str, what: str) -> str:
    """Return the id in a field; refuse with a page that names ``what`` is missing."""
    found = id_in(values, name)
    if not found:
        abort(422, f"Name {what}: the field was empty.")
    return found


def whole_in(name: str, otherwise: int | None = None) -> int | None:
    """Return the whole number in a field of the address, or ``otherwise`` where there is none."""
    text = request.args.get(name, "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= 18 else otherwise
