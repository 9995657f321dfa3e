import numpy as np
import pytest
from support.models import ITEMS, MILK, SAW
from support.placements import Rule, SomePlacements, only

from recsvc.cli.rehearsal import Change, Rehearsal, summary
from recsvc.model.registry import Registry
from recsvc.ranking.query import Placement
from recsvc.ranking.selection import Pinned, Selection
from recsvc.rules.placement_rules import PlacementRules
from recsvc.serving.live_model import LiveVersion
from recsvc.serving.shop import NoShop


@pytest.fixture
def live(registry: Registry) -> LiveVersion:
    return LiveVersion.of(registry.load(), 0.0)


def rehearsed(live: LiveVersion, rule: Rule, user_id: str = "ada", n: int = 3, bought: str = "") -> Change:
    purchases = frozenset([bought] if bought else [])
    rehearsal = Rehearsal(live, NoShop(SomePlacements(rule)), n, lambda _user_id: purchases)
    return rehearsal.change(rule.rules, user_id)


def test_rules_that_change_nothing_keep_everything(live: LiveVersion) -> None:
    change = rehearsed(live, only("for_you", Placement.FOR_YOU))
    assert change.before == change.after
    assert set(change.before) == {"tea", "milk", "cake"}
    assert (change.kept, change.n_other) == (1.0, 0)


def test_a_pin_pushes_one_item_out_and_costs_some_of_the_score(live: LiveVersion) -> None:
    pin = Selection(pinned=(Pinned(SAW, 1),))
    rule = Rule(PlacementRules("mine", Placement.FOR_YOU), lambda _context: pin, "pin")
    change = rehearsed(live, rule)
    assert change.after == ("saw", *change.before[:2])
    assert change.n_other == 1
    assert 0 < change.kept < 1


def test_a_filter_shortens_lists_and_costs_what_it_hides(live: LiveVersion) -> None:
    change = rehearsed(live, only("tools", Placement.FOR_YOU, "saw"))
    assert change.after == ("saw",)
    assert change.kept < 0.1


def test_each_list_is_held_against_what_was_bought_since(live: LiveVersion) -> None:
    rule = only("tools", Placement.FOR_YOU, "saw")
    assert rehearsed(live, rule).recall_before is None
    change = rehearsed(live, rule, bought="tea")
    assert (change.recall_before, change.recall_after) == (1.0, 0.0)


def test_where_items_are_needed_the_last_purchase_is_looked_at(live: LiveVersion) -> None:
    change = rehearsed(live, only("more", Placement.SIMILAR, "cake"), n=1)
    assert (change.before, change.after) == (("milk",), ("cake",))


def test_rules_may_ask_for_the_shopper(live: LiveVersion) -> None:
    rule = Rule(
        PlacementRules("welcome", Placement.FOR_YOU),
        lambda context: Selection(allowed=np.isin(ITEMS, "jam" if context.n_orders > 1 else "saw")),
        "welcome",
        asks_shopper=True,
    )
    assert rehearsed(live, rule, "ada").after == ("jam",)
    assert rehearsed(live, rule, "ann").after == ("saw",)


def test_the_sample_is_the_same_each_time_and_has_nobody_twice(live: LiveVersion) -> None:
    rehearsal = Rehearsal(live, NoShop())
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
    class Closed(NoShop):
        def unavailable(self, live: LiveVersion) -> np.ndarray:
            return np.asarray([MILK], dtype=np.int32)

    rule = only("for_you", Placement.FOR_YOU)
    closed = Closed(SomePlacements(rule))
    closed.mask = type(closed.mask)(frozenset({"milk"}))
    change = Rehearsal(live, closed, 2).change(rule.rules, "ada")
    assert set(change.before) == set(change.after) == {"tea", "cake"}
