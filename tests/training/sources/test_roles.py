"""Names propose which column is what, values decide, and what contradicts itself is asked about."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
from support.order_files import clean, read, read_files, values, write

from recsvc.errors import OpenQuestionError, UnusableExportError
from training.orders import CleaningRules, check_orders
from training.sources.raw_orders import RawOrders

SHOPPERS, ITEMS = 9, 7


def table(n_rows: int = 60, **columns: str) -> str:
    """Return a table; in the texts, {line}, {order} (two lines each), {user} and {item} are numbers."""
    rows = [",".join(name.replace("_", " ") for name in columns)]
    for line in range(n_rows):
        numbers = {"line": 500 + line, "order": line // 2, "user": line // 2 % SHOPPERS, "item": line % ITEMS}
        rows.append(",".join(text.format(**numbers) for text in columns.values()))
    return "\n".join(rows) + "\n"


def columns_of(raw: RawOrders) -> Mapping[str, str]:
    return raw.files[0].columns


def codes(raw: RawOrders) -> list[tuple[str, bool]]:
    return [(question.code, question.stops) for question in raw.questions]


def test_a_column_that_never_repeats_is_no_item(tmp_path: Path) -> None:
    raw = read(tmp_path, table(item_id="{line}", sku="A{item}", customer_id="c{user}"))
    assert columns_of(raw)["item_id"] == "sku"


def test_an_item_that_never_repeats_is_asked_about_where_there_is_no_other(tmp_path: Path) -> None:
    content = table(300, item_id="{line}", customer_id="c{user}", order_id="{order}")
    assert codes(read(tmp_path, content)) == [("item_is_line_key", True)]
    with pytest.raises(OpenQuestionError, match=r"'item id' would be the item.*“500”.*--column item_id="):
        check_orders(clean(tmp_path, content), CleaningRules())
    assert codes(read(tmp_path, content, columns={"item_id": "item id"})) == []


def test_an_item_has_one_title(tmp_path: Path) -> None:
    raw = read(
        tmp_path, table(product_id="{order}", sku="A{item}", title="Thing {item}", email="c{user}@s.test")
    )
    assert columns_of(raw)["item_id"].startswith("sku")


def test_an_order_has_one_shopper(tmp_path: Path) -> None:
    content = table(invoice="{item}", order_number="{order}", customer_id="c{user}", sku="A{item}")
    assert columns_of(read(tmp_path, content))["order_id"] == "order number"
    anew = table(order_number="{item}", customer_id="c{user}", sku="A{item}")
    raw = read(tmp_path, anew)
    assert codes(raw) == [("order_of_several_shoppers", True)]
    assert codes(read(tmp_path, anew, columns={"order_id": ""})) == []


def test_names_of_people_beside_an_email_are_no_ids(tmp_path: Path) -> None:
    content = table(customer="Anna Smith{user}", email="c{user}@s.test", sku="A{item}")
    named = content.replace("Smith0", "Smith").replace("Smith1", "Jones").replace("Smith2", "Brown")
    for digit, name in enumerate("abcdefghi"):
        named = named.replace(f"Smith{digit}", f"Sm{name}th")
    assert columns_of(read(tmp_path, named))["user_id"] == "email"


def test_a_column_named_id_is_the_order_where_it_holds_several_lines_of_one_shopper(tmp_path: Path) -> None:
    assert columns_of(read(tmp_path, table(id="{order}", user="u{user}", sku="A{item}")))["order_id"] == "id"
    assert "order_id" not in columns_of(read(tmp_path, table(id="{line}", user="u{user}", sku="A{item}")))


@pytest.mark.parametrize("price_of_line", [True, False])
def test_a_price_that_grows_with_the_quantity_is_that_of_the_line(
    tmp_path: Path, price_of_line: bool
) -> None:
    rows = [(f"u{at % 5}", f"A{at % 4}", 1 + at // 4 % 3) for at in range(48)]
    lines = [
        f"{user},{item},{quantity},{(int(item[1]) + 2) * (quantity if price_of_line else 1)}.50"
        for user, item, quantity in rows
    ]
    orders = clean(tmp_path, "user,sku,qty,price\n" + "\n".join(lines) + "\n")
    assert orders.summary.files[0].price_of_line is price_of_line


def test_the_price_of_a_line_is_divided_by_its_pieces(tmp_path: Path) -> None:
    rows = [(user, item, quantity) for user in "abc" for item in (2, 3, 5) for quantity in (1, 2, 4)]
    lines = [f"{user},A{item},{quantity},{item * quantity}" for user, item, quantity in rows]
    lines = clean(tmp_path, "user,sku,qty,line total\n" + "\n".join(lines) + "\n").lines
    assert {(item, price) for item, price in lines.select("item_id", "unit_price").rows()} == {
        ("A2", 2.0),
        ("A3", 3.0),
        ("A5", 5.0),
    }


def test_a_time_of_day_is_joined_to_the_date(tmp_path: Path) -> None:
    raw = read(tmp_path, "user,sku,date,time\nada,milk,2024-03-01,17:56\nbob,milk,2024-03-02,\n")
    assert values(raw, "ordered_at") == [("2024-03-01 17:56",), ("2024-03-02",)]
    assert columns_of(raw)["ordered_at"] == "date with time"


def test_each_status_column_may_say_that_nothing_was_bought(tmp_path: Path) -> None:
    rows = "ada,milk,shipped,shipped\nada,tea,shipped,cancelled\nada,rum,cancelled,\n"
    content = f"user,sku,order status,item status\n{rows}"
    assert clean(tmp_path, content).lines["item_id"].to_list() == ["milk"]


def test_a_state_of_a_country_is_no_status(tmp_path: Path) -> None:
    raw = read(tmp_path, "user,sku,state\nada,milk,NY\nbob,milk,CA\n")
    assert "status" not in columns_of(raw)


def test_one_row_for_each_piece_is_no_copy(tmp_path: Path) -> None:
    pieces = "order id,order item id,customer id,sku\n" + "".join(
        f"{order},{order}{piece},c{order % 4},A{order % 3}\n" for order in range(40) for piece in range(2)
    )
    assert clean(tmp_path, pieces).lines.height == 80


@pytest.mark.parametrize(
    ("columns", "noun"),
    [
        ({"geboren": "1990-03-{user}1"}, "a date"),
        ({"bestellung_kasse": "B{order}"}, "an order number"),
        ({"menge_gesamt": "{item}"}, "a quantity"),
    ],
)
def test_what_looks_useful_and_is_not_used_is_named(
    tmp_path: Path, columns: dict[str, str], noun: str
) -> None:
    raw = read(tmp_path, table(user="u{user}", sku="A{item}", **columns))
    assert codes(raw) == [("unused_column", True)]
    assert f"looks like {noun}" in raw.questions[0].text


def test_days_on_which_shoppers_came_are_the_dates_whatever_they_are_called(tmp_path: Path) -> None:
    raw = read(
        tmp_path,
        table(user="u{user}", sku="A{item}", kassenzeit="2024-03-{item}1", geboren="1990-03-{user}1"),
    )
    assert columns_of(raw)["ordered_at"] == "kassenzeit"
    assert codes(raw) == [("date_by_values", False)]


def test_events_of_which_no_word_is_known_are_asked_about(tmp_path: Path) -> None:
    content = "user,sku,event\nada,milk,zip\nada,tea,zap\n"
    assert codes(read(tmp_path, content)) == [("unknown_events", True)]
    assert codes(read(tmp_path, content, columns={"event": ""})) == []
    assert codes(read(tmp_path, content.replace("zip", "Sale"))) == []


def test_of_two_columns_with_one_name_the_filled_one_counts(tmp_path: Path) -> None:
    content = "email,sku,email,sku\n,,a@s.test,milk\n,,b@s.test,tea\n"
    assert values(read(tmp_path, content), "user_id", "item_id") == [
        ("a@s.test", "milk"),
        ("b@s.test", "tea"),
    ]
    mapped = read(tmp_path, content, columns={"user_id": "email", "item_id": "sku"})
    assert values(mapped, "user_id", "item_id") == [("a@s.test", "milk"), ("b@s.test", "tea")]


def files(directory: Path, *contents: str) -> Sequence[str]:
    return [write(directory, content, f"{number}.csv") for number, content in enumerate(contents)]


def test_files_with_the_same_columns_are_understood_together(tmp_path: Path) -> None:
    whole = table(item_id="{line}", sku="A{item}", customer_id="c{user}").splitlines(keepends=True)
    paths = files(tmp_path, "".join(whole[:4]), whole[0] + "".join(whole[4:]))
    raw = read_files(paths)
    assert [file.columns["item_id"] for file in raw.files] == ["sku", "sku"]


def test_a_number_that_begins_anew_with_each_order_is_no_item(tmp_path: Path) -> None:
    rows = [f"{order},u{order % 5},{at + 1},A{(order + at) % 6}" for order in range(20) for at in range(2)]
    content = "order id,user id,item no,product\n" + "\n".join(rows) + "\n"
    assert columns_of(read(tmp_path, content))["item_id"] == "product"
    without = content.replace("product", "remark")
    assert codes(read(tmp_path, without)) == [("item_is_line_number", True)]


def test_a_title_is_the_item_where_nothing_else_is(tmp_path: Path) -> None:
    content = table(order_id="{order}", email="u{user}@s.test", name="Thing {item}")
    assert columns_of(read(tmp_path, content))["item_id"] == "name"
    shopper = table(order_id="{order}", email="u{user}@s.test", name="N{user}")
    with pytest.raises(UnusableExportError, match="no column for item_id"):
        read(tmp_path, shopper)


def test_shoppers_who_never_come_again_are_named(tmp_path: Path) -> None:
    content = table(80, order_id="{order}", customer_id="c{order}", sku="A{item}")
    assert codes(read(tmp_path, content)) == [("users_of_one_order", False)]


NUMERALS = str.maketrans("0123456789", "abcdefghij")


def test_no_question_names_a_shopper(tmp_path: Path) -> None:
    header, *rows = table(customer_name="Ada Lovelace-{user}", product="{item}").splitlines()
    raw = read(tmp_path, "\n".join([header, *(row.translate(NUMERALS) for row in rows)]))
    assert "users_are_names" in [code for code, _ in codes(raw)]
    assert "Lovelace" not in str(raw.questions)
    raw = read(tmp_path, table(user="visit{order}", order="{order}", sku="A{item}"))
    assert "users_of_one_order" in [code for code, _ in codes(raw)]
    assert "visit" not in str(raw.questions)


EPOCHS = [1_767_427_200 + 25_200 * at for at in range(60)]


@pytest.mark.parametrize("factor", [1, 1000, 1_000_000, 1_000_000_000])
@pytest.mark.parametrize("name", ["order_ts", "boughtMs", "zeit", "epoch", "server_time"])
def test_seconds_since_1970_under_any_name_of_a_time_are_the_date(
    tmp_path: Path, name: str, factor: int
) -> None:
    rows = "".join(f"u{at % 7},A{at % 5},{at},{second * factor}\n" for at, second in enumerate(EPOCHS))
    raw = read(tmp_path, f"user_id,sku,order_id,{name}\n{rows}")
    assert raw.files[0].columns["ordered_at"] == name
    assert [one.stops for one in raw.questions] in ([], [False])


@pytest.mark.parametrize(
    ("name", "first", "codes"),
    [
        ("x1", EPOCHS[0], ["unused_column"]),
        ("phone", 1_555_000_000, []),
        ("x1", 2_125_550_000, []),
        ("cat_no", 17, []),
    ],
)
def test_numbers_that_may_be_seconds_are_asked_about(
    tmp_path: Path, name: str, first: int, codes: list[str]
) -> None:
    rows = "".join(f"u{at % 7},A{at % 5},{at},{first + 25_200 * at}\n" for at in range(60))
    raw = read(tmp_path, f"user_id,sku,order_id,{name}\n{rows}")
    assert "ordered_at" not in raw.files[0].columns
    assert [one.code for one in raw.questions] == codes
    assert all(one.stops for one in raw.questions)
