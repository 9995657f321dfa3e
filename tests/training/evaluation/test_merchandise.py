from dataclasses import replace

import numpy as np
import pytest
from support.models import CAKE, HAMMER, JAM, MILK, NAILS, SAW, TEA, rows, small_model, with_categories
from support.orders import order_lines

from recsvc.ranking.query import Placement
from training.evaluation.merchandise import Merchandise, Personal, examine_lists

RANKS = np.arange(1, 8)
NOTHING = rows(*[{}] * 7, n_columns=7)


def test_alternatives_are_counted_in_the_narrowest_category_by_band_of_sales() -> None:
    model = replace(
        with_categories(small_model()),
        alternatives=rows(
            {}, {SAW: 0.9, CAKE: 0.1}, {}, {TEA: 0.9}, {}, {}, {MILK: 1, CAKE: 0.5}, n_columns=7
        ),
        item_neighbours=NOTHING,
        popularity=np.zeros((2, 7), dtype=np.float32),
        trending=np.zeros(7, dtype=np.float32),
    )
    first, second, rest = examine_lists(model, RANKS, {}, None).alternatives
    assert (first.band, second.share, rest.items) == ("first 100", None, 0)
    # Each list holds the six other items: two of them are of the kind of cake and of each tool, one of milk and tea.
    assert (first.items, first.share) == (6, pytest.approx(10 / 36))
    assert first.possible == pytest.approx(first.share)


def test_an_item_is_taken_out_of_each_order_and_looked_for() -> None:
    model = replace(
        small_model(), basket_neighbours=rows({}, {NAILS: 0.9}, {}, {}, {HAMMER: 0.9}, {}, {}, n_columns=7)
    )
    lines = order_lines(
        ("new", "hammer", 1, "1"), ("new", "nails", 1, "1"), (None, "tea", 1, "2"), (None, "milk", 1, "2"),
        ("one", "saw", 1, "3"), ("two", "unknown", 1, "4"), ("two", "saw", 1, "4"),
    )  # fmt: skip
    done = examine_lists(model, RANKS, {}, lines).completion
    assert done is not None
    assert (done.orders, done.hit_rate, done.mean_length, done.empty_share) == (2, 0.5, 0.5, 0.5)
    assert examine_lists(model, RANKS, {}, None).completion is None


def test_two_variants_in_the_first_ten_of_a_list_are_counted() -> None:
    model = replace(small_model(), variant_groups=np.asarray([-1, 0, 1, 1, 0, -1, -1], dtype=np.int32))
    lists = np.asarray(
        [[HAMMER, NAILS, -1], [HAMMER, MILK, -1], [JAM, TEA, MILK], [CAKE, SAW, TEA]], dtype=np.int32
    )
    found = examine_lists(model, RANKS, {Placement.FOR_YOU: lists}, None)
    assert found.variants == {"for_you": 0.5, "similar": 0.0, "bought_together": 0.0}


def test_two_variants_that_the_shopper_bought_are_not_counted() -> None:
    """Bob bought nails and a saw, and no hammer."""
    model = replace(small_model(), variant_groups=np.asarray([-1, 0, -1, -1, 0, 0, -1], dtype=np.int32))

    def share(*items: int) -> float:
        lists = np.asarray([items], dtype=np.int32)
        found = examine_lists(model, RANKS, {Placement.FOR_YOU: lists}, None, {Placement.FOR_YOU: ["bob"]})
        return found.variants["for_you"]

    assert (share(NAILS, SAW), share(NAILS, HAMMER), share(NAILS, TEA)) == (0.0, 1.0, 0.0)


def test_lists_are_as_personal_as_they_differ() -> None:
    lists = np.asarray(
        [[HAMMER, NAILS], [NAILS, HAMMER], [HAMMER, NAILS], [-1, -1], [TEA, -1], [-1, -1]], dtype=np.int32
    )
    found = examine_lists(small_model(), RANKS, {Placement.DISCOVER: lists}, None)
    assert found.personal["discover"] == Personal(lists=6, distinct=3, identical=2, empty=2)


def test_every_placement_that_is_no_list_for_everybody_is_compared() -> None:
    model = replace(
        small_model(), basket_neighbours=rows({}, {NAILS: 0.9}, {}, {}, {HAMMER: 0.9}, {}, {}, n_columns=7)
    )
    carts = order_lines(
        ("new", "hammer", 1, "1"), ("new", "nails", 1, "1"), (None, "tea", 1, "2"), (None, "milk", 1, "2"),
    )  # fmt: skip
    users = ["ada", "ann", "bob", "nobody"]
    shown = np.asarray([[CAKE, -1], [CAKE, -1], [SAW, TEA], [SAW, CAKE]], dtype=np.int32)
    found = examine_lists(
        model, RANKS, {Placement.FOR_YOU: shown}, carts, {Placement.FOR_YOU: users}
    ).personal
    assert set(found) == {placement.value for placement in Placement} - {"discover", "trending"}
    assert found["for_you"] == Personal(4, 3, 2, 0)
    # Ada bought milk and tea, Ann cake and tea, Bob nails and a saw; nothing is known of nobody.
    assert (found["buy_again"].lists, found["buy_again"].distinct, found["buy_again"].empty) == (4, 5, 1)
    assert found["similar"].lists == 7
    assert (found["bought_together"].lists, found["bought_together"].empty) == (2, 1)


def test_a_placement_without_lists_is_left_out() -> None:
    assert set(examine_lists(small_model(), RANKS, {}, None).personal) == {"similar"}


def test_json_has_every_row() -> None:
    assert set(Merchandise((), None, {}).as_dict()) == {
        "alternatives_in_own_category", "basket_completion", "lists_with_two_variants", "personal", "reasons_that_hold",
        "changed_by_one_day",
        "cold_start_items",
        "audiences",
    }  # fmt: skip
