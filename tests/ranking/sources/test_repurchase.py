from dataclasses import replace

import numpy as np
import pytest
from support.models import ITEMS, MILK, TEA, rows

from recsvc.model.arrays import ITEM_STATISTICS
from recsvc.model.model import Model
from recsvc.ranking.history import history_of
from recsvc.ranking.query import Placement, Query
from recsvc.ranking.recommender import Recommender
from recsvc.ranking.sources.repurchase import due, due_scores

ADA = 0
NO_OPINION = np.zeros(7, dtype=np.float32)


def shop(model: Model, *, repeat_share: float = 0.5, interval_days: float = 30, **bought: tuple) -> Model:
    """Return a model in which ada bought items so: (orders, days between two, days since the last)."""
    lines = sorted((ITEMS.index(name), *rhythm) for name, rhythm in bought.items())
    statistics = model.item_statistics.copy()
    statistics[:, ITEM_STATISTICS.index("repeat_share")] = repeat_share
    statistics[:, ITEM_STATISTICS.index("interval_days")] = interval_days
    nnz = len(lines)
    orders, every, last = (np.asarray([line[i] for line in lines]) for i in (1, 2, 3))
    return replace(
        model,
        item_statistics=statistics,
        history=rows({item: 1.0 for item, *_ in lines}, {}, {}, {}, n_columns=7),
        history_columns={
            "recent": np.ones(nnz, np.float32),
            "orders": orders.astype(np.int32),
            "age_days": last.astype(np.float32),
            "first_age_days": (last + every * (orders - 1)).astype(np.float32),
            "orders_ago": np.zeros(nnz, np.int32),
            "first_orders_ago": np.zeros(nnz, np.int32),
            "quantity": orders.astype(np.float32),
            "last_quantity": np.ones(nnz, np.float32),
        },
    )


def buy_again(model: Model) -> list[str]:
    made = Recommender(model).recommend(Query(Placement.BUY_AGAIN, user_id="ada"))
    return [item.item_id for item in made.items]


def test_what_is_due_comes_before_what_was_just_bought_and_what_is_long_over(model: Model) -> None:
    # all five times, every 30 days: tea is due, milk was bought yesterday, cake has been left for 300 days
    model = shop(model, tea=(5, 30, 30), milk=(5, 30, 1), cake=(5, 30, 300))
    assert buy_again(model) == ["tea", "milk", "cake"]
    cake, milk, tea = due(model, history_of(model, ADA))
    assert tea > 3 * milk > 3 * 3 * cake > 0


def test_nearly_due_is_clearly_ahead_of_yesterday(model: Model) -> None:
    model = shop(model, tea=(5, 30, 28), milk=(5, 30, 1))
    milk, tea = due(model, history_of(model, ADA))
    assert tea > 3 * milk


def test_the_shoppers_own_interval_counts(model: Model) -> None:
    # both were last bought 10 days ago; tea every 10 days, milk every 60
    assert buy_again(shop(model, tea=(6, 10, 10), milk=(6, 60, 10))) == ["tea", "milk"]


def test_who_has_bought_once_is_judged_by_other_buyers(model: Model) -> None:
    once = {"tea": (1, 0, 10)}
    (soon,), (late,), (never,) = (
        due(changed, history_of(changed, ADA))
        for changed in (
            shop(model, interval_days=10, **once),
            shop(model, interval_days=100, **once),
            shop(model, interval_days=10, repeat_share=0.0, **once),
        )
    )
    assert soon > late > never == 0


def test_more_orders_make_it_surer(model: Model) -> None:
    model = shop(model, tea=(9, 30, 30), milk=(2, 30, 30))
    milk, tea = due(model, history_of(model, ADA))
    assert tea > milk


@pytest.mark.parametrize("share", [0.0, 1.0])
@pytest.mark.parametrize("last", [0, 1, 5000])
def test_it_is_a_probability_whatever_the_history(model: Model, share: float, last: int) -> None:
    odd = shop(model, repeat_share=share, interval_days=0, tea=(1, 0, last), milk=(50, 0, last))
    chances = due(odd, history_of(odd, ADA))
    assert chances.dtype == np.float32
    assert ((chances >= 0) & (chances <= 1)).all()


def test_the_ranker_decides_between_equally_due_items(model: Model) -> None:
    model = shop(model, tea=(5, 30, 30), milk=(5, 30, 30))
    items = np.asarray([MILK, TEA], np.int32)
    scores = due_scores(model, history_of(model, ADA), items, np.asarray([1, 2], np.float32))
    assert scores[1] > scores[0]


def test_without_dates_the_most_often_bought_is_first(model: Model) -> None:
    undated = replace(
        shop(model, tea=(2, 0, 0), milk=(7, 0, 0), saw=(4, 0, 0)),
        popularity=model.popularity[:1],
        popularity_windows_days=model.popularity_windows_days[:1],
    )
    assert buy_again(undated) == ["milk", "saw", "tea"]


def test_without_own_items_there_is_nothing_to_order(model: Model) -> None:
    empty = shop(model)
    nothing = np.empty(0, np.int32)
    assert len(due_scores(empty, history_of(empty, ADA), nothing, NO_OPINION[:0])) == 0
