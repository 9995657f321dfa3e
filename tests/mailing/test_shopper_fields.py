from dataclasses import replace

import numpy as np
import pytest
from support.models import small_model, with_categories

from recsvc.mailing.shopper_fields import FIELDS, Known, ShopperField, shoppers_in
from recsvc.model.registry import Registry
from recsvc.ranking.recommender import Recommender
from recsvc.serving.live_catalogue import LiveCatalogue
from recsvc.serving.live_model import LiveVersion


@pytest.fixture
def known(registry: Registry) -> Known:
    live = LiveVersion(registry.load().manifest, Recommender(with_categories(small_model())))
    return Known(live, LiveCatalogue())


def names(known: Known, segment: str, fields: tuple[ShopperField, ...] = FIELDS) -> list[str]:
    return [
        known.model.users.id_of(int(user)) for user in np.flatnonzero(shoppers_in(segment, known, fields))
    ]


@pytest.mark.parametrize(
    ("segment", "found"),
    [
        ("orders >= 2", ["ada", "bob"]),
        ("items = 1", ["ben"]),
        ("days_since_order <= 3", ["ada", "ann"]),
        ('"Drinks" in categories', ["ada", "ann"]),
        ('"Tools" in categories and orders = 1', ["ben"]),
        ('"tea" in bought', ["ada", "ann"]),
        ('bought in ["cake", "saw"]', ["ann", "bob"]),
        ('user_id in ["ben"]', ["ben"]),
    ],
)
def test_what_may_be_asked_of_shoppers(known: Known, segment: str, found: list[str]) -> None:
    assert names(known, segment) == found


def test_without_dates_nobody_ordered_at_any_time(known: Known) -> None:
    undated = replace(
        known.model, popularity_windows_days=np.zeros(1, np.int32), popularity=known.model.popularity[:1]
    )
    live = LiveVersion(known.live.manifest, Recommender(undated))
    assert names(Known(live, LiveCatalogue()), "days_since_order < 100") == []


def test_another_field_is_one_row_more(known: Known) -> None:
    mood = ShopperField("mood", "text", "of the shopper", lambda _known: ["good", "bad", None, "good"])
    assert names(known, 'mood = "good" and orders > 2', (*FIELDS, mood)) == ["ada"]
