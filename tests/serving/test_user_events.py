from datetime import datetime

import numpy as np
import pytest
from support.events import SECOND_US, event
from support.models import CAKE, ITEMS, SAW, TEA, with_categories

from recsvc.model.model import Model
from recsvc.model.registry import Registry
from recsvc.ranking.cold_start import ColdStartItem, ColdStartMaker
from recsvc.ranking.live_events import LiveEvents
from recsvc.ranking.recommender import Recommender
from recsvc.rules.placement_rules import Rotation
from recsvc.serving.live_model import LiveVersion
from recsvc.serving.user_events import INTEREST, READ, live_events, shown_in_vain
from recsvc.store.event import EventType


@pytest.fixture
def live(registry: Registry, model: Model) -> LiveVersion:
    return LiveVersion(registry.load().manifest, Recommender(with_categories(model)))


DAY_US = 86_400 * SECOND_US
ROTATION = Rotation(after_impressions=3, within_days=14)
NOW_US = 100 * DAY_US


def in_vain(live: LiveVersion, *events: tuple[str, str, float]) -> list[str]:
    newest_first = sorted(
        (event(item, int(day * 86_400), what) for what, item, day in events),
        key=lambda one: -one.occurred_at_us,
    )
    return [ITEMS[item] for item in shown_in_vain(newest_first, live, ROTATION, NOW_US)]


def seen(item: str, *days: float) -> list[tuple[str, str, float]]:
    return [("impression", item, day) for day in days]


@pytest.mark.parametrize("what", ["click", "add_to_cart", "purchase", "view", "like", "wishlist"])
def test_what_was_shown_often_comes_last_unless_the_shopper_turned_to_it_since(
    live: LiveVersion, what: str
) -> None:
    shown = seen("tea", 97, 98, 99)
    assert in_vain(live, *shown, *seen("milk", 98, 99)) == ["tea"]
    assert in_vain(live, *shown, (what, "milk", 99.5)) == ["tea"]
    assert in_vain(live, *shown, (what, "tea", 99.5)) == []
    assert in_vain(live, *shown, (what, "tea", 96)) == ["tea"]


def test_what_was_shown_long_ago_is_forgotten_and_unknown_items_are_left_out(live: LiveVersion) -> None:
    assert in_vain(live, *seen("tea", 85, 98, 99)) == []
    assert in_vain(live, *seen("soup", 97, 98, 99)) == []


NEWEST = int(datetime.fromisoformat("2026-01-01T00:00:00+00:00").timestamp())
"""The newest order that the small model knows."""

DAY = 86_400


def read(live: LiveVersion, *events, is_known: bool = True) -> LiveEvents:
    found = live_events(events, live, live.recommender.no_cold_start, is_known=is_known)
    assert found is not None
    return found


def test_of_a_known_shopper_only_later_orders_are_new(live: LiveVersion) -> None:
    events = [event("tea", NEWEST - 1), event("tea", NEWEST), event("cake", NEWEST + DAY)]
    assert read(live, *events).purchases.items.tolist() == [CAKE]
    assert read(live, *events).purchases.days.tolist() == [1]
    assert read(live, *events, is_known=False).purchases.items.tolist() == [TEA, TEA, CAKE]


def test_what_no_model_ever_sees_is_new_whenever_it_was(live: LiveVersion) -> None:
    found = read(live, event("saw", NEWEST - DAY, "wishlist"), event("tea", NEWEST - 9 * DAY, "dislike"))
    assert (found.interest.items.tolist(), found.interest.days.tolist()) == ([SAW], [-1])
    assert found.interest.amounts.tolist() == [INTEREST[EventType.WISHLIST]]
    assert found.disliked.tolist() == [TEA]


def test_lines_of_an_order_and_of_a_moment_are_one_order(live: LiveVersion) -> None:
    lines = [
        event("tea", NEWEST + 1, order_id="o"),
        event("cake", NEWEST + 2, order_id="o"),
        event("saw", NEWEST + 3),
        event("tea", NEWEST + 3),
    ]
    assert read(live, *lines).purchases.orders.tolist() == [0, 0, 1, 1]


def test_items_that_nobody_knows_are_left_out(live: LiveVersion) -> None:
    nobody = live.recommender.no_cold_start
    assert live_events([event("made up", NEWEST + 1)], live, nobody, is_known=False) is None


def test_of_cold_start_items_purchases_whenever_they_were_and_dislikes_are_kept_to_hide_them(
    live: LiveVersion,
) -> None:
    new = ColdStartMaker(live.recommender.model).make(
        [ColdStartItem(name) for name in ("book", "coffee", "drill")]
    )
    book, coffee, _ = range(7, 10)
    events = [
        event("coffee", NEWEST - DAY),
        event("tea", NEWEST + DAY),
        event("book", NEWEST, "dislike"),
        event("drill", NEWEST, "view"),
    ]
    found = live_events(events, live, new, is_known=True)
    assert found is not None
    assert (found.purchases.items.tolist(), len(found.interest)) == ([TEA], 0)
    assert (found.bought_new.tolist(), found.disliked.tolist()) == ([coffee], [book])
    only = live_events(events[:1], live, new, is_known=True)
    assert only is not None
    assert not only.changes_taste


def test_a_return_is_not_a_purchase(live: LiveVersion) -> None:
    found = read(live, event("tea", NEWEST + 1, "return", quantity=2.0))
    assert (len(found.purchases), found.returns.amounts.tolist()) == (0, [2])


def test_impressions_are_not_read() -> None:
    assert EventType.IMPRESSION not in READ
    assert set(READ) == set(EventType) - {EventType.IMPRESSION}
    assert np.all(np.asarray(list(INTEREST.values())) < 1)
