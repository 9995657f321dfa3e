"""Why an item is in a shopper's list, or is not, as the shop is now."""

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from recsvc.catalogue.item import Item
from recsvc.metrics import Metrics
from recsvc.ranking.explain.explainer import explain
from recsvc.ranking.explain.explanation import Circumstances, Explanation, KeptOut, Obstacle
from recsvc.ranking.explain.sentence import Standing
from recsvc.ranking.history import history_of
from recsvc.ranking.query import PERSONAL, Query
from recsvc.ranking.selection import OverFetch
from recsvc.serving.live_model import LiveModel
from recsvc.serving.placements import Placements
from recsvc.serving.resolved_query import SPARE_ITEMS, ResolvedQuery
from recsvc.serving.shop import Shop
from recsvc.serving.waiting_line import WaitingLine


def learned_of(live_model: LiveModel, shop: Shop, user_id: str) -> dict[str, Any] | None:
    """Return as JSON values what was learned from, or None for someone whom the model does not know or may not."""
    live = live_model.version
    index = None if live is None else live.recommender.model.users.index_of(user_id)
    if live is None or index is None or shop.is_erased(user_id):
        return None
    model = live.recommender.model
    history = history_of(model, index)
    rows = zip(history.items.tolist(), history.orders.tolist(), history.age_days.tolist(), strict=True)
    return {
        "model_version": live.manifest.model_version,
        "data_through": live.manifest.data_through,
        "orders": history.n_orders,
        "factors": [round(one, 6) for one in model.user_factors[index].tolist()],
        "items": [
            {"item_id": model.items.id_of(item), "orders": orders, "last_days_ago": round(age, 3)}
            for item, orders, age in rows
        ],
    }


@dataclass(frozen=True, eq=False)
class Explained:
    """An explanation, the version that it is of, and whom the list was made for."""

    explanation: Explanation
    model_version: str
    standing: Standing


class Explaining:
    """Makes a list anew, as ``Lists`` does, and looks at how it came about; in the same waiting ``line``."""

    def __init__(self, live_model: LiveModel, shop: Shop, line: WaitingLine, metrics: Metrics) -> None:
        self._live_model = live_model
        self._shop = shop
        self._line = line
        self._metrics = metrics

    @property
    def placements(self) -> Placements:
        """What the shop calls its placements, and their rules."""
        return self._shop.placements

    def explain(self, query: Query, item_id: str) -> Explained:
        """Return why the item is at its place in the list for ``query``, or what kept it out.

        Raises NoModelError until a model is loaded, OverloadedError when too many wait already, and what
        ``Recommender.recommend`` raises.
        """
        live = self._live_model.current()
        is_erased = query.user_id is not None and self._shop.was_erased_by_now(query.user_id)
        asked = ResolvedQuery.of(live, query, self._shop)
        with self._line.turn(), self._metrics.timing_explanation(query.asked_for):
            circumstances = self._circumstances(asked, item_id)
            explanation = explain(live.recommender, asked.query, item_id, circumstances)
        standing = Standing.ERASED if is_erased else _standing(query, asked)
        return Explained(explanation, live.manifest.model_version, standing)

    def _circumstances(self, asked: ResolvedQuery, item_id: str) -> Circumstances:
        who, shop = asked.query.shopper, self._shop
        events = None if who is None else shop.events(who, asked.live, asked.cold_start)
        return Circumstances(
            live=events,
            over_fetch=OverFetch(SPARE_ITEMS, shop.unavailable(asked.live)),
            selection=asked.wishes.selection(asked.live, asked.query, shop, events, asked.cold_start),
            cold_start=asked.cold_start,
            unavailable=_unavailable(shop.restricted(item_id), time.time_ns() // 1000),
        )


def _standing(query: Query, asked: ResolvedQuery) -> Standing:
    if query.placement not in PERSONAL:
        return Standing.ANYBODY
    if query.shopper is None:
        return Standing.GUEST
    return Standing.UNKNOWN if asked.query.shopper is None else Standing.KNOWN


def _unavailable(item: Item | None, now_us: int) -> KeptOut | None:
    """Return why ``item`` must not be shown at ``now_us``, if it must not."""
    if item is None or item.is_sold_at(now_us):
        return None
    if item.withdrawn:
        return KeptOut(Obstacle.WITHDRAWN, "the catalogue says that it was withdrawn")
    if not item.in_stock:
        return KeptOut(Obstacle.OUT_OF_STOCK, "the catalogue says that it is out of stock")
    if item.available_from_us is not None and item.available_from_us > now_us:
        return KeptOut(Obstacle.NOT_YET_AVAILABLE, f"available from {_moment(item.available_from_us)}")
    return KeptOut(Obstacle.NO_LONGER_AVAILABLE, f"available until {_moment(item.available_until_us or 0)}")


def _moment(us: int) -> str:
    return f"{datetime.fromtimestamp(us / 1_000_000, UTC):%Y-%m-%d %H:%M} UTC"
