from dataclasses import replace

import numpy as np
import pytest

from recsvc.errors import DamagedModelError
from recsvc.model.head import TableHead
from recsvc.model.model import Model


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
