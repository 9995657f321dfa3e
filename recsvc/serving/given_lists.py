"""Puts a list that the shop made itself in the order that suits a shopper, as the shop is now."""

import hashlib
from dataclasses import dataclass

from recsvc.metrics import Metrics
from recsvc.ranking.given_list import GivenList
from recsvc.ranking.query import Query, Strategy
from recsvc.serving.live_model import LiveModel
from recsvc.serving.resolved_query import is_learned
from recsvc.serving.shop import Facts, Shop
from recsvc.serving.waiting_line import WaitingLine

RANK = "rank"
"""What figures call these lists, where others have a placement."""


@dataclass(frozen=True)
class RankedItems:
    """The items of a list in their new order.

    Attributes:
        user_id: the shopper in the one spelling; None for a guest.
        recommendation_id: names the list.
        strategy: ``personalized`` or ``folded_in``; None where the order is the shop's own.
        model_version: the version that ranked them.
        item_ids: best first; unavailable ones last.
    """

    user_id: str | None
    recommendation_id: str
    strategy: Strategy | None
    model_version: str
    item_ids: tuple[str, ...]


class GivenLists:
    """Ranks in the same waiting ``line`` as lists are made in; nothing is kept, because search results are many."""

    def __init__(self, live_model: LiveModel, shop: Shop, line: WaitingLine, metrics: Metrics) -> None:
        self._live_model = live_model
        self._shop = shop
        self._line = line
        self._metrics = metrics

    def rank(self, asked: Query, given: GivenList) -> RankedItems:
        """Return the items of ``given`` in the order that suits the shopper of ``asked``.

        Raises NoModelError until a model is loaded, OverloadedError when too many wait already.
        """
        live, shop = self._live_model.current(), self._shop
        query, cold_start = shop.profiled(asked.among(live.guests)), shop.cold_start_items(live)
        user, learned = query.shopper, is_learned(live, query, shop)
        facts = Facts() if user is None or learned else shop.users.facts(user)
        query = query.for_shopper(user if learned or facts.has_events else None)
        with self._line.turn(), self._metrics.timing_list(RANK):
            shopper = query.shopper
            events = None if shopper is None else shop.users.events(shopper, live, cold_start)
            items = cold_start.known.places_of(given.item_ids)
            order = given.order_for(live.recommender, query, events, cold_start, items)
        strategy = None
        if order is not None:
            strategy = Strategy.PERSONALIZED if learned else Strategy.FOLDED_IN
        places = range(len(items)) if order is None else order.tolist()
        if unavailable := shop.catalogue.unavailable_ids(live):
            indices, id_of = items.tolist(), cold_start.known.id_of
            known = [given.item_ids[at] if item < 0 else id_of(item) for at, item in enumerate(indices)]
            places = sorted(places, key=lambda place: known[place] in unavailable)
        ranked = [given.item_ids[place] for place in places]
        version = live.manifest.model_version
        name = shop.ids.name_given(version, RANK, _digest(asked, ranked))
        return RankedItems(asked.known_as, name, strategy, version, tuple(ranked))


def _digest(asked: Query, ranked: list[str]) -> bytes:
    """Return what tells this list from others."""
    told = "\0".join((asked.known_as or "", asked.session_id or "", *ranked))
    return hashlib.blake2b(told.encode(), digest_size=16).digest()
