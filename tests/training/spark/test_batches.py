from collections.abc import Iterator

import polars as pl
import pyarrow as pa
import pytest

from training.spark.batches import completed, packed, rows_of, unpacked, whole_groups

pytestmark = pytest.mark.spark


def batches(*keys: str) -> Iterator[pa.RecordBatch]:
    """Return a batch for each text, of a row for each of its letters."""
    return iter([pa.RecordBatch.from_pydict({"key": list(one)}) for one in keys])


def groups(*keys: str, rows: int) -> list[str]:
    return ["".join(frame["key"]) for frame in whole_groups(batches(*keys), "key", rows)]


def test_no_group_is_cut_in_two() -> None:
    assert groups("aab", "bbc", "cd", rows=3) == ["aa", "bbb", "cc", "d"]


def test_a_group_may_be_longer_than_a_frame_should_be() -> None:
    assert groups("aa", "aa", "aa", "aab", "c", rows=2) == ["aaaaaaaa", "b", "c"]
    assert groups("a", "a", rows=1) == ["aa"]


def test_nothing_gives_no_frame() -> None:
    assert groups(rows=1) == []
    assert groups("", rows=1) == []


def test_arrays_come_back_from_a_row() -> None:
    schema = pa.schema([("n", pa.int64()), ("some", pa.binary()), ("none", pa.binary())])
    values = pl.Series([1.5, 2.5], dtype=pl.Float32).to_numpy()
    row = completed(packed({"n": 2}, {"some": values}), schema)
    (found,) = rows_of(iter([row]))
    assert (found["n"], found["none"]) == (2, None)
    assert unpacked(found["some"], "float32").tolist() == [1.5, 2.5]
