"""Made-up visits to a shop: what shoppers whose taste is known look at, open, buy and send back."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np

from recsvc.model.categories import JOINT
from recsvc.model.model import Model
from recsvc.ranking.history import history_of

MEAN_VISITS = 4
LOOKED_AT_NEXT = 0.9
"""Who looked at a card looks at the next one with this probability: the position bias."""

SCROLLED_ON = 0.75
"""Who saw a list goes on to the next one with this probability."""

CLICKED = 0.05
"""Of the cards that were looked at, so many are opened where taste has no say; taste makes it a third or sixfold."""

CARTED, BOUGHT, RETURNED = 0.35, 0.65, 0.06
"""Of what is opened, put into the cart and bought, the share that goes on; of what is bought, what comes back."""

BOUGHT_WITHOUT_LIST = 0.8
"""So many visits end with something that was found by searching."""

OPENS, CLOSES = 7, 21
"""Hours of the day, UTC."""


@dataclass(frozen=True)
class ShownList:
    """A list that the service gave a shopper."""

    recommendation_id: str
    item_ids: tuple[str, ...]


@dataclass(frozen=True)
class SimulatedShoppers:
    """Makes the events of shoppers of ``model``; the same seed and lists make the same events.

    Attributes:
        model: says what each bought, and what items belong together.
        prices: of items, by id.
        days: on which they come, oldest first.
        seed: of all randomness.
    """

    model: Model
    prices: Mapping[str, float]
    days: Sequence[date]
    seed: int = 1

    def chosen(self, n: int) -> list[int]:
        """Return the indices of up to ``n`` shoppers, spread over all."""
        n_users = len(self.model.users)
        rng = np.random.default_rng(self.seed)
        return sorted(int(one) for one in rng.choice(n_users, size=min(n, n_users), replace=False))

    def visits_of(self, user_index: int) -> list[date]:
        """Return the days on which a shopper comes, oldest first; once a day at most."""
        rng = np.random.default_rng((self.seed, user_index))
        n_visits = min(1 + int(rng.poisson(MEAN_VISITS - 1)), len(self.days))
        return [self.days[int(one)] for one in sorted(rng.choice(len(self.days), n_visits, replace=False))]

    def events_of(self, user_index: int, visits: Mapping[date, Sequence[ShownList]]) -> list[dict[str, Any]]:
        """Return what a shopper does on the days of ``visits``, on which they are given those lists."""
        shopper = _Shopper(self, user_index, np.random.default_rng((self.seed, user_index, 1)))
        return [event for day, lists in visits.items() for event in shopper.visit(day, lists)]


class _Shopper:
    """A shopper whose taste is the categories of what they bought, and a liking of their own for each item."""

    def __init__(self, of: SimulatedShoppers, user_index: int, rng: np.random.Generator) -> None:
        self._of, self._rng, self._user_index = of, rng, user_index
        self._user_id = of.model.users.id_of(user_index)
        self._bought = [of.model.items.id_of(int(one)) for one in history_of(of.model, user_index).items]
        self._tastes = Counter(self._aisle_of(item_id) for item_id in self._bought)

    def visit(self, day: date, lists: Sequence[ShownList]) -> Iterator[dict[str, Any]]:
        clock = datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(
            hours=float(self._rng.uniform(OPENS, CLOSES))
        )
        order = f"sim-{self._user_id}-{day:%m%d}"
        if self._bought:  # a visit leaves a trace, whether or not a list is shown
            yield self._event("view", self._bought[int(self._rng.integers(len(self._bought)))], clock)
        in_view = True
        for shown in lists:
            looked = in_view
            for position, item_id in enumerate(shown.item_ids, start=1):
                clock += timedelta(seconds=2)
                where = {"recommendation_id": shown.recommendation_id, "position": position}
                yield self._event("impression", item_id, clock, seen=looked, **where)
                if looked and self._rng.random() < self._liking(item_id):
                    yield from self._go_on(item_id, clock + timedelta(minutes=3), order, where)
                looked = looked and self._rng.random() < LOOKED_AT_NEXT
            in_view = in_view and self._rng.random() < SCROLLED_ON
        if self._bought and self._rng.random() < BOUGHT_WITHOUT_LIST:
            item_id = self._bought[int(self._rng.integers(len(self._bought)))]
            yield from self._buy(item_id, clock + timedelta(minutes=9), f"{order}-s")

    def _go_on(
        self, item_id: str, clock: datetime, order: str, where: Mapping[str, Any]
    ) -> Iterator[dict[str, Any]]:
        yield self._event("click", item_id, clock, **where)
        if self._rng.random() < CARTED:
            clock += timedelta(minutes=1)
            yield self._event("add_to_cart", item_id, clock, **where)
            if self._rng.random() < BOUGHT:
                yield from self._buy(item_id, clock + timedelta(minutes=4), order)

    def _buy(self, item_id: str, clock: datetime, order: str) -> Iterator[dict[str, Any]]:
        price = self._of.prices.get(item_id)
        fields: dict[str, Any] = {"order_id": order} | ({} if price is None else {"unit_price": price})
        quantity = 1.0 if self._rng.random() < 0.8 else 2.0
        yield self._event("purchase", item_id, clock, quantity=quantity, **fields)
        back = clock + timedelta(days=int(self._rng.integers(2, 7)))
        if self._rng.random() < RETURNED and back.date() <= self._of.days[-1]:
            yield self._event("return", item_id, back, quantity=1.0, **fields)

    def _liking(self, item_id: str) -> float:
        """Return how likely the shopper opens an item that they look at."""
        own = float(
            np.exp(np.random.default_rng((self._of.seed, self._user_index, *item_id.encode())).normal(0, 0.5))
        )
        share = self._tastes[self._aisle_of(item_id)] / max(len(self._bought), 1)
        return min(0.6, CLICKED * own * (0.4 + 5 * share))

    def _aisle_of(self, item_id: str) -> str:
        """Return the widest category of an item; "" where none is known."""
        model = self._of.model
        index = model.items.index_of(item_id)
        names = [] if index is None else model.item_categories.row(index)[0].tolist()
        return model.categories[names[0]].partition(JOINT)[0] if names else ""

    def _event(self, kind: str, item_id: str, clock: datetime, **fields: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
        return {
            "type": kind,
            "user_id": self._user_id,
            "item_id": item_id,
            "channel": "web",
            "occurred_at": clock.strftime("%Y-%m-%dT%H:%M:%SZ"),
            **{name: value for name, value in fields.items() if value is not False},
        }
