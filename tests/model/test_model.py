from dataclasses import replace

import numpy as np
import pytest
from support.models import rows

from recsvc.errors import DamagedModelError
from recsvc.model.arrays import HISTORY_COLUMNS
from recsvc.model.head import TableHead
from recsvc.model.model import Model


def test_a_model_knows_its_sizes(model: Model) -> None:
    assert (model.n_users, model.n_items, model.n_factors, model.is_dated) == (4, 7, 2, True)


@pytest.mark.parametrize("name", ["user_factors", "item_factors", "trending", "popularity"])
def test_an_array_of_another_length_is_refused_by_name(model: Model, name: str) -> None:
    with pytest.raises(DamagedModelError, match=name):
        replace(model, **{name: getattr(model, name)[:-1]})


def test_a_value_that_is_not_finite_is_refused_by_name(model: Model) -> None:
    broken = model.user_factors.copy()
    broken[1, 1] = np.nan
    with pytest.raises(DamagedModelError, match="user_factors has values that are not finite"):
        replace(model, user_factors=broken)


@pytest.mark.parametrize("name", ["user_neighbours", "forward_all", "forward_new", "item_statistics"])
def test_no_array_may_hold_what_is_not_finite(model: Model, name: str) -> None:
    broken = getattr(model, name).copy()
    broken.flat[0] = np.nan
    with pytest.raises(DamagedModelError, match=f"{name} has values that are not finite"):
        replace(model, **{name: broken})


@pytest.mark.parametrize("name", [column.name for column in HISTORY_COLUMNS])
def test_a_history_column_of_another_length_or_not_finite_is_refused_by_name(model: Model, name: str) -> None:
    short = {**model.history_columns, name: model.history_columns[name][:-1]}
    with pytest.raises(DamagedModelError, match=f"history_{name} has shape"):
        replace(model, history_columns=short)
    if model.history_columns[name].dtype.kind == "f":
        broken = {**model.history_columns, name: np.full_like(model.history_columns[name], np.nan)}
        with pytest.raises(DamagedModelError, match=f"history_{name} has values that are not finite"):
            replace(model, history_columns=broken)


def test_a_missing_history_column_is_refused(model: Model) -> None:
    with pytest.raises(DamagedModelError, match=r"history_columns has \['age_days'\]"):
        replace(model, history_columns={"age_days": model.history_columns["age_days"]})


def test_a_history_of_another_number_of_users_is_refused(model: Model) -> None:
    everything = dict.fromkeys(range(7), 1.0)
    with pytest.raises(DamagedModelError, match="history has shape"):
        replace(model, history=rows({}, everything, n_columns=7))


def test_titles_must_be_one_an_item(model: Model) -> None:
    with pytest.raises(DamagedModelError, match="4 titles for 7 items"):
        replace(model, titles=model.users.ids)


def test_the_first_popularity_window_is_all_time(model: Model) -> None:
    with pytest.raises(DamagedModelError, match="whole history"):
        replace(model, popularity_windows_days=np.asarray([28, 7], np.int32))


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("indptr", np.asarray([0, 3], np.int64), "row pointers"),
        ("indptr", np.asarray([0, 2, 1, 2], np.int64), "ascending"),
        ("indices", np.asarray([0, 9], np.int32), "outside its 7 columns"),
        ("values", np.asarray([1], np.float32), "2 indices but 1 values"),
        ("values", np.asarray([1, np.inf], np.float32), "not finite"),
    ],
)
def test_sparse_rows_refuse_arrays_that_describe_no_matrix(field: str, value: object, said: str) -> None:
    matrix = rows({0: 1.0}, {3: 2.0}, n_columns=7)
    with pytest.raises(DamagedModelError, match=said):
        replace(matrix, **{field: value})


@pytest.mark.parametrize("items", [[], [1, 1], [2, 1], [-1, 3], [0, 7]])
def test_a_head_of_items_that_are_not_ascending_rows_is_refused(model: Model, items: list[int]) -> None:
    head = TableHead(np.asarray(items, np.int32), np.zeros((len(items), 2), np.float32))
    with pytest.raises(
        DamagedModelError, match=r"user_neighbours_head_items are not ascending indices in 0\.\.6"
    ):
        replace(model, heads={"user_neighbours": head})


def test_a_head_of_another_shape_is_refused(model: Model) -> None:
    head = TableHead(np.asarray([0, 2], np.int32), np.zeros((2, 3), np.float32))
    with pytest.raises(DamagedModelError, match="user_neighbours_head has shapes"):
        replace(model, heads={"user_neighbours": head})


def test_a_head_that_is_not_finite_is_refused(model: Model) -> None:
    head = TableHead(np.asarray([0], np.int32), np.full((1, 2), np.inf, np.float32))
    with pytest.raises(DamagedModelError, match="user_neighbours_head has values that are not finite"):
        replace(model, heads={"user_neighbours": head})
