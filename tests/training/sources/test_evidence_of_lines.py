"""What a line is, sale or return, product or shipping, cancelled or not, is read from any column that says so."""

from pathlib import Path

import pytest
from support.order_files import clean, read

from training.orders import Orders
from training.sources.raw_orders import RawOrders

N_ORDERS = 40


def lines(header: str, row: str) -> str:
    """Return a table with a row for each order; ``row`` has ``{n}``, ``{user}``, ``{item}`` in it."""
    rows = (
        row.format(n=n, user=f"c{n % 9}@shop.test", item=f"SK-{n % 7}", day=1 + n % 28)
        for n in range(N_ORDERS)
    )
    return header + "\n" + "\n".join(rows) + "\n"


def questions(raw: RawOrders) -> dict[str, bool]:
    return {question.code: question.stops for question in raw.questions}


def cleaned(directory: Path, header: str, rows: list[str]) -> Orders:
    return clean(directory, "\n".join((header, *rows)) + "\n")


@pytest.mark.parametrize(
    ("name", "word", "no"),
    [
        ("is_cancelled", "true", "false"),
        ("Cancelled", "Yes", "No"),
        ("Storniert", "1", "0"),
        ("cancelled_at", "2025-03-01 10:00:00", "0000-00-00 00:00:00"),
        ("cancelled_at", "2025-03-01 10:00:00", "N/A"),
        ("cancelled_at", "2025-03-01 10:00:00", ""),
        ("Void?", "true", "false"),
        ("Annulering", "Ja", "Nee"),
        ("is_test", "true", "false"),
        ("OXSTORNO", "1", "0"),
        ("deleted_at", "2025-03-01 10:00:00", r"\N"),
    ],
)
def test_a_word_for_no_in_the_column_of_cancellations_cancels_nothing(
    tmp_path: Path, name: str, word: str, no: str
) -> None:
    rows = [f"{n},c{n}@shop.test,SK-1,2025-02-0{n},{word if n == 1 else no}" for n in range(1, 5)]
    orders = cleaned(tmp_path, f"order_id,email,sku,order_date,{name}", rows)
    assert orders.rejected.select("row", "reason").rows() == [(2, "order_cancelled")]


@pytest.mark.parametrize(
    ("name", "sale", "refund"),
    [("Type", "Order", "Refund"), ("Belegart", "Rechnung", "Gutschrift"), ("Sale kind", "order", "return")],
)
def test_a_column_whose_words_tell_sales_from_returns_says_so(
    tmp_path: Path, name: str, sale: str, refund: str
) -> None:
    rows = [f"{n},c{n}@shop.test,SK-1,2025-02-0{n},2,{sale}" for n in range(1, 5)]
    rows.append(f"9,c3@shop.test,SK-1,2025-02-08,2,{refund}")
    orders = cleaned(tmp_path, f"order_id,email,sku,order_date,quantity,{name}", rows)
    assert orders.lines["user_id"].to_list() == ["c1@shop.test", "c2@shop.test", "c4@shop.test"]


def test_a_column_whose_words_tell_products_from_shipping_says_so(tmp_path: Path) -> None:
    rows = [f"{n},c{n}@shop.test,SK-1,2025-02-0{n},line_item" for n in range(1, 5)]
    rows += [f"{n},c{n}@shop.test,flat_rate:3,2025-02-0{n},shipping" for n in range(1, 5)]
    orders = cleaned(tmp_path, "order_id,email,sku,order_date,order_item_type", rows)
    assert orders.lines["item_id"].to_list() == ["SK-1"] * 4


@pytest.mark.parametrize(
    "header",
    ["Shop order,email,sku,order_date,quantity", "order_id,email,sku,order_date,Quantity paid"],
)
def test_a_column_that_would_change_what_is_learned_is_asked_about(tmp_path: Path, header: str) -> None:
    table = lines(header, "{n},{user},{item},2025-02-{day:02},3").replace("\n1,c1", "\n0,c0")
    raw = read(tmp_path, table)
    assert questions(raw).get("unused_column") is True
    (question,) = (one for one in raw.questions if one.code == "unused_column")
    role, name = question.remedy.split("--column ")[1].split(",")[0].split("=")
    for answer in (name.strip("'"), ""):
        assert "unused_column" not in questions(read(tmp_path, table, columns={role: answer}))


def test_codes_with_blanks_between_them_are_several_items(tmp_path: Path) -> None:
    rows = [
        f"{n},c{n % 9}@shop.test,2025-02-{1 + n % 28:02},{n % 5 + 1} {n % 3 + 6}" for n in range(N_ORDERS)
    ]
    raw = read(tmp_path, "\n".join(["order_id,email,order_date,product_id", *rows]) + "\n")
    split = set(raw.lines["item_id"].cast(str).to_list()) == {str(n) for n in range(1, 9)}
    assert split or questions(raw).get("several_items_in_a_cell")


def test_names_with_blanks_are_one_item(tmp_path: Path) -> None:
    rows = [f"{n},c{n % 9}@shop.test,2025-02-{1 + n % 28:02},Mug {n % 5},{n}.50 EUR" for n in range(N_ORDERS)]
    raw = read(tmp_path, "\n".join(["order_id,email,order_date,product,price", *rows]) + "\n")
    assert set(raw.lines["item_id"].cast(str).to_list()) == {f"Mug {n}" for n in range(5)}
    assert not questions(raw)


@pytest.mark.parametrize(
    "row", ["Gesamt,Gesamt,2025-02-28,80", ",Total,2025-02-28,80", "Summe:,Summe:,2025-02-28,80"]
)
def test_the_sum_at_the_end_is_neither_a_shopper_nor_a_product(tmp_path: Path, row: str) -> None:
    rows = [f"c{n}@shop.test,SK-{n % 2},2025-02-0{n},20" for n in range(1, 5)]
    orders = cleaned(tmp_path, "email,sku,order_date,quantity", [*rows, row])
    assert (orders.lines.height, orders.guest_lines.height) == (4, 0)
    assert orders.rejected["reason"].to_list() == ["not_a_purchase"]


def test_a_product_called_total_is_a_product(tmp_path: Path) -> None:
    rows = [f"c{n}@shop.test,Total,2025-02-0{n},20" for n in range(1, 5)]
    assert cleaned(tmp_path, "email,sku,order_date,quantity", rows).lines.height == 4


def test_the_order_of_nested_ga4_events_is_kept(tmp_path: Path) -> None:
    event = (
        '{"event_name": "purchase", "event_timestamp": 1735725600000000, "user_pseudo_id": "1.2", '
        '"ecommerce": {"transaction_id": "T1"}, "items": [{"item_id": "A", "quantity": 2}, {"item_id": "B"}]}\n'
    )
    orders = clean(tmp_path, event, name="events.ndjson")
    assert orders.lines.select("order_id", "item_id").rows() == [("T1", "A"), ("T1", "B")]


@pytest.mark.parametrize(
    ("name", "sale", "other"),
    [
        ("Metric", "Ordered Product", "Viewed Product"),
        ("orderItemType", "product", "shipping"),
        ("Positionstyp", "Artikel", "Versandposition"),
        ("Document type", "Sales Order", "Quotation"),
        ("Belegart", "Rechnung", "Angebot"),
        ("behaviour", "buy", "pv"),
    ],
)
def test_a_column_whose_words_tell_sales_from_what_is_none_says_so(
    tmp_path: Path, name: str, sale: str, other: str
) -> None:
    rows = [f"{n},c{n}@shop.test,SK-1,2025-02-0{n},2,{sale}" for n in range(1, 5)]
    rows.append(f"9,c3@shop.test,SK-2,2025-02-08,2,{other}")
    orders = cleaned(tmp_path, f"order_id,email,sku,order_date,quantity,{name}", rows)
    assert orders.lines["item_id"].unique().to_list() == ["SK-1"]
    assert orders.rejected.select("row", "reason").rows() == [(6, "not_a_purchase")]


def test_how_it_was_paid_is_no_kind_of_line(tmp_path: Path) -> None:
    rows = [
        f"{n},c{n}@shop.test,SK-1,2025-02-0{n},{'Gutschein' if n == 1 else 'Rechnung'}" for n in range(1, 5)
    ]
    assert cleaned(tmp_path, "order_id,email,sku,order_date,Zahlungsart", rows).lines.height == 4


def test_kinds_of_documents_of_which_some_are_unknown_are_asked_about(tmp_path: Path) -> None:
    content = lines("Beleg,E-Mail,SKU,Datum,Belegart", "{n},{user},{item},2025-02-{day},KIND").replace(
        "KIND", "Rechnung", 30
    )
    raw = read(tmp_path, content.replace("KIND", "Lieferschein"))
    assert questions(raw) == {"unknown_events": True}
    assert "“Lieferschein”" in raw.questions[0].text
    assert questions(read(tmp_path, content.replace("KIND", "Lieferschein"), columns={"event": ""})) == {}
    only = read(tmp_path, content.replace("KIND", "Lieferschein"), columns={"event": "Belegart"})
    assert questions(only) == {}


def test_of_two_columns_of_cancellations_each_says_what_was_not_bought(tmp_path: Path) -> None:
    row = "{n},{user},{item},2025-02-{day},no,no"
    content = lines("order_id,email,sku,order_date,cancelled,is_test", row)
    assert questions(read(tmp_path, content)) == {}
    assert questions(read(tmp_path, content.replace("no,no", "yes,no", 3))) == {}
    both = content.replace("no,no", "yes,no", 3).replace("no,no", "no,yes", 3)
    raw = read(tmp_path, both)
    assert questions(raw) == {}
    assert raw.files[0].columns["cancelled_at_2"] == "is_test"
    assert clean(tmp_path, both).lines.height == N_ORDERS - 6


def test_a_test_of_two_pages_cancels_nothing(tmp_path: Path) -> None:
    rows = [f"{n},c{n}@shop.test,SK-1,2025-02-0{n},{'AB'[n % 2]}" for n in range(1, 5)]
    assert cleaned(tmp_path, "order_id,email,sku,order_date,test", rows).lines.height == 4
