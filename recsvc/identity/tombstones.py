"""Ids of shoppers who were erased, kept as hashes: an id can be checked, but none can be listed."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recsvc.identity.external_id import IdKind
from recsvc.identity.spelling import likely_spellings


def tombstone(salt: bytes, kind: IdKind, external_id: str) -> bytes:
    """Return the keyed hash (BLAKE2b, 32 bytes) that stays of an erased id.

    A user and a session of the same name have different hashes.
    """
    return hashlib.blake2b(f"{kind}:{external_id}".encode(), key=salt, digest_size=32).digest()


@dataclass(frozen=True)
class Tombstones:
    """The hashes of all erased ids.

    Attributes:
        salt: the key of the hashes, drawn once for each store.
        digests: one for each erased id, of users and of sessions.
    """

    salt: bytes
    digests: frozenset[bytes]

    def holds(self, user_id: str) -> bool:
        """Return whether ``user_id`` was erased, as it stands, in the one spelling or in a likely earlier one.

        A hash does not tell what it is of: who was erased before ids had one spelling is found by trying.
        """
        return bool(self.digests) and any(
            tombstone(self.salt, "user", one) in self.digests for one in likely_spellings(user_id)
        )

    def mask(self, user_ids: Sequence[str | None]) -> NDArray[np.bool_]:
        """Return bool, shape (len(user_ids),): which users were erased; None, a guest, never was."""
        if not self.digests:
            return np.zeros(len(user_ids), dtype=np.bool_)
        return np.asarray(
            [user_id is not None and self.holds(user_id) for user_id in user_ids], dtype=np.bool_
        )
