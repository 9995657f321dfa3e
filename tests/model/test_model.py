from dataclasses import replace

import numpy as np
import pytest
from support.models import rows

from recsvc.errors import DamagedModelError
from recsvc.model.arrays import HISTORY_COLUMNS
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
