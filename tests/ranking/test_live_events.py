from dataclasses import replace

import numpy as np
import pytest
from support.models import CAKE, HAMMER, JAM, MILK, NAILS, TEA

from recsvc.model.model import Model
from recsvc.ranking.history import History, history_of
from recsvc.ranking.live_events import Acts, LiveEvents, Weights, with_events
from recsvc.ranking.query import Placement, Query, ReasonType, Strategy
from recsvc.ranking.recommender import Recommender

WEIGHTS = Weights(alpha=3, half_life_days=10, recent_half_life_days=5)
NOBODY = History.of_items([])


def acts(*rows: tuple[int, float, float, int]) -> Acts:
    return Acts.of(list(rows))


def live(**kinds: Acts) -> LiveEvents:
    return LiveEvents(**kinds, weights=WEIGHTS)


def entry(history: History, item: int) -> dict[str, float]:
    place = int(np.flatnonzero(history.items == item)[0])
    return {name: float(values[place]) for name, values in vars(history).items() if name != "n_orders"}


def test_what_the_model_knows_gets_older_by_the_time_until_the_newest_event(model: Model) -> None:
    merged = with_events(history_of(model, 0), live(purchases=acts((CAKE, 10, 1, 1))))
    assert merged.items.tolist() == [CAKE, MILK, TEA]
    assert merged.n_orders == 4
    tea = entry(merged, TEA)
    assert (tea["age_days"], tea["first_age_days"], tea["confidence"], tea["recent"]) == (11, 40, 4.5, 0.5)
    assert (tea["orders"], tea["orders_ago"], tea["first_orders_ago"]) == (3, 1, 3)
    cake = entry(merged, CAKE)
    assert (cake["age_days"], cake["confidence"], cake["recent"], cake["orders"]) == (0, 3, 1, 1)
    assert (cake["orders_ago"], cake["first_orders_ago"]) == (0, 0)


def test_a_repeat_adds_to_what_the_model_knows(model: Model) -> None:
    tea = entry(with_events(history_of(model, 0), live(purchases=acts((TEA, 0.5, 1, 1)))), TEA)
    assert (tea["orders"], tea["age_days"], tea["first_age_days"]) == (4, 0, 30.5)
    assert (tea["orders_ago"], tea["first_orders_ago"]) == (0, 3)


def test_pieces_add_up_and_the_last_ones_are_those_of_the_newest_order(model: Model) -> None:
    merged = with_events(history_of(model, 0), live(purchases=acts((TEA, 2, 7, 2), (TEA, 1, 3, 1))))
    tea, milk = entry(merged, TEA), entry(merged, MILK)
    known = history_of(model, 0).quantity[0]
    assert (tea["quantity"], tea["last_quantity"]) == (known + 10, 7)
    assert (milk["quantity"], milk["last_quantity"]) == (1, 1)


def test_interest_and_returns_add_no_pieces(model: Model) -> None:
    looked = entry(with_events(history_of(model, 0), live(interest=acts((TEA, 1, 0.5, 0)))), TEA)
    assert (looked["quantity"], looked["last_quantity"]) == (6, 1)
    back = entry(with_events(history_of(model, 0), live(returns=acts((TEA, 1, 2, 9)))), TEA)
    assert (back["orders"], back["quantity"]) == (2, pytest.approx(4))


def test_an_item_counts_once_an_order() -> None:
    twice = with_events(NOBODY, live(purchases=acts((TEA, 1, 1, 7), (TEA, 1, 2, 7), (TEA, 2, 1, 8))))
    assert (entry(twice, TEA)["orders"], twice.n_orders) == (2, 2)


def test_a_return_takes_the_purchase_back() -> None:
    bought = acts((TEA, 1, 2, 7), (CAKE, 1, 1, 7))
    assert with_events(NOBODY, live(purchases=bought, returns=acts((TEA, 2, 2, 7)))).items.tolist() == [CAKE]
    partly = with_events(NOBODY, live(purchases=bought, returns=acts((TEA, 2, 1, 7))))
    assert partly.items.tolist() == [CAKE, TEA]


def test_a_return_of_what_the_model_knows_takes_one_order_back(model: Model) -> None:
    merged = with_events(history_of(model, 0), live(returns=acts((TEA, 0, 1, 7), (MILK, 0, 1, 7))))
    assert merged.items.tolist() == [TEA]
    assert (entry(merged, TEA)["orders"], entry(merged, TEA)["confidence"]) == (2, 6)


def test_a_return_before_a_purchase_does_not_take_it_back() -> None:
    merged = with_events(NOBODY, live(purchases=acts((TEA, 2, 1, 7)), returns=acts((TEA, 1, 1, 6))))
    assert merged.items.tolist() == [TEA]


def test_interest_is_no_purchase_and_at_most_one(model: Model) -> None:
    views = acts(*[(JAM, 0, 0.1, 0)] * 100, (TEA, 0, 0.5, 0))
    merged = with_events(history_of(model, 0), live(interest=views))
    jam = entry(merged, JAM)
    assert (jam["orders"], jam["confidence"], jam["recent"]) == (0, 3, 1)
    assert entry(merged, TEA)["confidence"] == 9 + 1.5
    assert (entry(merged, TEA)["age_days"], entry(merged, TEA)["orders"]) == (1, 3)
    assert merged.bought().items.tolist() == [MILK, TEA]
    assert merged.n_orders == 3


def test_weights_are_those_of_the_training() -> None:
    assert Weights.of({"alpha": 3, "half_life_days": 10, "recent_half_life_days": 5, "seed": 1}) == WEIGHTS


def ids(model: Model, query: Query, events: LiveEvents | None = None) -> list[str]:
    return [item.item_id for item in Recommender(model).recommend(query, events).items]


def test_a_purchase_leaves_discover_and_enters_buy_again(model: Model) -> None:
    events = live(purchases=acts((CAKE, 1, 1, 7)))
    discover, again = (Query(one, 7, "ada") for one in (Placement.DISCOVER, Placement.BUY_AGAIN))
    assert "cake" in ids(model, discover)
    assert "cake" not in ids(model, discover, events)
    assert "cake" not in ids(model, again)
    assert "cake" in ids(model, again, events)


def test_purchases_of_the_other_side_shift_the_list(model: Model) -> None:
    tools = live(purchases=acts(*((item, 300, 1, order) for item in (HAMMER, NAILS) for order in range(5))))
    discover = Query(Placement.DISCOVER, 7, "ada")
    assert ids(model, discover)[0] == "cake"
    assert ids(model, discover, tools)[0] == "saw"


def test_two_purchases_of_someone_unknown_are_folded_in(model: Model) -> None:
    events = live(purchases=acts((HAMMER, 1, 1, 7), (NAILS, 2, 1, 8)))
    made = Recommender(model).recommend(Query(Placement.DISCOVER, 1, "new"), events)
    assert made.strategy is Strategy.FOLDED_IN
    assert made.items[0].item_id == "saw"
    assert made.items[0].reason.type is ReasonType.BECAUSE_YOU_BOUGHT
    again = Recommender(model).recommend(Query(Placement.BUY_AGAIN, 7, "new"), events)
    assert {item.item_id for item in again.items} == {"hammer", "nails"}


def test_a_glance_hardly_counts_where_each_purchase_counts_the_same() -> None:
    merged = with_events(NOBODY, live(purchases=acts((TEA, 1, 1, 7)), interest=acts((CAKE, 1, 0.1, 0))))
    assert merged.even.tolist() == [pytest.approx(0.1), 1]


def test_what_was_only_seen_is_never_called_bought(model: Model) -> None:
    events = live(interest=acts((HAMMER, 1, 0.6, 0)))
    made = Recommender(model).recommend(Query(Placement.FOR_YOU, 7, "new"), events)
    assert made.strategy is Strategy.FOLDED_IN
    assert ReasonType.BECAUSE_YOU_BOUGHT not in {item.reason.type for item in made.items}
    assert "hammer" in {one for item in made.items for one in item.reason.item_ids}


@pytest.mark.parametrize("placement", list(Placement))
def test_a_disliked_item_is_nowhere(model: Model, placement: Placement) -> None:
    query = Query(placement, 7, "bob" if placement is Placement.DISCOVER else "ada", ("milk",))
    events = replace(live(), disliked=np.asarray([TEA], np.int32))
    assert "tea" in ids(model, query)
    assert "tea" not in ids(model, query, events)
