"""Columns under names that nobody knows are told by their values, which is said, or are asked about."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from support.order_files import clean, read
from support.shapes.history import Line, base_history, name_of, title_of

from training.sources.raw_orders import RawOrders

HISTORY = base_history(n_shoppers=20, n_products=12, n_orders=80)
CELLS = {
    "order": lambda line: f"V{line.order}",
    "user": lambda line: f"u{line.shopper}",
    "email": lambda line: f"c{line.shopper}@shop.test",
    "name": lambda line: name_of(line.shopper),
    "clerk": lambda line: f"clerk{line.order % 3}@shop.test",
    "day": lambda line: line.at.strftime("%d.%m.%Y"),
    "item": lambda line: f"A{line.product}",
    "title": lambda line: title_of(line.product),
    "pieces": lambda line: str(line.pieces),
    "price": lambda line: f"{line.cents / 100:.2f}",
    "shop": lambda _: "Corner Shop Ltd",
    "total": lambda line: f"{line.pieces * line.cents / 100:.2f}",
    "place": lambda line: str(line.place),
    "line": lambda line: str(7 * line.number + 3),
    "group": lambda line: f"G{line.shopper % 4}",
    "half": lambda line: f"H{line.order // 2}",
    "status": lambda line: "shipped" if line.bought else "cancelled",
}


def table(columns: Sequence[str], lines: Sequence[Line] = HISTORY.lines) -> str:
    """Return a table; ``Name=cell`` says what is in a column, a cell alone is a column of this name."""
    named = [column.rpartition("=") for column in columns]
    header = ",".join(name or cell for name, _, cell in named)
    return (
        "\n".join([header, *(",".join(CELLS[cell](line) for _, _, cell in named) for line in lines)]) + "\n"
    )


def taken(raw: RawOrders) -> dict[str, str]:
    return dict(raw.files[0].columns)


def asked(raw: RawOrders) -> list[tuple[str, bool]]:
    return [(question.code, question.stops) for question in raw.questions]


KNOWN = ("order_id=order", "customer_id=user", "order_date=day", "sku=item", "quantity=pieces", "price=price")


@pytest.mark.parametrize(
    ("known", "cell", "role", "code"),
    [
        ("order_id=order", "order", "order_id", "order_by_values"),
        ("customer_id=user", "email", "user_id", "user_by_values"),
        ("order_date=day", "day", "ordered_at", "date_by_values"),
    ],
)
def test_a_column_that_can_only_be_this_is_taken_and_said(
    tmp_path: Path, known: str, cell: str, role: str, code: str
) -> None:
    columns = [f"Xyz={cell}" if one == known else one for one in KNOWN]
    raw = read(tmp_path, table([*columns, "group", "City=title"]))
    assert taken(raw)[role] == "Xyz"
    assert asked(raw) == [(code, False)]
    assert asked(read(tmp_path, table(columns), columns={role: "Xyz"})) == []


def test_quantity_and_price_are_what_multiplies_to_a_third_column(tmp_path: Path) -> None:
    raw = read(tmp_path, table([*KNOWN[:4], "Xa=total", "Xb=price", "Xc=pieces"]))
    assert (taken(raw)["quantity"], taken(raw)["unit_price"]) == ("Xc", "Xb")
    assert asked(raw) == [("quantity_by_values", False), ("price_by_values", False)]


def test_a_quantity_that_no_price_shows_is_asked_about(tmp_path: Path) -> None:
    raw = read(tmp_path, table([*KNOWN[:4], "Xa=pieces"]))
    assert "quantity" not in taken(raw)
    assert asked(raw) == [("unused_column", True)]


def test_places_of_lines_in_their_orders_are_no_quantity(tmp_path: Path) -> None:
    assert asked(read(tmp_path, table([*KNOWN[:4], "Xa=place"]))) == []


def test_a_price_that_nothing_multiplies_is_named(tmp_path: Path) -> None:
    raw = read(tmp_path, table([*KNOWN[:5], "Xa=price"]))
    assert asked(raw) == [("unused_column", False)]
    assert "'Xa' looks like a price" in raw.questions[0].text


def test_a_title_under_any_name_is_the_text_with_one_item(tmp_path: Path) -> None:
    assert taken(read(tmp_path, table([*KNOWN, "Xa=title", "Xb=name"])))["title"] == "Xa"


def test_what_says_the_same_of_all_items_is_no_title_beside_one_that_does_not(tmp_path: Path) -> None:
    raw = read(tmp_path, table([*KNOWN, "Name=shop", "Bezeichnung=title"]))
    assert taken(raw)["title"] == "Bezeichnung"
    assert taken(raw)["item_id"] == "sku, then Bezeichnung"
    assert taken(read(tmp_path, table([*KNOWN, "Name=shop"])))["title"] == "Name", "later rows may differ"


def test_a_group_of_shoppers_is_no_order(tmp_path: Path) -> None:
    raw = read(tmp_path, table([*KNOWN[1:], "Xa=group", "Xb=name"]))
    assert "order_id" not in taken(raw)
    assert asked(raw) == []


def test_an_order_without_a_date_beside_it_is_asked_about(tmp_path: Path) -> None:
    raw = read(tmp_path, table(["customer_id=user", "sku=item", "Xa=order"]))
    assert asked(raw) == [("unused_column", True)]
    assert "'Xa' looks like an order number" in raw.questions[0].text


def test_two_columns_of_addresses_are_asked_about_unless_orders_tell(tmp_path: Path) -> None:
    columns = ["order_date=day", "sku=item", "Xa=email", "Xb=clerk"]
    assert ("several_addresses", True) in asked(read(tmp_path, table(columns)))


def test_an_address_of_somebody_else_does_not_stand_in_for_a_blank_id(tmp_path: Path) -> None:
    assert taken(read(tmp_path, table([*KNOWN, "Xa=clerk"])))["user_id"] == "customer_id"
    assert taken(read(tmp_path, table([*KNOWN, "Xa=email"])))["user_id"] == "customer_id, then Xa"


@pytest.mark.parametrize("first", ["name", "email"])
def test_a_name_is_no_id_where_an_address_is_beside_it(tmp_path: Path, first: str) -> None:
    last = "email" if first == "name" else "name"
    names = {"name": "Buyer Name=name", "email": "Purchase Contact=email"}
    raw = read(tmp_path, table([names[first], *KNOWN[2:], "order_id=order", names[last]]))
    assert taken(raw)["user_id"] == "Purchase Contact"


def test_a_name_that_is_all_there_is_of_the_shopper_is_used_and_said(tmp_path: Path) -> None:
    raw = read(tmp_path, table(["Name=name", *KNOWN[2:], "order_id=order"]))
    assert taken(raw)["user_id"] == "Name"
    assert "title" not in taken(raw)
    assert asked(raw) == [("users_are_names", False)]


@pytest.mark.parametrize("beside", ["Seller SKU", "SKU ID", "Regal-Nr"])
def test_an_id_beats_a_title(tmp_path: Path, beside: str) -> None:
    columns = [one for one in KNOWN if one != "sku=item"]
    raw = read(tmp_path, table([*columns, "Product Name=title", f"{beside}=item"]))
    assert taken(raw)["item_id"].startswith(beside)


def test_a_price_beside_a_title_is_no_id(tmp_path: Path) -> None:
    columns = [one for one in KNOWN if one != "sku=item"]
    raw = read(tmp_path, table([*columns, "Product Name=title", "List=price"]))
    assert taken(raw)["item_id"] == "Product Name"


def test_words_that_say_that_orders_came_to_nothing_are_a_status_under_any_name(tmp_path: Path) -> None:
    orders = clean(tmp_path, table([*KNOWN, "Zustand=status"]))
    assert orders.lines.height == sum(line.bought for line in HISTORY.lines)
    assert "status" not in taken(read(tmp_path, table([*KNOWN, "Marital Status=group"])))


def test_rows_of_one_piece_each_are_counted(tmp_path: Path) -> None:
    pieces = [line for line in HISTORY.lines for _ in range(line.pieces)]
    numbered = table([*KNOWN[:4]], pieces).splitlines()
    units = [f"{row},{'id_unit' if at == 0 else 900 + 3 * at}" for at, row in enumerate(numbered)]
    assert clean(tmp_path, "\n".join(units) + "\n").lines.height == len(pieces)
    # Numbers of the rows are no units: the same row twice is a copy.
    rows = [f"{row},{'index' if at == 0 else at}" for at, row in enumerate(numbered)]
    assert clean(tmp_path, "\n".join(rows) + "\n").lines.height == len(HISTORY.lines)


def test_days_with_dots_are_dates_and_no_numbers(tmp_path: Path) -> None:
    raw = read(tmp_path, table(["customer_id=user", "sku=item", "Geburtstag=day", "Wann=day"]))
    assert ("unused_column", True) in asked(raw)


def test_headings_of_orders_give_their_lines_what_they_say(tmp_path: Path) -> None:
    rows = []
    for at in range(20):
        rows += [f"{at},u{at % 4}@s.test,2025-02-01,,5", f"{at},,,A1,2", f"{at},,,A2,3"]
    orders = clean(tmp_path, "order id,email,order date,sku,quantity\n" + "\n".join(rows) + "\n")
    assert (orders.lines.height, orders.lines["quantity"].sum()) == (40, 100.0)
    assert orders.lines["user_id"].n_unique() == 4


def test_lines_without_an_item_below_others_stay_and_are_counted(tmp_path: Path) -> None:
    rows = [row for at in range(20) for row in (f"{at},u{at % 4},A1", f"{at},u{at % 4},")]
    orders = clean(tmp_path, "order id,user id,sku\n" + "\n".join(rows) + "\n")
    assert {one.reason.code: one.n_rows for one in orders.summary.reasons}["missing_item"] == 20


def test_pieces_that_are_seldom_one_are_shown_by_the_price(tmp_path: Path) -> None:
    lines = tuple(replace(line, pieces=line.pieces + line.order % 2) for line in HISTORY.lines)
    columns = (*KNOWN[:4], "Wieviel=pieces", "Umsatz=total")
    raw = read(tmp_path, table(columns, lines))
    assert taken(raw)["quantity"] == "Wieviel"
    assert asked(raw) == [("quantity_by_values", False)]


def test_the_id_of_a_channel_is_no_quantity(tmp_path: Path) -> None:
    raw = read(tmp_path, table((*KNOWN[:4], "sales_channel_id=pieces")))
    assert ("unused_column", True) not in asked(raw)
    assert ("unused_column", True) in asked(read(tmp_path, table((*KNOWN[:4], "Wieviel=pieces"))))
