"""The ids of the lists that this shop gives."""

from collections.abc import Sequence
from contextlib import suppress

from cachetools import LRUCache

from recsvc.cache.finished_list import FinishedList, Row
from recsvc.cache.key import ListKey
from recsvc.clock import now_us
from recsvc.outcomes.recommendation_id import ForeignIdError, ListOrigin, RecommendationIds
from recsvc.store.event import DAY_US
from recsvc.store.store import Position, Store

MAX_ORIGINS = 10_000
"""Of so many lists it is remembered what made them: one thread asks, and shoppers share many."""


class ListIds:
    """Names lists, and reads their names; until the store has told the secret of the shop, names say nothing."""

    def __init__(self, store: Store | None = None) -> None:
        self._store = store
        self._ids, self._is_known = RecommendationIds(None), False
        self._origins: LRUCache[str, ListOrigin | None] = LRUCache(MAX_ORIGINS)

    def follow(self, store: Store, position: Position) -> bool:  # noqa: ARG002 - a secret is one for good
        """Ask the store for the secret, unless it has told it; raises StoreError."""
        self._know(store)
        return True

    def name(
        self, key: ListKey, placement: str, variant: str, made: FinishedList, rows: Sequence[Row]
    ) -> str:
        """Return the id of a list that is given today.

        Args:
            key: what the list is kept under.
            placement: as it was asked for.
            variant: of the experiment that the shopper is in, or empty.
            made: the list that was found.
            rows: those of its rows that are shown.
        """
        words = made.words
        origin = ListOrigin(placement, variant, key.model_version, now_us() // DAY_US)
        return self._ids.write(origin, key.name, [(words[row[2]], words[row[3]]) for row in rows])

    def name_given(self, model_version: str, name: str, digest: bytes) -> str:
        """Return the id of a list of the shop's own that is ranked today.

        Args:
            model_version: what ranked it.
            name: what figures call such lists.
            digest: tells the list from others.
        """
        return self._ids.write(ListOrigin(name, "", model_version, now_us() // DAY_US), digest, [])

    def origin_of(self, recommendation_id: str) -> ListOrigin | None:
        """Return what made a list, or None where its id is not ours or says nothing; raises StoreError as is_ours."""
        if recommendation_id in self._origins:
            return self._origins[recommendation_id]
        self._know(self._store)
        origin = None
        with suppress(ForeignIdError):
            origin = self._ids.read(recommendation_id)
        if self._is_known:
            self._origins[recommendation_id] = origin
        return origin

    def is_ours(self, recommendation_id: str) -> bool:
        """Return whether this shop gave a list of this id; raises StoreError where only the store can tell."""
        self._know(self._store)
        try:
            self._ids.read(recommendation_id)
        except ForeignIdError:
            return False
        return True

    def _know(self, store: Store | None) -> None:
        """Ask ``store`` for the secret, unless it is known."""
        if not self._is_known and store is not None:
            self._ids, self._is_known = RecommendationIds(store.secret("recsvc lists")), True
