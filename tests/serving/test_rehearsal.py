import pytest
from support.placements import only, put

from recsvc.catalogue.item import Item
from recsvc.model.registry import Registry
from recsvc.rules.placement_rules import PlacementRules, read_placement
from recsvc.serving.live_model import LiveVersion
from recsvc.serving.rehearsal import Change, Rehearsal, summary
from recsvc.serving.shop import Shop


@pytest.fixture
def live(registry: Registry) -> LiveVersion:
    return LiveVersion.of(registry.load(), 0.0)


def rehearsed(
    live: LiveVersion,
    name: str,
    rules: PlacementRules,
    user_id: str = "ada",
    n: int = 3,
    *,
    bought: str = "",
) -> Change:
    purchases = frozenset([bought] if bought else [])
    rehearsal = Rehearsal(live, shop_with(**{name: rules}), n, lambda _user_id: purchases)
    return rehearsal.change(name, user_id)


def shop_with(**rules: PlacementRules) -> Shop:
    shop = Shop()
    put(shop.rules, **rules)
    return shop


def test_rules_that_change_nothing_keep_everything(live: LiveVersion) -> None:
    change = rehearsed(live, "for_you", only("for_you"))
    assert change.before == change.after
    assert set(change.before) == {"tea", "milk", "cake"}
    assert (change.kept, change.n_other) == (1.0, 0)


def test_a_pin_pushes_one_item_out_and_costs_some_of_the_score(live: LiveVersion) -> None:
    pinned = read_placement("mine", {"base": "for_you", "pins": [{"item_id": "saw", "position": 1}]})
    change = rehearsed(live, "mine", pinned)
    assert change.after == ("saw", *change.before[:2])
    assert change.n_other == 1
    assert 0 < change.kept < 1


def test_a_filter_shortens_lists_and_costs_what_it_hides(live: LiveVersion) -> None:
    change = rehearsed(live, "tools", only("for_you", "saw"))
    assert change.after == ("saw",)
    assert change.kept < 0.1


def test_each_list_is_held_against_what_was_bought_since(live: LiveVersion) -> None:
    tools = only("for_you", "saw")
    assert rehearsed(live, "tools", tools).recall_before is None
    change = rehearsed(live, "tools", tools, bought="tea")
    assert (change.recall_before, change.recall_after) == (1.0, 0.0)


def test_where_items_are_needed_the_last_purchase_is_looked_at(live: LiveVersion) -> None:
    change = rehearsed(live, "more", only("similar", "cake"), n=1)
    assert (change.before, change.after) == (("milk",), ("cake",))


def test_rules_may_ask_for_the_shopper(live: LiveVersion) -> None:
    regulars = '(item_id == "jam" and shopper.orders > 1) or (item_id == "saw" and shopper.orders < 2)'
    welcome = read_placement("welcome", {"base": "for_you", "filter": regulars})
    assert rehearsed(live, "welcome", welcome, "ada").after == ("jam",)
    assert rehearsed(live, "welcome", welcome, "ann").after == ("saw",)


def test_the_sample_is_the_same_each_time_and_has_nobody_twice(live: LiveVersion) -> None:
    rehearsal = Rehearsal(live, Shop())
    assert sorted(rehearsal.sample(10)) == ["ada", "ann", "ben", "bob"]
    assert rehearsal.sample(2) == rehearsal.sample(2)
    assert len(set(rehearsal.sample(3))) == 3


def test_a_summary_counts_and_names_no_shopper() -> None:
    same = Change(("a", "b"), ("a", "b"), 1.0)
    other = Change(("a", "b"), ("c", "b"), 0.5, 1.0, 0.0)
    empty = Change(("a", "b"), (), 0.0)
    found = summary("mine", [same, other, empty])
    assert (found.n_shoppers, found.n_changed, found.n_short, found.n_empty) == (3, 2, 1, 1)
    assert found.mean_other == pytest.approx((0 + 1 + 2) / 3)
    assert found.kept == 0.5
    assert (found.n_buyers, found.recall_before, found.recall_after) == (1, 1.0, 0.0)
    assert found.examples == (empty, other)


def test_what_cannot_be_shown_is_in_no_list(live: LiveVersion) -> None:
    shop = shop_with(for_you=only("for_you"))
    shop.catalogue.take([Item("milk", in_stock=False)])
    shop.catalogue.settle(1)
    change = Rehearsal(live, shop, 2).change("for_you", "ada")
    assert set(change.before) == set(change.after) == {"tea", "cake"}
