"""Why an item is in a shopper's list, or is not, as the shop is now."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from recsvc.catalogue.item import Item
from recsvc.clock import now_us
from recsvc.metrics import Metrics
from recsvc.ranking.explain.explainer import explain
from recsvc.ranking.explain.explanation import Circumstances, Explanation, KeptOut, Obstacle, Standing
from recsvc.ranking.history import history_of
from recsvc.ranking.query import Query, Strategy
from recsvc.serving.live_model import LiveModel
from recsvc.serving.resolved_query import ResolvedQuery
from recsvc.serving.shop import Shop
from recsvc.serving.waiting_line import WaitingLine


def learned_of(live_model: LiveModel, shop: Shop, user_id: str) -> dict[str, Any] | None:
    """Return as JSON values what the model learned of a user; None where it learned nothing or they were erased."""
    live = live_model.version
    index = None if live is None else live.recommender.model.users.index_of(user_id)
    if live is None or index is None or shop.erasures.holds(user_id):
        return None
    model = live.recommender.model
    history = history_of(model, index)
    rows = zip(history.items.tolist(), history.orders.tolist(), history.age_days.tolist(), strict=True)
    return {
        "model_version": live.manifest.model_version,
        "data_through": live.manifest.data_through,
        "orders": history.n_orders,
        "factors": [round(factor, 6) for factor in model.user_factors[index].tolist()],
        "items": [
            {"item_id": model.items.id_of(item), "orders": orders, "last_days_ago": round(age, 3)}
            for item, orders, age in rows
        ],
    }


@dataclass(frozen=True, eq=False)
class Explained:
    """An explanation, and of which list.

    Attributes:
        explanation: why the item is at its place, or what kept it out.
        model_version: the version that made the list.
        user_id: the user that it was made for, or None.
        standing: what is known of them.
        variant: ``experiment:variant`` that they are in at this placement; "" outside of experiments.
    """

    explanation: Explanation
    model_version: str
    user_id: str | None
    standing: Standing
    variant: str = ""


class Explaining:
    """Makes a list anew, as ``Lists`` does, and looks at how it came about; in the same waiting ``line``."""

    def __init__(self, live_model: LiveModel, shop: Shop, line: WaitingLine, metrics: Metrics) -> None:
        self._live_model = live_model
        self.shop = shop
        self._line = line
        self._metrics = metrics

    def explain(self, query: Query, item_id: str) -> Explained:
        """Return why the item is at its place in the list for ``query``, or what kept it out.

        Raises NoModelError until a model is loaded, OverloadedError when too many wait already, and what
        ``Recommender.recommend`` raises.
        """
        live = self._live_model.current()
        is_erased = query.user_id is not None and self.shop.was_erased_by_now(query.user_id)
        resolved = ResolvedQuery.of(live, query, self.shop)
        with self._line.turn(), self._metrics.timing_explanation(query.asked_for):
            if resolved.is_hold_out:
                explanation = _held_out(resolved)
            else:
                circumstances = self._circumstances(resolved, item_id)
                explanation = explain(resolved.live.recommender, resolved.query, item_id, circumstances)
        # A variant may rank like another placement: to the shopper, it is the list that they look at.
        explanation = replace(explanation, placement=resolved.asked.placement)
        standing = Standing.ERASED if is_erased else _standing(resolved)
        version, user_id = resolved.live.manifest.model_version, resolved.asked.known_as
        return Explained(explanation, version, user_id, standing, resolved.variant)

    def _circumstances(self, resolved: ResolvedQuery, item_id: str) -> Circumstances:
        events = resolved.events()
        return Circumstances(
            live=events,
            over_fetch=resolved.over_fetch,
            selection=resolved.selection(events),
            cold_start=resolved.cold_start,
            unavailable=_unavailable(self.shop.catalogue.restricted(item_id), now_us()),
        )


def _held_out(resolved: ResolvedQuery) -> Explanation:
    """Return why a list is empty that others have."""
    experiment = resolved.variant.partition(":")[0]
    detail = (
        f"the shopper is in the hold-out of the experiment {experiment}: such shoppers are shown no list, so that "
        "it can be seen what lists bring in"
    )
    held_out = KeptOut(Obstacle.HELD_OUT, detail)
    return Explanation(Strategy.TRENDING, 0, 0, resolved.query.placement, held_out)


def _standing(resolved: ResolvedQuery) -> Standing:
    if not resolved.asked.placement.is_personal:
        return Standing.ANYBODY
    if resolved.asked.shopper is None:
        return Standing.GUEST
    if resolved.is_hold_out:  # whose lists are nobody's
        return Standing.KNOWN if resolved.is_familiar else Standing.UNKNOWN
    return Standing.UNKNOWN if resolved.query.shopper is None else Standing.KNOWN


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
