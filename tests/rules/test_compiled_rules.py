from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from recsvc.catalogue.item import Item
from recsvc.ranking.selection import Pinned
from recsvc.rules.columns import Columns, in_order_of_appearance
from recsvc.rules.compiled_rules import CompiledRules, compile_rules, fields_of_rules
from recsvc.rules.evaluation import ListContext
from recsvc.rules.placement_rules import PlacementRules

NOW_US = 1_000
ITEMS = (
    Item("spade", price=20.0, categories=("garden",), attributes={"brand": "acme", "stock": 2}),
    Item("rose", price=60.0, categories=("garden", "flowers"), attributes={"brand": "acme"}),
    Item("pan", price=30.0, categories=("kitchen",), attributes={"stock": 9}),
)
IDS = [item.item_id for item in ITEMS]
PLAIN = PlacementRules()


def plain(**fields: object) -> PlacementRules:
    return PlacementRules.model_validate(fields)


def moment(us: int) -> datetime:
    return datetime.fromtimestamp(0, UTC) + timedelta(microseconds=us)


def boost(when: str, factor: float) -> dict[str, object]:
    return {"when": when, "factor": factor}


def compiled(rules: PlacementRules, items: Sequence[Item] = ITEMS, now_us: int = NOW_US) -> CompiledRules:
    columns = Columns.of(enumerate(items), len(items), fields_of_rules(rules))
    return compile_rules(rules, columns, lambda one: IDS.index(one) if one in IDS else None, now_us)


def test_rules_that_say_nothing_select_everything() -> None:
    selection = compiled(PLAIN).selection()
    assert (selection.allowed, selection.factors, selection.pinned, selection.caps) == (None, None, (), ())
    assert (selection.is_filled, selection.one_of_variants) == (None, True)
    assert not compiled(plain(variants="all")).selection().one_of_variants


def test_a_filter_allows_what_meets_it() -> None:
    selection = compiled(plain(filter='"garden" in categories', fill="none")).selection()
    assert selection.allowed is not None
    assert selection.allowed.tolist() == [True, True, False]
    assert selection.is_filled is False
    assert compiled(plain(fill="trending")).selection().is_filled


def test_items_that_are_never_shown_are_left_out() -> None:
    allowed = compiled(plain(never=["rose", "gone"])).selection().allowed
    assert allowed.tolist() == [True, False, True]  # type: ignore[union-attr]
    both = compiled(plain(never=["rose"], filter="price < 25", min_stock=1)).selection()
    assert both.allowed.tolist() == [True, False, False]  # type: ignore[union-attr]
    assert compiled(plain(never=["rose"])).digest != compiled(plain(never=["pan"])).digest
    assert plain().as_json() == {"boosts": [], "pins": [], "caps": []}, "rules without it are as they were"


def test_too_little_stock_is_not_allowed_where_it_is_known() -> None:
    rules = plain(min_stock=3)
    assert compiled(rules).selection().allowed.tolist() == [False, True, True]  # type: ignore[union-attr]
    both = compiled(plain(min_stock=3, filter="price < 50")).selection()
    assert both.allowed.tolist() == [False, False, True]  # type: ignore[union-attr]


def test_factors_of_several_boosts_multiply_within_bounds() -> None:
    rules = plain(boosts=[boost("price < 50", 2.0), boost('brand == "acme"', 0.5), boost("price < 25", 3.0)])
    factors = compiled(rules).selection().factors
    assert factors is not None
    assert (factors.dtype, factors.tolist()) == (np.float32, [3.0, 0.5, 2.0])
    many = compiled(plain(boosts=[boost("true", 100.0)] * 50)).selection().factors
    assert many.tolist() == [1e6] * 3  # type: ignore[union-attr]


def test_caps_are_by_the_last_category_or_an_attribute() -> None:
    caps = (
        compiled(plain(caps=[{"by": "categories", "at_most": 1}, {"by": "brand", "at_most": 2}]))
        .selection()
        .caps
    )
    found = [(in_order_of_appearance(cap.groups).tolist(), cap.at_most) for cap in caps]
    assert found == [
        ([0, 1, 2], 1),
        ([0, 0, -1], 2),
    ]
    assert caps[0].groups.dtype == np.int32


def test_pins_hold_from_one_moment_to_another_and_for_items_that_there_are() -> None:
    pins = [
        {"item_id": "rose", "position": 1, "until": moment(NOW_US)},
        {"item_id": "pan", "position": 2, "from": moment(NOW_US)},
        {"item_id": "nothing", "position": 1},
        {"item_id": "pan", "position": 9},
        {"item_id": "spade", "position": 1, "from": moment(2_000)},
    ]
    rules = plain(pins=pins)
    now = compiled(rules)
    assert [(one.item, one.position) for one in now.selection().pinned] == [(2, 2)]
    assert isinstance(now.selection().pinned[0], Pinned)
    assert now.holds_until_us == 2_000
    assert compiled(rules, now_us=2_000).holds_until_us is None


def test_what_depends_on_the_list_is_found_for_each_list() -> None:
    rules = plain(filter="price < 50 and (categories in shopper.categories or not shopper.is_known)")
    once = compiled(rules)
    assert once.context == {"shopper.categories", "shopper.is_known"}
    gardener = ListContext(is_known=True, bought_categories=frozenset({"garden"}))
    assert once.selection(gardener).allowed.tolist() == [True, False, False]  # type: ignore[union-attr]
    assert once.selection().allowed.tolist() == [True, False, True]  # type: ignore[union-attr]


def test_what_does_not_is_found_once() -> None:
    once = compiled(plain(filter="price < 50"))
    assert not once.context
    assert once.selection(ListContext(n_orders=5)) is once.selection()


def with_price(price: float) -> list[Item]:
    return [replace(ITEMS[0], price=price), *ITEMS[1:]]


@pytest.mark.parametrize("filter_", ["price < 50", "price < 50 and shopper.is_known"])
def test_the_digest_stays_while_the_outcome_does(filter_: str) -> None:
    rules = plain(filter=filter_)
    digest = compiled(rules).digest
    assert digest == compiled(rules).digest
    assert digest != compiled(rules, with_price(99)).digest
    assert digest != compiled(plain(filter="price < 51 and shopper.is_known")).digest
    assert digest != compiled(plain(filter=filter_, exclude_bought_days=3)).digest


def test_a_change_that_no_rule_sees_changes_no_digest() -> None:
    rules = plain(filter="price < 50", caps=[{"by": "brand", "at_most": 1}])
    assert compiled(rules).digest == compiled(rules, with_price(21)).digest
    other_brand = [replace(ITEMS[0], attributes={"brand": "other"}), *ITEMS[1:]]
    assert compiled(rules).digest != compiled(rules, other_brand).digest


def test_a_pin_changes_the_digest_when_it_begins() -> None:
    rules = plain(pins=[{"item_id": "rose", "position": 1, "from": moment(2_000)}])
    assert compiled(rules).digest == compiled(PLAIN).digest
    assert compiled(rules).digest != compiled(rules, now_us=2_000).digest


def test_the_digest_of_some_list_depends_on_the_categories_that_it_asks_for() -> None:
    rules = plain(filter='"garden" in shopper.categories')
    assert fields_of_rules(rules) == {"categories"}
    moved = [*ITEMS[:2], replace(ITEMS[2], categories=("garden",))]
    assert compiled(rules).digest != compiled(rules, moved).digest
