"""A made-up shop whose shoppers look at lists from the top, and click what they see by a liking that is known.

How much an item is liked has nothing to do with how often it was sold before the lists began: that is what clicks can
teach and orders cannot. Lists are those of models that learned from orders alone, a new one every seven weeks.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray
from sqlalchemy import insert

from recsvc.model.model import Model
from recsvc.outcomes.recommendation_id import ListOrigin, RecommendationIds
from recsvc.ranking.query import Placement, Query
from recsvc.ranking.recommender import Recommender
from recsvc.store.event import DAY_US, Event, EventType
from recsvc.store.event_rows import to_row
from recsvc.store.store import Store
from recsvc.store.tables import events
from training.history.interactions import Interactions
from training.history.split import OrderLines
from training.learning import learn
from training.progress import Silent
from training.settings import TrainingSettings

FIRST_DAY = 20_000
SHOWN = 10
PLACEMENTS = (Placement.FOR_YOU, Placement.DISCOVER)
GROUPS = 8
ROWS_AT_ONCE = 50_000
LOOKED_AT = 1 / np.arange(1, SHOWN + 1) ** 0.8
"""How likely each place of a list is looked at."""


@dataclass(frozen=True)
class ClickingShop:
    """What to make up.

    Attributes:
        users, items: how many.
        days_before: of orders alone.
        days_live: with lists.
        lists_days: between two models that lists come from.
        visit_days: between two visits of a shopper, in each of which both lists are shown.
        clicks: how often an item that is looked at is clicked, in the mean.
        appeal: how much items differ in that: standard deviation of the logarithm; 0: not at all.
        bought: how often what was clicked is bought.
        is_blind: whether shoppers click whatever they look at alike.
        tells_seen: whether the shop says what was in view: here, what was looked at.
        seed: of all randomness.
    """

    users: int = 600
    items: int = 240
    days_before: int = 120
    days_live: int = 140
    lists_days: int = 47
    visit_days: float = 8.0
    clicks: float = 0.25
    appeal: float = 0.6
    bought: float = 0.3
    is_blind: bool = False
    tells_seen: bool = False
    seed: int = 1

    @property
    def days(self) -> int:
        """Length of the history."""
        return self.days_before + self.days_live


@dataclass(frozen=True, eq=False)
class Truth:
    """What is known of a shop: who likes what.

    Attributes:
        likes: float64, shape (n_users, n_items): how often a shopper who looks at an item clicks it.
        appeal: float64, shape (n_items,): how many times as often as of the mean item that is.
        demand: float64, shape (n_users, n_items): what shoppers buy without any list.
    """

    likes: NDArray[np.float64]
    appeal: NDArray[np.float64]
    demand: NDArray[np.float64]

    @classmethod
    def of(cls, shop: ClickingShop) -> "Truth":
        """Draw it."""
        rng = np.random.default_rng(shop.seed)
        group = rng.integers(0, GROUPS, shop.items)
        taste = np.full((shop.users, GROUPS), 0.15)
        for share in (0.5, 1.0):
            taste[np.arange(shop.users), rng.integers(0, GROUPS, shop.users)] = share
        fits = taste[:, group]
        sells = rng.lognormal(0, 1, shop.items)
        appeal = rng.lognormal(0, shop.appeal, shop.items) if shop.appeal else np.ones(shop.items)
        appeal /= appeal.mean()
        demand = fits * sells
        likes = np.minimum(shop.clicks * fits / fits.mean() / 2 * appeal, 0.9)
        if shop.is_blind:
            likes = np.full_like(likes, shop.clicks)
        return cls(likes, appeal, demand / demand.sum(axis=1, keepdims=True))

    def expected_clicks(self, lists: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return how many clicks each user's list brings; ``lists``: (n_users, SHOWN), -1 where it is short."""
        liked = np.take_along_axis(self.likes, np.maximum(lists, 0), axis=1)
        return np.asarray(((lists >= 0) * liked) @ LOOKED_AT)


@dataclass(eq=False)
class _Happened:
    """Events, and the purchases among them as order lines."""

    rows: list[dict[str, Any]] = field(default_factory=list)
    orders: list[tuple[str, str, int, str]] = field(default_factory=list)

    def buy(self, user: int, item: int, at_us: int) -> None:
        order = f"o{user}-{at_us}"
        price = {"unit_price": 10.0, "order_id": order}
        self._add(EventType.PURCHASE, user, item, at_us, **price)
        self.orders.append((user_id(user), item_id(item), at_us // 1_000_000, order))

    def touch(self, kind: EventType, user: int, item: int, at_us: int, **where: Any) -> None:
        self._add(kind, user, item, at_us, **where)

    def _add(self, kind: EventType, user: int, item: int, at_us: int, **more: Any) -> None:
        event = Event(kind, item_id(item), at_us, at_us, user_id(user), **more)
        self.rows.append(to_row(event))


def user_id(user: int) -> str:
    """Return the id of a user."""
    return f"user-{user:05}"


def item_id(item: int) -> str:
    """Return the id of an item."""
    return f"item-{item:05}"


def live_through(shop: ClickingShop, truth: Truth, store: Store, settings: TrainingSettings) -> None:
    """Store all that happens in ``shop``; lists come from models that learn, with ``settings``, from its orders."""
    rng = np.random.default_rng(shop.seed + 1)
    ids = RecommendationIds(store.secret("recsvc lists"))
    happened = _Happened()
    _orders(shop, truth, rng, happened, (0, shop.days_before, 20))
    for start in range(shop.days_before, shop.days, shop.lists_days):
        end = min(start + shop.lists_days, shop.days)
        model = _learned(happened, settings)
        lists = {placement: shown_lists(shop, model, placement) for placement in PLACEMENTS}
        _orders(shop, truth, rng, happened, (start, end, 30))
        for user, day in _visits(shop, rng, start, end):
            for placement in PLACEMENTS:
                origin = ListOrigin(placement, "", f"v{start}", FIRST_DAY + day)
                name = ids.write(origin, f"{placement}{user}".encode(), [("als", "your_taste")] * SHOWN)
                _look(shop, truth, rng, happened, (user, day, name, lists[placement][user]))
        _write(store, happened)
    _write(store, happened)


def shown_lists(shop: ClickingShop, model: Model, placement: Placement) -> NDArray[np.int64]:
    """Return the first ten of each user: int64, shape (n_users, SHOWN), -1 where a list is short."""
    recommender = Recommender(model)
    lists = np.full((shop.users, SHOWN), -1)
    for user in range(shop.users):
        found = recommender.item_ids(Query(user_id=user_id(user), placement=placement, n=SHOWN))
        lists[user, : len(found)] = [int(one.removeprefix("item-")) for one in found[:SHOWN]]
    return lists


def _visits(shop: ClickingShop, rng: np.random.Generator, start: int, end: int) -> Iterator[tuple[int, int]]:
    for day in range(start, end):
        for user in np.flatnonzero(rng.random(shop.users) < 1 / shop.visit_days):
            yield int(user), day


def _look(
    shop: ClickingShop,
    truth: Truth,
    rng: np.random.Generator,
    happened: _Happened,
    visit: tuple[int, int, str, NDArray[np.int64]],
) -> None:
    user, day, name, shown = visit
    at_us = (FIRST_DAY + day) * DAY_US + int(rng.integers(0, 80_000)) * 1_000_000
    looks = rng.random(SHOWN) < LOOKED_AT
    draws, buys = rng.random(SHOWN), rng.random(SHOWN) < shop.bought
    for place, item in enumerate(shown.tolist()):
        if item < 0:
            continue
        where: dict[str, Any] = {"recommendation_id": name, "position": place + 1}
        seen = {"seen": bool(shop.tells_seen and looks[place])}
        happened.touch(EventType.IMPRESSION, user, item, at_us + place, **where, **seen)
        if looks[place] and draws[place] < truth.likes[user, item]:
            happened.touch(EventType.CLICK, user, item, at_us + 1000 + place, **where)
            if buys[place]:
                happened.buy(user, item, at_us + 2_000_000 + place)


def _orders(
    shop: ClickingShop,
    truth: Truth,
    rng: np.random.Generator,
    happened: _Happened,
    days: tuple[int, int, float],
) -> None:
    """Add what is bought without any list: two items an order, between two days, one every so many days."""
    start, end, every_days = days
    for user in range(shop.users):
        for _ in range(rng.poisson((end - start) / every_days)):
            at_us = int((FIRST_DAY + rng.uniform(start, end)) * DAY_US)
            for item in rng.choice(shop.items, 2, replace=False, p=truth.demand[user]):
                happened.buy(user, int(item), at_us)


def _learned(happened: _Happened, settings: TrainingSettings) -> Model:
    lines = _lines(happened)
    known = Interactions.of(lines, lines.clear())
    return learn(OrderLines(lines, lines.clear()), known, settings, Silent()).model


def _lines(happened: _Happened) -> pl.DataFrame:
    frame = pl.DataFrame(
        happened.orders, schema=["user_id", "item_id", "ordered_at", "order_id"], orient="row"
    )
    return frame.sort("ordered_at").with_columns(
        pl.lit(1.0).alias("quantity"),
        pl.lit(10.0).alias("unit_price"),
        pl.lit(None, pl.String).alias("title"),
    )


def _write(store: Store, happened: _Happened) -> None:
    store.prepare()
    with store._database.write() as connection:
        for start in range(0, len(happened.rows), ROWS_AT_ONCE):
            connection.execute(insert(events), happened.rows[start : start + ROWS_AT_ONCE])
    happened.rows.clear()
