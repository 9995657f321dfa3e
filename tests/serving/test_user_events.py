import pytest
from support.events import SECOND_US, event
from support.models import ITEMS, with_categories

from recsvc.model.model import Model
from recsvc.model.registry import Registry
from recsvc.ranking.recommender import Recommender
from recsvc.rules.placement_rules import Rotation
from recsvc.serving.live_model import LiveVersion
from recsvc.serving.user_events import shown_in_vain


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
