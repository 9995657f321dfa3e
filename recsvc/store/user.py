"""What is known of one shopper beside events: joined accounts, and the wish to be forgotten."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from recsvc.store.event import Event

Kind = Literal["user", "session"]


@dataclass(frozen=True)
class Merge:
    """A session or a second account whose events are those of ``to_user_id``."""

    kind: Kind
    from_id: str
    to_user_id: str
    merged_at_us: int


@dataclass(frozen=True)
class Export:
    """Everything the store holds on a shopper; events oldest first."""

    user_id: str
    events: tuple[Event, ...]
    merges: tuple[Merge, ...]


@dataclass(frozen=True)
class Erasure:
    """What was erased: how many events and merges, and every id under which the shopper was known."""

    events: int
    merges: int
    user_ids: frozenset[str]
    session_ids: frozenset[str]


@dataclass(frozen=True)
class Tombstones:
    """Who asked to be forgotten, as keyed hashes (BLAKE2b): it can be asked of an id, but lists none.

    Attributes:
        salt: the key, drawn once for each store.
        digests: of all ids that were erased.
    """

    salt: bytes
    digests: frozenset[bytes]

    def holds(self, user_id: str) -> bool:
        """Return whether ``user_id`` was erased."""
        return bool(self.digests) and tombstone(self.salt, "user", user_id) in self.digests

    def mask(self, user_ids: Sequence[str | None]) -> NDArray[np.bool_]:
        """Return bool, shape (len(user_ids),): which were erased; None, nobody's, never was."""
        if not self.digests:
            return np.zeros(len(user_ids), dtype=np.bool_)
        return np.asarray(
            [user_id is not None and self.holds(user_id) for user_id in user_ids], dtype=np.bool_
        )


def tombstone(salt: bytes, kind: Kind, external_id: str) -> bytes:
    """Return the keyed hash that stays of an id; a user and a session of the same name differ."""
    return hashlib.blake2b(f"{kind}:{external_id}".encode(), key=salt, digest_size=32).digest()
