"""The rules of a placement, as they were sent."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class StoredPlacement:
    """One entry of the store.

    Attributes:
        name: of the placement.
        body: the rules as values of JSON; what they mean is not for the store to say.
        updated_at_us: when they were sent, in microseconds since 1970.
    """

    name: str
    body: dict[str, Any]
    updated_at_us: int
