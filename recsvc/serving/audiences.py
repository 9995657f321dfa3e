"""Audiences, as the shop is now: without who bought the item, was erased or merged since the model learned."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from recsvc.errors import OverloadedError, QueryError, UnknownItemError
from recsvc.model.vocabulary import UNKNOWN
from recsvc.ranking.audience.audience import MAX_ITEMS, AudienceQuery, Audiences, Since, size_for
from recsvc.ranking.audience.shoppers import Shoppers
from recsvc.ranking.audience.wanted import WantedItem, cold_start_item, learned_item
from recsvc.ranking.cold_start import ColdStartItems
from recsvc.serving.live_model import LiveModel, LiveVersion
from recsvc.serving.shop import Shop
from recsvc.store.database import IDS_A_STATEMENT
from recsvc.store.store import Store

WAIT_SECONDS = 2.0
"""How long a request waits for the one before it."""

MAX_SECONDS = 10.0
"""No audience takes longer; a worker does other things meanwhile, but not as fast."""


@dataclass(frozen=True)
class Sized:
    """How large an audience may be so that a wished ``precision`` is to be expected, and how many of it then buy."""

    precision: float
    size: int
    buyers: float


@dataclass(frozen=True)
class FoundAudience:
    """Who is most likely to buy.

    Attributes:
        model_version: the version that tells.
        item_ids: as the shop names them.
        horizon_days: within so many days.
        considered: among so many shoppers.
        owners_left_out: which of ``item_ids`` those who have them are left out for.
        shoppers: user ids with their probabilities, the likeliest first.
        sized: of the wished precision; None where none was wished for.
    """

    model_version: str
    item_ids: tuple[str, ...]
    horizon_days: float
    considered: int
    owners_left_out: tuple[str, ...]
    shoppers: tuple[tuple[str, float], ...]
    sized: Sized | None


class ShopAudiences:
    """Finds audiences from the live version, one at a time.

    What is known of all users is made for the first audience of a version, and kept as long as it is live.
    """

    def __init__(self, live_model: LiveModel, shop: Shop, store: Store) -> None:
        self._live_model = live_model
        self._shop = shop
        self._store = store
        self._turn = Lock()
        self._ready: tuple[LiveVersion, Audiences] | None = None

    def items_in(self, category: str) -> tuple[str, ...]:
        """Return the items of a category.

        Raises UnknownItemError where it has none, QueryError for more than ``MAX_ITEMS``, and NoModelError.
        """
        live = self._live_model.current()
        model, catalogue = live.recommender.model, self._shop.catalogue
        learned = np.flatnonzero(catalogue.items_in(live, category).is_in).tolist()
        new = [one for one in self._shop.cold_start_items(live).ids if catalogue.is_in(one, category)]
        n = len(learned) + len(new)
        if not n:
            raise UnknownItemError(
                f"no item is in the category {category[:80]!r}: name one as the catalogue has it"
            )
        if n > MAX_ITEMS:
            raise QueryError(
                f"the category {category[:80]!r} has {n} items; an audience has 1..{MAX_ITEMS}: name some as item_ids"
            )
        return (*map(model.items.id_of, learned), *new)

    def find(self, asked: AudienceQuery) -> FoundAudience:
        """Return who is most likely to buy one of the items.

        Raises UnknownItemError for an item that neither the live version nor the catalogue knows, ConflictError where
        the version did not learn how likely items are bought, OverloadedError while another audience is being found or
        where it takes too long, NoModelError, and StoreError: who was erased must be known.
        """
        live = self._live_model.current()
        if not self._turn.acquire(timeout=WAIT_SECONDS):
            raise OverloadedError("another audience is being found: ask again shortly")
        try:
            return self._found(live, asked)
        finally:
            self._turn.release()

    def _found(self, live: LiveVersion, asked: AudienceQuery) -> FoundAudience:
        if self._shop.follower is not None:
            self._shop.follower.refresh()
        until = time.monotonic() + MAX_SECONDS

        def check() -> None:
            if time.monotonic() > until:
                raise OverloadedError(f"the audience took longer than {MAX_SECONDS:g} s: name fewer items")

        cold_start = self._shop.cold_start_items(live)
        places = _places(cold_start, asked.item_ids)
        audiences = self._audiences_of(live)
        wanted = [_wanted(live, cold_start, place) for place in places]
        chances = audiences.chances(wanted, asked.owners, check, self._since(live, cold_start, asked, places))
        order = chances.best_first()
        probabilities = chances.probabilities[order]
        sized = None
        if asked.precision is not None:
            size = size_for(asked.precision, probabilities)
            sized = Sized(asked.precision, size, float(probabilities[:size].sum()))
        left_out = tuple(
            item_id for item_id, is_so in zip(asked.item_ids, chances.owners_left_out, strict=True) if is_so
        )
        return FoundAudience(
            live.manifest.model_version,
            tuple(cold_start.known.id_of(place) for place in places),
            0.0 if audiences.likelihood is None else audiences.likelihood.horizon_days,
            len(order),
            left_out,
            tuple(self._named(live, order, chances.probabilities, asked.n)),
            sized,
        )

    def _audiences_of(self, live: LiveVersion) -> Audiences:
        ready = self._ready
        if ready is None or ready[0] is not live:
            self._ready = None  # the one before goes first: both may be large
            ready = self._ready = (live, Audiences(Shoppers(live.recommender.model)))
        return ready[1]

    def _since(
        self, live: LiveVersion, cold_start: ColdStartItems, asked: AudienceQuery, places: Sequence[int]
    ) -> Since:
        through = live.manifest.data_through
        since_us = 0 if through is None else round(datetime.fromisoformat(through).timestamp() * 1_000_000)
        ids = {*asked.item_ids, *map(cold_start.known.id_of, places)}
        rows = self._store.events.turned_to_and_from(ids, since_us)
        users = live.recommender.model.users.places_of([user_id for _, user_id, _ in rows])
        items = cold_start.known.places_of([item_id for item_id, _, _ in rows])
        disliked = np.asarray([no for _, _, no in rows], dtype=np.bool_)

        def of(place: int, *, dislikes: bool) -> NDArray[np.intp]:
            is_meant = (items == place) & (disliked == dislikes) & (users != UNKNOWN)
            return np.asarray(users[is_meant], dtype=np.intp)

        return Since(
            [of(place, dislikes=False) for place in places], [of(place, dislikes=True) for place in places]
        )

    def _named(
        self, live: LiveVersion, order: NDArray[np.intp], probabilities: NDArray[np.float64], n: int
    ) -> Iterator[tuple[str, float]]:
        """Yield the first ``n`` shoppers who are still there, under the id that they have now."""
        users, seen = live.recommender.model.users, set[str]()
        for start in range(0, len(order), IDS_A_STATEMENT):
            part = order[start : start + IDS_A_STATEMENT].tolist()
            some = [users.id_of(user) for user in part]
            now = self._store.users.merged_into(some)
            for user, user_id in zip(part, some, strict=True):
                meant = now.get(user_id, user_id)
                if (
                    meant != user_id
                    and (index := users.index_of(meant)) is not None
                    and not probabilities[index]
                ):
                    continue  # who they are now has the item
                if meant in seen or self._is_gone(user_id) or (meant != user_id and self._is_gone(meant)):
                    continue
                seen.add(meant)
                yield meant, float(probabilities[user])
                if len(seen) == n:
                    return

    def _is_gone(self, user_id: str) -> bool:
        return self._shop.erasures.holds(user_id) or self._shop.objecting.holds(user_id)


def _places(cold_start: ColdStartItems, item_ids: Sequence[str]) -> list[int]:
    """Return the index of each item; raises UnknownItemError, and QueryError for two spellings of one item."""
    places: list[int] = cold_start.known.places_of(item_ids).tolist()
    for item_id, place in zip(item_ids, places, strict=True):
        if place == UNKNOWN:
            raise UnknownItemError(
                f"item_id {item_id[:80]!r} is neither in the live version nor in the catalogue: PUT it to /v1/items "
                "(one that was just put is known within a second)"
            )
    if len(set(places)) < len(places):
        raise QueryError("two of the item_ids are one item: name each once")
    return places


def _wanted(live: LiveVersion, cold_start: ColdStartItems, place: int) -> WantedItem:
    model = live.recommender.model
    if place < model.n_items:
        return learned_item(model, place)
    return cold_start_item(model, cold_start, place - model.n_items)
