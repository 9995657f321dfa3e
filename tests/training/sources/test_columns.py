"""Columns are found by name, in several languages, or asked for."""

import polars as pl
import pytest

from recsvc.errors import UnusableExportError
from training.sources.recognition import recognise_columns
from training.sources.table_head import TableHead


def found(header: str) -> dict[str, str]:
    return recognise_columns("orders.csv", TableHead(tuple(header.split(","))), {}).mapping


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (
            "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country",
            "CustomerID,StockCode,InvoiceDate,InvoiceNo,Quantity,UnitPrice,Description",
        ),
        (
            "Invoice,StockCode,Description,Quantity,InvoiceDate,Price,Customer ID,Country",
            "Customer ID,StockCode,InvoiceDate,Invoice,Quantity,Price,Description",
        ),
        (
            "customer_id,item_id,timestamp,quantity,order_id,price,title",
            "customer_id,item_id,timestamp,order_id,quantity,price,title",
        ),
        (
            "Kundennummer,Artikelnummer,Bestelldatum,Bestellnummer,Menge,Einzelpreis,Bezeichnung",
            "Kundennummer,Artikelnummer,Bestelldatum,Bestellnummer,Menge,Einzelpreis,Bezeichnung",
        ),
        (
            "Numéro client,Code article,Date commande,Numéro de commande,Quantité,Prix unitaire,Désignation",
            "Numéro client,Code article,Date commande,Numéro de commande,Quantité,Prix unitaire,Désignation",
        ),
        (
            "ID klienta,Kod produktu,Data zamówienia,Numer zamówienia,Ilość,Cena,Nazwa",
            "ID klienta,Kod produktu,Data zamówienia,Numer zamówienia,Ilość,Cena,Nazwa",
        ),
        (
            "Kundenr.,Varenr.,Dato,Ordrenummer,Antal,Enhedspris,Varenavn",
            "Kundenr.,Varenr.,Dato,Ordrenummer,Antal,Enhedspris,Varenavn",
        ),
        (
            "ID cliente,Código producto,Fecha pedido,Número pedido,Cantidad,Precio unitario,Descripción",
            "ID cliente,Código producto,Fecha pedido,Número pedido,Cantidad,Precio unitario,Descripción",
        ),
    ],
)
def test_columns_are_recognised_without_a_mapping(header: str, expected: str) -> None:
    names = ("user_id", "item_id", "ordered_at", "order_id", "quantity", "unit_price", "title")
    assert found(header) == dict(zip(names, expected.split(","), strict=True))


def test_event_logs_are_recognised() -> None:
    mapping = found("event_time,event_type,product_id,category_id,brand,price,user_id,user_session")
    assert (mapping["event"], mapping["user_id"], mapping["ordered_at"]) == (
        "event_type",
        "user_id",
        "event_time",
    )


def test_blank_stock_keeping_units_give_way_to_the_name() -> None:
    assert found("email,sku,product name")["item_id"] == "sku, then product name"


def test_blank_customers_give_way_to_the_email() -> None:
    assert found("customer_id,email,item_id")["user_id"] == "customer_id, then email"


@pytest.mark.parametrize(
    ("header", "message"),
    [
        (
            "item_id,order_id,zone",
            r"no column for user_id; found were item_id.*--column user_id=<one of the columns>",
        ),
        ("user_id,zone", r"no column for item_id;.*'zone'.*--column item_id="),
        ("zone,area", r"no column for user_id and item_id; found were none"),
        ("product_id,brand,price", "looks like a product catalogue"),
    ],
)
def test_missing_columns_are_named_with_the_ones_there(header: str, message: str) -> None:
    with pytest.raises(UnusableExportError, match=message):
        found(header)


@pytest.mark.parametrize(
    ("customer", "email", "user"),
    [
        ("c1", "a@b.c", "c1"),
        (None, "a@b.c", "a@b.c"),
        (" N/A ", "a@b.c", "a@b.c"),
        ("0", "a@b.c", "a@b.c"),
        ("Guest", "null", None),
        (None, None, None),
        ("nobody", None, "nobody"),
    ],
)
def test_what_is_blank_in_one_row_is_taken_from_the_next_column(
    customer: str | None, email: str | None, user: str | None
) -> None:
    plan = recognise_columns("orders.csv", TableHead(("customer_id", "email", "item_id")), {})
    table = pl.DataFrame(
        {
            "row": [1, 2],
            "malformed": [False, False],
            "column_0": [customer, "c2"],
            "column_1": pl.Series([email, "d@e.f"], dtype=pl.String),
            "column_2": ["tea", "tea"],
        }
    )
    assert plan.canonical(table)["user_id"].to_list() == [user, "c2"]
