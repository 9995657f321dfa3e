"""Nested values are columns with dotted names, whatever MongoDB writes around them."""

import json
from pathlib import Path

import polars as pl
import pytest
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


@pytest.mark.parametrize(
    ("price", "amount"),
    [
        ({"amount": "6.50", "currency": "EUR"}, "6.50"),
        ({"value": 6.5, "currency_code": "EUR", "breakdown": {}}, "6.5"),
        ({"Amount": "6.50", "CurrencyCode": "EUR"}, "6.50"),
        ({"amount": "650", "currency": "JPY"}, "650"),
        ({"gross": {"amount": 6.5, "currency": "EUR"}, "net": {"amount": 5.46, "currency": "EUR"}}, "6.5"),
        (
            {
                "presentmentMoney": {"amount": "7", "currencyCode": "USD"},
                "shopMoney": {"amount": "6.5", "currencyCode": "EUR"},
            },
            "6.5",
        ),
        ({"type": "centPrecision", "centAmount": 650, "currencyCode": "EUR", "fractionDigits": 2}, "6.50"),
        ({"type": "centPrecision", "centAmount": 650, "currencyCode": "JPY", "fractionDigits": 0}, "650"),
        (
            {
                "type": "highPrecision",
                "centAmount": 650,
                "preciseAmount": 650125,
                "currencyCode": "EUR",
                "fractionDigits": 5,
            },
            "6.50125",
        ),
        ({"amount": 650, "divisor": 100, "currency_code": "EUR"}, "6.5"),
        ({"amountMicros": "6500000", "currencyCode": "EUR"}, "6.500000"),
        ({"units": "6", "nanos": 500000000, "currencyCode": "EUR"}, "6.500000000"),
        ({"amount_minor": 650, "currency": "EUR"}, "6.50"),
        ({"amount_minor": 6500, "currency": "KWD"}, "6.500"),
        ({"amount": "6.50", "formattedAmount": "6,50 €"}, "6.50"),
    ],
)
def test_an_object_that_is_an_amount_is_a_number(price: dict[str, object], amount: str) -> None:
    assert flattened({"sku": "A", "price": price}) == {"sku": "A", "price": amount}


def test_amounts_under_names_of_the_smallest_unit_are_divided() -> None:
    assert flattened({"base_price_money": {"amount": 650, "currency": "EUR"}}) == {"base_price_money": "6.50"}
    assert (
        flattened({"price": {"id": "p", "unit_amount": 650, "currency": "eur"}})["price.unit_amount"]
        == "6.50"
    )
    assert (
        flattened({"price": {"id": "p", "unit_amount": 650, "currency": "jpy"}})["price.unit_amount"] == "650"
    )
    assert flattened({"price": {"id": "p", "unit_amount": 650}})["price.unit_amount"] == 650
    cents = {"id": "p", "value": {"centAmount": 650, "currencyCode": "EUR", "fractionDigits": 2}}
    assert flattened({"price": cents}) == {"price": "6.50", "price.id": "p"}


@pytest.mark.parametrize(
    "other",
    [
        {"id": 1, "amount": 5, "currency": "EUR"},
        {"amount": 5},
        {"amount": "many", "currency": "EUR"},
        {"currency": "EUR"},
        {"centAmount": "1e999999999", "currencyCode": "EUR"},
        {"amount": 5, "divisor": 0, "currency": "EUR"},
    ],
)
def test_an_object_that_is_no_amount_stays_columns(other: dict[str, object]) -> None:
    assert flattened({"x": other}) == {f"x.{key}": value for key, value in other.items()}


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ({"S": "x"}, "x"),
        ({"N": "5"}, "5"),
        ({"NULL": True}, None),
        ({"L": [{"S": "x"}]}, [{"S": "x"}]),
        ({"stringValue": "x"}, "x"),
        ({"arrayValue": {"values": [1]}}, [1]),
        ({"_seconds": 17, "_nanoseconds": 0}, 17),
        ({"seconds": 17, "nanos": 0}, 17),
        ({"__datatype__": "timestamp", "value": {"_seconds": 17, "_nanoseconds": 0}}, 17),
        ({"$ref": "users", "$id": {"$oid": "5f"}}, "5f"),
        ({"edges": [{"node": 1, "cursor": "x"}], "pageInfo": {"hasNextPage": False}}, [1]),
        ({"nodes": [1]}, [1]),
        ({"object": "list", "data": [1], "has_more": False}, [1]),
        ({"totalSize": 1, "done": True, "records": [1]}, [1]),
        ({"7": {"a": 1}, "8": {"a": 2}}, [{"a": 1}, {"a": 2}]),
    ],
)
def test_what_programs_write_around_values_is_taken_off(written: dict[str, object], value: object) -> None:
    assert flattened({"x": written}) == {"x": value}


@pytest.mark.parametrize(
    ("items", "listed"),
    [
        ({"milk": 2, "tea": 1}, [{"sku": "milk", "quantity": 2}, {"sku": "tea", "quantity": 1}]),
        ({"milk": {"qty": 2}}, [{"sku": "milk", "qty": 2}]),
        ({"x1": {"sku": "milk"}, "x2": {"sku": "tea"}}, [{"sku": "milk"}, {"sku": "tea"}]),
        ({"item": [{"sku": "milk"}]}, [{"sku": "milk"}]),
        ({"item": {"sku": "milk"}}, [{"sku": "milk"}]),
        ({"sku": "milk", "qty": 2}, [{"sku": "milk", "qty": 2}]),
    ],
)
def test_items_in_an_object_are_a_list(items: dict[str, object], listed: list[object]) -> None:
    assert flattened({"items": items}) == {"items": listed}
    remarks = {"count": 3, "total_qty": 5, "itemCount": 2}
    for name, value in remarks.items():
        assert flattened({"items": {name: value}}) == {f"items.{name}": value}


CENTS = "".join(
    json.dumps(
        {
            "order_id": at,
            "user_id": f"u{at % 5}",
            "currencyCode": "EUR",
            "lines": [{"sku": f"S{at % 7}", "unitPrice": 995 + at % 7}],
        }
    )
    + "\n"
    for at in range(60)
)


def test_prices_that_may_be_cents_are_not_used_and_named(tmp_path: Path) -> None:
    raw = read(tmp_path, CENTS, "orders.ndjson")
    assert "unit_price" not in raw.lines.columns
    assert [(one.code, one.stops) for one in raw.questions] == [("prices_may_be_cents", False)]
    said = read(tmp_path, CENTS, "orders.ndjson", columns={"unit_price": "unitPrice"})
    assert (said.questions, values(said, "unit_price")[0]) == ((), ("995",))
    for other in (CENTS.replace("EUR", "JPY"), CENTS.replace('"unitPrice": 9', '"unitPrice": 0.9')):
        assert values(read(tmp_path, other, "orders.ndjson"), "unit_price")[1] != (None,)


def test_lines_that_name_their_order_get_its_fields(tmp_path: Path) -> None:
    content = (
        '{"id": "o1", "customer": {"id": "ada"}}\n{"id": "o2", "customer": {"id": "bob"}}\n'
        '{"id": "l1", "sku": "milk", "__parentId": "o1"}\n{"id": "l2", "sku": "tea", "__parentId": "o2"}\n'
        '{"id": "l3", "sku": "tea", "__parentId": "o1"}\n'
    )
    raw = read(tmp_path, content, "orders.jsonl")
    assert values(raw, "user_id", "item_id", "order_id") == [
        ("ada", "milk", "o1"),
        ("bob", "tea", "o2"),
        ("ada", "tea", "o1"),
    ]


def test_maps_of_parquet_are_items_and_what_is_known_of_them(tmp_path: Path) -> None:
    path = tmp_path / "orders.parquet"
    pieces = [[{"key": "milk", "value": 2}, {"key": "tea", "value": 1}], [{"key": "tea", "value": 3}]]
    for items in (
        pieces,
        [[{"key": one["key"], "value": {"qty": one["value"]}} for one in each] for each in pieces],
    ):
        pl.DataFrame({"order_id": [1, 2], "user_id": ["ada", "bob"], "items": items}).write_parquet(path)
        raw = read_files([str(path)])
        expected = [("ada", "milk", "2"), ("ada", "tea", "1"), ("bob", "tea", "3")]
        assert values(raw, "user_id", "item_id", "quantity") == expected


@pytest.mark.parametrize("dtype", [pl.Decimal(10, 2), pl.Float64, pl.String])
def test_structs_of_parquet_that_are_amounts_are_numbers(tmp_path: Path, dtype: pl.DataType) -> None:
    path = tmp_path / "orders.parquet"
    amounts = pl.Series("amount", ["6.50", None, "6.50", "1249.00"]).cast(dtype)
    price = pl.DataFrame({"amount": amounts, "currency": ["EUR"] * 4}).to_struct("price")
    pl.DataFrame({"user_id": ["a"] * 4, "sku": list("wxyz"), "price": price}).write_parquet(path)
    read_prices = [one and float(one) for (one,) in values(read_files([str(path)]), "unit_price")]
    assert read_prices == [6.5, None, 6.5, 1249.0]
