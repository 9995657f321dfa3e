"""Ids that a shop gives to its users, sessions, items, orders and events."""

from typing import Annotated, Literal, TypeAlias

from pydantic import StringConstraints

MAX_ID_LENGTH = 256
"""Characters of an id."""

STORABLE_TEXT = r"^[^\x00]*$"
"""Pattern of text that every store keeps; PostgreSQL keeps no NUL."""

IdKind: TypeAlias = Literal["user", "session"]
"""What an id of a shopper names: an account or a visit."""

StoredId = Annotated[str, StringConstraints(min_length=1, max_length=MAX_ID_LENGTH, pattern=STORABLE_TEXT)]
"""Type of an id that is to be stored; pydantic refuses half of a surrogate pair by itself."""


def is_storable(external_id: str) -> bool:
    """Return whether a store can hold ``external_id`` at all: it is Unicode text without NUL."""
    try:
        return b"\0" not in external_id.encode()
    except UnicodeEncodeError:  # half of a surrogate pair
        return False
