from dataclasses import fields, replace

import numpy as np
import pytest
from support.models import small_model

from recsvc.errors import DamagedModelError
from recsvc.model.array_rows import Array
from recsvc.model.arrays import ARRAYS, HISTORY_COLUMNS
from recsvc.model.artifact import TEXTS
from recsvc.model.model import Model
from recsvc.ranking.history import History

OPTIONAL = {"item_appeal": np.ones(7, np.float32), "user_rhythm": np.ones((4, 6), np.float32)}
"""What a version holds only where there was enough to learn it from."""


def test_each_field_of_a_model_but_texts_and_heads_is_a_row_of_the_table() -> None:
    named = [row.name for row in ARRAYS]
    assert set(named) == {field.name for field in fields(Model)} - {
        *TEXTS,
        "heads",
    }
    assert len(set(named)) == len(named)


def test_a_history_has_each_column_of_the_table() -> None:
    columns = {column.name for column in HISTORY_COLUMNS}
    assert columns == {field.name for field in fields(History)} - {"items", "confidence", "n_orders"}


@pytest.mark.parametrize("row", ARRAYS, ids=lambda row: row.name)
def test_what_is_split_into_files_is_joined_again(row) -> None:
    model = replace(small_model(), **OPTIONAL)
    files = row.split(getattr(model, row.name))
    assert {stem: str(array.dtype) for stem, array in files.items()} == row.dtypes()
    row.check(row.joined(files, model.sizes), model.sizes)


@pytest.mark.parametrize("row", [row for row in ARRAYS if isinstance(row, Array)], ids=lambda row: row.name)
def test_each_array_of_another_shape_is_refused_by_name(row: Array) -> None:
    model = replace(small_model(), **OPTIONAL)
    longer = np.concatenate([getattr(model, row.name)] * 2)
    if longer.size and row.name != "popularity_windows_days":
        with pytest.raises(DamagedModelError, match=f"{row.name} has shape|item_factors"):
            replace(model, **{row.name: longer})
