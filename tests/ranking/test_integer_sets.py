import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from recsvc.ranking.integer_sets import among, distinct

ITEMS = arrays(np.int32, st.integers(0, 30), elements=st.integers(0, 20))


@given(ITEMS)
def test_distinct_items_are_there_once_and_ascend(items: np.ndarray) -> None:
    assert distinct(items).tolist() == sorted(set(items.tolist()))
    assert distinct(items).dtype == np.int32


@given(ITEMS, ITEMS)
def test_an_item_is_among_those_it_is_one_of(items: np.ndarray, others: np.ndarray) -> None:
    assert among(items, distinct(others)).tolist() == [item in others for item in items.tolist()]
