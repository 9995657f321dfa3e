"""Nested values are columns with dotted names, whatever MongoDB writes around them."""

from pathlib import Path

import polars as pl
from support.order_files import read, read_files, values

from training.sources.nested import flattened


def test_objects_in_objects_are_columns() -> None:
    deep = {"a": {"b": {"c": "1"}}, "d": ["x"], "e": {}}
    assert flattened(deep) == {"a.b.c": "1", "d": ["x"], "e": {}}


def test_types_of_mongodb_are_taken_off() -> None:
    wrapped = {"_id": {"$oid": "5f"}, "n": {"$numberInt": "2"}, "at": {"$date": {"$numberLong": "17"}}}
    assert flattened(wrapped) == {"_id": "5f", "n": "2", "at": "17"}


def test_an_object_beyond_all_measure_stays_as_it_is(tmp_path: Path) -> None:
    deep = '{"a":' * 200 + "1" + "}" * 200
    raw = read(tmp_path, f'{{"user_id": "ada", "item_id": "milk", "x": {deep}}}\n', "orders.ndjson")
    assert values(raw, "user_id", "item_id") == [("ada", "milk")]


def test_orders_with_their_lines_in_them_are_split(tmp_path: Path) -> None:
    order = (
        '{"id": "7", "customer": {"id": "ada"}, "line_items": '
        '[{"sku": "milk", "quantity": 2, "price": {"amount": "3"}}, {"sku": "tea", "quantity": 1}]}\n'
    )
    raw = read(tmp_path, order, "orders.ndjson")
    assert values(raw, "user_id", "item_id", "quantity") == [("ada", "milk", "2"), ("ada", "tea", "1")]


def test_structs_of_parquet_are_columns(tmp_path: Path) -> None:
    path = tmp_path / "orders.parquet"
    lines = [{"sku": "milk", "qty": 2}, {"sku": "tea", "qty": 1}]
    pl.DataFrame({"customer": [{"id": 5, "name": "A"}], "lines": [lines]}).write_parquet(path)
    raw = read_files([str(path)])
    assert values(raw, "user_id", "item_id", "quantity") == [("5", "milk", "2"), ("5", "tea", "1")]
