"""What a user did since the model learned, merged into what it knows of them."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recsvc.ranking.history import History

MOST_INTEREST = 1.0
"""Interest in an item counts at most as one purchase, however often the user looked at it."""


@dataclass(frozen=True)
class Weights:
    """What an order counts, as in training.

    Attributes:
        alpha: confidence that each order adds.
        half_life_days: after this time it counts half.
        recent_half_life_days: the same, for what is in fashion now.
    """

    alpha: float = 3.0
    half_life_days: float = 120.0
    recent_half_life_days: float = 30.0

    @classmethod
    def of(cls, hyperparameters: Mapping[str, Any]) -> "Weights":
        """Return the weights that a model was trained with; those that it does not name have their defaults."""
        return cls(**{name: float(hyperparameters[name]) for name in vars(cls()) if name in hyperparameters})


@dataclass(frozen=True, eq=False)
class Acts:
    """Things done with items.

    Attributes:
        items: int32, shape (n,): item indices.
        days: float64, shape (n,): after the newest order that the model knows; 0 throughout when undated.
        amounts: float64, shape (n,): quantity of a purchase or return; of interest, what it counts in purchases.
        orders: int64, shape (n,): names the order that a purchase or return belongs to.
    """

    items: NDArray[np.int32]
    days: NDArray[np.float64]
    amounts: NDArray[np.float64]
    orders: NDArray[np.int64]

    @classmethod
    def of(cls, rows: list[tuple[int, float, float, int]]) -> "Acts":
        """Return acts given as item, day, amount and order."""
        items, days, amounts, orders = zip(*rows, strict=True) if rows else ((), (), (), ())
        return cls(
            np.asarray(items, dtype=np.int32),
            np.asarray(days, dtype=np.float64),
            np.asarray(amounts, dtype=np.float64),
            np.asarray(orders, dtype=np.int64),
        )

    def __len__(self) -> int:
        return len(self.items)

    def at(self, places: NDArray[np.intp]) -> "Acts":
        """Return those at ``places``."""
        return Acts(self.items[places], self.days[places], self.amounts[places], self.orders[places])


@dataclass(frozen=True, eq=False)
class LiveEvents:
    """What the model has not seen of a user.

    Attributes:
        purchases, returns: with quantities.
        interest: items wished for, liked, put into the cart, viewed: weaker evidence.
        disliked: int32, shape (n,): items that must never be shown; cold-start items can be among them.
        bought_new: int32, shape (n,): cold-start items that the user bought.
        weights: what an order counts.
    """

    purchases: Acts = field(default_factory=lambda: Acts.of([]))
    returns: Acts = field(default_factory=lambda: Acts.of([]))
    interest: Acts = field(default_factory=lambda: Acts.of([]))
    disliked: NDArray[np.int32] = field(default_factory=lambda: np.empty(0, dtype=np.int32))
    bought_new: NDArray[np.int32] = field(default_factory=lambda: np.empty(0, dtype=np.int32))
    weights: Weights = Weights()

    @property
    def changes_taste(self) -> bool:
        """Whether there are events that change the user's factors: more than dislikes and cold-start items."""
        return bool(len(self.purchases) or len(self.returns) or len(self.interest))

    @property
    def excluded(self) -> NDArray[np.int32]:
        """Items that must not be suggested: int32, shape (n,)."""
        return np.concatenate([self.disliked, self.bought_new])

    @property
    def newest_day(self) -> float:
        """The newest event, in days after the newest order of the model; at least 0."""
        kinds = (self.purchases, self.returns, self.interest)
        return max(0.0, *(float(acts.days.max(initial=0.0)) for acts in kinds))


def with_events(history: History, live: LiveEvents) -> History:
    """Return ``history``, which the model knows, with what happened since; items ascending.

    Time is that of the data: ages are counted from the newest of all that is known of the user. An order counts
    as in training. Interest adds to confidence and to what is recent, an item at most ``MOST_INTEREST`` purchases,
    and makes nothing a purchase: such an item has 0 orders. A return takes back what was bought; where
    that is not among ``live.purchases``, one order that the model knows.
    """
    purchases, taken_back = _kept(live.purchases, live.returns)
    known = _without(history, taken_back)
    aged = _aged(known, live.newest_day, live.weights, purchases)
    parts = (aged, _bought(purchases, live), _interest(live))
    n_orders = history.n_orders + len(np.unique(purchases.orders))
    return _sum(parts, n_orders)


def _kept(purchases: Acts, returns: Acts) -> tuple[Acts, NDArray[np.int32]]:
    """Return one purchase for each item of each order that was not returned, and items returned of earlier ones."""
    left = purchases.amounts.copy()
    earlier = []
    for i in np.argsort(returns.days, kind="stable"):
        theirs = (purchases.items == returns.items[i]) & (left > 0) & (purchases.days <= returns.days[i])
        named = theirs & (purchases.orders == returns.orders[i])
        places = np.flatnonzero(named if named.any() else theirs)
        if not len(places):
            earlier.append(returns.items[i])
        _take(left, places[np.argsort(-purchases.days[places], kind="stable")], float(returns.amounts[i]))
    rest = np.flatnonzero(left > 0)
    names = np.stack([purchases.orders[rest], purchases.items[rest].astype(np.int64)])
    _, first = np.unique(names, axis=1, return_index=True)
    return purchases.at(rest[first]), np.asarray(earlier, dtype=np.int32)


def _take(left: NDArray[np.float64], places: NDArray[np.intp], amount: float) -> None:
    """Take ``amount`` away from ``left``, at one of ``places`` after the other."""
    for place in places:
        taken = min(float(left[place]), amount)
        left[place] -= taken
        amount -= taken


def _without(history: History, taken_back: NDArray[np.int32]) -> History:
    """Return the history with one order less for each of ``taken_back``."""
    if not len(taken_back):
        return history
    back = np.asarray([int((taken_back == item).sum()) for item in history.items], dtype=np.int32)
    orders = np.maximum(history.orders - back, 0)
    share = (orders / np.maximum(history.orders, 1)).astype(np.float32)
    fewer = replace(
        history,
        orders=orders,
        confidence=history.confidence * share,
        recent=history.recent * share,
        quantity=history.quantity * share,
    )
    return fewer.at(np.flatnonzero(orders > 0))


def _aged(history: History, days: float, weights: Weights, purchases: Acts) -> History:
    """Return the history as it is seen ``days`` later, after the orders of ``purchases``."""
    later = np.int32(len(np.unique(purchases.days[purchases.days > 0])))
    return replace(
        history,
        confidence=history.confidence * np.float32(0.5 ** (days / weights.half_life_days)),
        recent=history.recent * np.float32(0.5 ** (days / weights.recent_half_life_days)),
        age_days=history.age_days + np.float32(days),
        first_age_days=history.first_age_days + np.float32(days),
        orders_ago=history.orders_ago + later,
        first_orders_ago=history.first_orders_ago + later,
    )


def _bought(purchases: Acts, live: LiveEvents) -> History:
    """Return a history with one entry for each of ``purchases``."""
    age = live.newest_day - purchases.days
    moments = np.unique(purchases.days)
    ago = len(moments) - np.searchsorted(moments, purchases.days, side="right")
    entries = _entries(purchases.items, live, age, np.ones(len(age)), ago)
    quantity = purchases.amounts.astype(np.float32)
    return replace(entries, quantity=quantity, last_quantity=quantity)


def _interest(live: LiveEvents) -> History:
    """Return a history with one entry for each item that the user showed interest in, without any order."""
    acts = live.interest
    items, place = np.unique(acts.items, return_inverse=True)
    amounts = np.minimum(np.bincount(place, acts.amounts, len(items)), MOST_INTEREST)
    newest = np.full(len(items), -np.inf)
    np.maximum.at(newest, place, acts.days)
    age = live.newest_day - newest
    entries = _entries(items, live, age, amounts, np.zeros(len(items)))
    return replace(entries, orders=np.zeros_like(entries.orders))


def _entries(
    items: NDArray[np.int32],
    live: LiveEvents,
    age: NDArray[np.float64],
    amounts: NDArray[np.float64],
    ago: NDArray[Any],
) -> History:
    weights, ages, orders_ago = live.weights, age.astype(np.float32), ago.astype(np.int32)
    confidence = weights.alpha * amounts * 0.5 ** (age / weights.half_life_days)
    recent = amounts * 0.5 ** (age / weights.recent_half_life_days)
    return History(
        items=items,
        confidence=confidence.astype(np.float32),
        recent=recent.astype(np.float32),
        orders=np.ones(len(items), dtype=np.int32),
        age_days=ages,
        first_age_days=ages,
        orders_ago=orders_ago,
        first_orders_ago=orders_ago,
        quantity=np.zeros(len(items), dtype=np.float32),
        last_quantity=np.zeros(len(items), dtype=np.float32),
        n_orders=0,
    )


def _sum(parts: tuple[History, ...], n_orders: int) -> History:
    """Return one history of all ``parts``; ages are those of orders, where an item has any."""

    def column(name: str) -> NDArray[Any]:
        return np.concatenate([getattr(part, name) for part in parts])

    items, place = np.unique(column("items"), return_inverse=True)
    orders = column("orders")
    total = np.bincount(place, orders, len(items)).astype(np.int32)
    counts = (orders > 0) | (total[place] == 0)

    def least(name: str) -> NDArray[Any]:
        return _least(column(name)[counts], place[counts], len(items))

    newest = np.flatnonzero(counts)[_least_at(column("age_days")[counts], place[counts], len(items))]
    return History(
        items=items.astype(np.int32),
        confidence=np.bincount(place, column("confidence"), len(items)).astype(np.float32),
        recent=np.bincount(place, column("recent"), len(items)).astype(np.float32),
        orders=total,
        age_days=least("age_days"),
        first_age_days=-_least(-column("first_age_days")[counts], place[counts], len(items)),
        orders_ago=least("orders_ago"),
        first_orders_ago=-_least(-column("first_orders_ago")[counts], place[counts], len(items)),
        quantity=np.bincount(place, column("quantity"), len(items)).astype(np.float32),
        last_quantity=column("last_quantity")[newest],
        n_orders=n_orders,
    )


def _least(values: NDArray[Any], place: NDArray[np.intp], n: int) -> NDArray[Any]:
    """Return the least of the values at each of ``n`` places, each of which has some."""
    return values[_least_at(values, place, n)]


def _least_at(values: NDArray[Any], place: NDArray[np.intp], n: int) -> NDArray[np.intp]:
    """Return where these are; of equal ones the last, which is the one heard of last."""
    order = np.lexsort((-np.arange(len(values)), values, place))
    return order[np.searchsorted(place[order], np.arange(n))]
