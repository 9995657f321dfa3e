"""Columns that say what came back are found by name and values; others with such words are left alone."""

import polars as pl
import pytest

from training.sources.event_words import PURCHASE_EVENTS, RETURN_EVENTS, event_words
from training.sources.refund_columns import find_refunds
from training.sources.table_head import TableHead

NAMES_OF_PIECES = (
    "Refunded quantity",
    "Quantity refunded",
    "qty_refunded",
    "Refunded Qty",
    "returned_quantity",
    "Units Returned",
    "Sku Quantity of return",
    "quantity_cancelled",
    "qty_canceled",
    "Menge storniert",
    "Retournierte Menge",
    "Anzahl Retouren",
    "Quantité remboursée",
    "Quantité retournée",
    "Cantidad devuelta",
    "Cantidad anulada",
    "Quantità resa",
    "Quantità rimborsata",
    "Aantal geretourneerd",
    "Palautettu määrä",
    "Returnerat antal",
    "Ilość zwrócona",
    "Returned items",
    "returnedQuantity",
)
NAMES_OF_MONEY = (
    "Refunded Amount",
    "amount_refunded",
    "Refund amount",
    "Erstatteter Betrag",
    "Montant remboursé",
    "Importe reembolsado",
    "Importo rimborsato",
    "Terugbetaald bedrag",
    "Hyvitetty summa",
    "Återbetalt belopp",
    "Refunded",
)
KINDS = (
    ("sale", "refund"), ("Order", "Return"), ("Invoice", "Credit Memo"), ("Verkauf", "Rückgabe"),
    ("Charge", "Chargeback"),
    ("Rechnung", "Rechnungskorrektur"), ("Vente", "Remboursement"), ("Facture", "Avoir"), ("Venta", "Devolución"),
    ("Factura", "Abono"), ("Vendita", "Reso"), ("Fattura", "Nota di credito"), ("Verkoop", "Retour"),
    ("Factuur", "Creditnota"), ("Myynti", "Palautus"), ("Lasku", "Hyvityslasku"), ("Försäljning", "Retur"),
    ("Köp", "Återköp"), ("Salg", "Retur"), ("Sprzedaż", "Zwrot"), ("Venda", "Estorno"),
)  # fmt: skip


def roles(name: str, *texts: str) -> dict[str, str]:
    """Return what is found beside quantities of one and two."""
    rows = pl.DataFrame({"column_0": ["1", "2"] * (len(texts) // 2), "column_1": texts})
    head = TableHead.of(("quantity", name), rows)
    found = find_refunds(head, {1}, [head.columns[0]])
    asked = {"?": name} if found.questions else {}
    return {role: column.name for role, column in found.found.items()} | asked


@pytest.mark.parametrize("name", NAMES_OF_PIECES)
def test_pieces(name: str) -> None:
    assert list(roles(name, "0", "2", "0", "0")) in (["returned_quantity"], ["cancelled_quantity"])
    assert not roles(name, "0", "0", "0", "0")


@pytest.mark.parametrize("name", NAMES_OF_MONEY)
def test_money(name: str) -> None:
    assert list(roles(name, "0.00", "12.50", "3.20", "0.00")) == ["refunded_amount"]


@pytest.mark.parametrize(
    "name", ["returned", "is_refunded", "Returned at", "Retourniert", "Devuelto", "Palautettu"]
)
@pytest.mark.parametrize("yes", ["true", "ja", "2025-04-01", "x"])
def test_marks(name: str, yes: str) -> None:
    assert list(roles(name, yes, "", "", "")) == ["returned_at"]


@pytest.mark.parametrize(
    "name",
    ["Quantity shipped", "Refundable quantity", "Return window days", "Refund reason", "Returns policy", "Cancel fee",
     "Tax refunded", "Shipping amount refunded", "Refund id", "Return tracking number", "Quantity (- Refund)",
     "refundableQuantity", "Return address"],
)  # fmt: skip
def test_other_columns_with_such_words(name: str) -> None:
    assert not roles(name, "0", "1", "2", "1")


def test_small_numbers_that_may_be_pieces_or_a_yes() -> None:
    assert list(roles("Refunded", "0", "1", "1", "0")) == ["?"]
    assert list(roles("Refunded", "1", "2", "0", "0")) == ["returned_quantity"]


@pytest.mark.parametrize(("sale", "back"), KINDS)
def test_words_for_sales_and_returns(sale: str, back: str) -> None:
    bought, returned = event_words(pl.Series([sale, back]))
    assert bought in PURCHASE_EVENTS
    assert returned in RETURN_EVENTS
    assert list(roles("Kind", back, "", "", "")) == ["returned_at"]
