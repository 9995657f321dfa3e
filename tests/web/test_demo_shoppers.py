"""Whom the demo shop offers to be."""

from dataclasses import replace

import numpy as np
from support.models import rows, small_model

from recsvc.model.model import Model
from recsvc.model.vocabulary import Vocabulary
from recsvc.web.demo.shoppers import bought_by, returning_shoppers


def model_of(bought: list[int], orders: list[int]) -> Model:
    """Return a model whose shoppers bought so many items in so many orders."""
    history = rows(*[dict.fromkeys(range(n), 1.0) for n in bought], n_columns=7)
    n_entries = sum(bought)
    model = small_model()
    columns = {name: np.ones(n_entries, column.dtype) for name, column in model.history_columns.items()}
    return replace(
        model,
        users=Vocabulary.of([str(one) for one in range(len(bought))]),
        user_factors=np.ones((len(bought), 2), np.float32),
        user_orders=np.asarray(orders, np.int32),
        history=history,
        history_columns=columns,
    )


def test_those_who_came_back_are_taken() -> None:
    assert returning_shoppers(model_of([5, 6, 5, 7, 1], [1, 3, 4, 5, 9])) == [1, 2, 3]


def test_where_nobody_did_those_who_bought_several_things_are() -> None:
    assert returning_shoppers(model_of([5, 6, 1, 7, 1], [1, 1, 1, 1, 1])) == [0, 1, 3]


def test_in_a_tiny_shop_those_who_bought_most_are() -> None:
    assert returning_shoppers(model_of([2, 1], [1, 1])) == [0, 1]


def test_what_they_bought_begins_with_what_is_dearest_to_them() -> None:
    assert bought_by(small_model(), 0) == ["tea", "milk"]
