"""What came back is no purchase, however the export says so; what it does not say is printed or asked about."""

from collections.abc import Callable
from pathlib import Path

import pytest
from support.order_files import clean

from recsvc.errors import OpenQuestionError
from training.orders import CleaningRules, Orders, check_orders
from training.orders.summary import CleaningSummary

ORDERS = 40
LINE = "{order},{shopper},SK-{item},2025-03-{day:02} 10:00:00,{pieces},{price}"
HEADER = "order_id,customer_id,sku,date,quantity,price"
Tail = Callable[[int, int, float, float], str]
"""Order, pieces, price of the line and of the order -> the rest of the line."""


def history(more: str, tail: Tail, *, header: str = HEADER, line: str = LINE) -> str:
    """Return two lines an order, the first of two pieces, with more columns at the end of each."""
    rows = [f"{header},{more}"]
    for order in range(ORDERS):
        first, second = (order % 7, 2, 3.5 + order % 7), (order % 5 + 7, 1, 20.25 + order % 5)
        whole = sum(pieces * price for _, pieces, price in (first, second))
        for item, pieces, price in (first, second):
            text = line.format(
                order=order, shopper=order % 9 + 4, item=item, day=order % 28 + 1, pieces=pieces, price=price
            )
            rows.append(f"{text},{tail(order, pieces, pieces * price, whole)}")
    return "\n".join(rows) + "\n"


def figures(orders: Orders) -> tuple[int, float]:
    """Return lines and pieces that were bought."""
    check_orders(orders, CleaningRules())
    return orders.lines.height, float(orders.lines["quantity"].sum())


def reasons(orders: Orders) -> dict[str, int]:
    """Return how many rows were refused under each reason."""
    return {count.reason.code: count.n_rows for count in orders.summary.reasons if count.n_rows}


def notes(summary: CleaningSummary) -> list[str]:
    return [question.text for question in summary.questions if question.code == "what_came_back"]


@pytest.mark.parametrize("name", ["Refunded quantity", "qty_canceled", "Menge storniert"])
def test_pieces_that_came_back_are_subtracted(tmp_path: Path, name: str) -> None:
    """Every fifth order: one of two pieces of the first line, and all of the second line."""
    orders = clean(tmp_path, history(name, lambda order, *_: str(int(order % 5 == 0))))
    assert figures(orders) == (2 * ORDERS - 8, 3 * ORDERS - 16)
    assert reasons(orders) == {"refunded": 8}
    assert notes(orders.summary) == [
        "Of 8 lines some pieces came back or were never sent; they count with the others."
    ]


def test_pieces_refunded_and_cancelled_add_up(tmp_path: Path) -> None:
    names = "qty_invoiced,qty_shipped,qty_refunded,qty_canceled"
    text = history(
        names,
        lambda order, pieces, *_: ",".join(
            map(str, (pieces, pieces, int(order == 3 and pieces == 2), int(order == 3 and pieces == 2)))
        ),
    )
    orders = clean(tmp_path, text.replace("quantity", "qty_ordered"))
    assert figures(orders) == (2 * ORDERS - 1, 3 * ORDERS - 2)


@pytest.mark.parametrize("sign", ["-", ""])
def test_a_quantity_from_which_returns_are_subtracted_already_stays(tmp_path: Path, sign: str) -> None:
    text = history(
        "Returned quantity", lambda order, pieces, *_: f"{sign}{3 * pieces if order % 5 == 0 else 0}"
    )
    assert figures(clean(tmp_path, text)) == (2 * ORDERS, 3 * ORDERS)


def test_more_back_than_bought_now_and_then_is_asked_about(tmp_path: Path) -> None:
    orders = clean(tmp_path, history("Returned quantity", lambda order, *_: str(1 if order % 5 else 3)))
    with pytest.raises(
        OpenQuestionError, match=r"more came back than was bought.*--column returned_quantity="
    ):
        check_orders(orders, CleaningRules())


@pytest.mark.parametrize("name", ["Refunded Amount", "Refunded"])
def test_a_line_that_was_paid_back_came_back(tmp_path: Path, name: str) -> None:
    orders = clean(
        tmp_path,
        history(name, lambda order, pieces, line, _: f"{line * (order % 5 == 0 and pieces == 1):.2f}"),
    )
    assert (figures(orders)[0], reasons(orders)) == (2 * ORDERS - 8, {"refunded": 8})
    assert not notes(orders.summary)


@pytest.mark.parametrize("where", ["on all lines", "on the first line"])
def test_an_order_that_was_paid_back_came_back(tmp_path: Path, where: str) -> None:
    def tail(order: int, pieces: int, _: float, whole: float) -> str:
        back = {0: whole, 1: whole / 2}.get(order % 5, 0)
        return f"{back:.2f}" if where == "on all lines" or pieces == 2 else ""

    orders = clean(tmp_path, history("Refunded Amount", tail))
    assert (figures(orders)[0], reasons(orders)) == (2 * ORDERS - 16, {"refunded": 16})
    assert notes(orders.summary) == [
        "8 orders were paid back in part, by an amount alone, which does not say for what: all their lines were kept."
    ]


def test_what_each_shopper_got_back_in_all_is_no_amount_of_an_order(tmp_path: Path) -> None:
    text = history("Total refunds", lambda order, *_: f"{900.5 * (order % 2)}")
    with pytest.raises(OpenQuestionError, match="no amount of these orders"):
        check_orders(clean(tmp_path, text), CleaningRules())


@pytest.mark.parametrize(
    ("name", "yes", "no"),
    [("returned", "true", "false"), ("Retourniert", "ja", "nein"), ("Returned at", "2025-04-01", "")],
)
def test_a_line_that_is_marked_came_back(tmp_path: Path, name: str, yes: str, no: str) -> None:
    orders = clean(
        tmp_path, history(name, lambda order, pieces, *_: yes if order % 5 == 0 and pieces == 1 else no)
    )
    assert (figures(orders)[0], reasons(orders)) == (2 * ORDERS - 8, {"refunded": 8})


def test_a_number_under_refunded_that_may_be_pieces_or_a_yes_is_asked_about(tmp_path: Path) -> None:
    text = history("Refunded", lambda order, *_: str(int(order % 5 == 0)))
    with pytest.raises(
        OpenQuestionError, match=r"--column returned_quantity='Refunded'.*returned_at='Refunded'"
    ):
        check_orders(clean(tmp_path, text), CleaningRules())


def returns(tail: str, sign: str = "-", pieces: str = "2") -> str:
    """Return rows that take back what five orders say in their first line, each in the same order."""
    line = "{order},{shopper},SK-{item},2025-03-30 10:00:00,{pieces},{sign}{price},{tail}"
    return "".join(
        line.format(order=n, shopper=n + 4, item=n, pieces=pieces, sign=sign, price=3.5 + n, tail=tail) + "\n"
        for n in range(5)
    )


@pytest.mark.parametrize("name", ["is_return", "returned"])
def test_marked_rows_beside_the_purchase_are_returns(tmp_path: Path, name: str) -> None:
    orders = clean(tmp_path, history(name, lambda *_: "false") + returns("true", sign=""))
    assert figures(orders)[0] == 2 * ORDERS - 5
    assert reasons(orders) == {"return": 5, "returned": 5}


def test_rows_with_a_price_below_zero_take_their_purchase_back(tmp_path: Path) -> None:
    orders = clean(tmp_path, history("note", lambda *_: "") + returns(""))
    assert reasons(orders) == {"return": 5, "returned": 5}
    assert figures(orders) == (2 * ORDERS - 5, 3 * ORDERS - 10)


def test_rows_with_an_amount_below_zero_take_their_purchase_back(tmp_path: Path) -> None:
    text = history("Line total", lambda _order, _pieces, line, _whole: f"{line:.2f}")
    back = "".join(f"{n},{n + 4},SK-{n},2025-03-30 10:00:00,2,{3.5 + n},{-7 - 2 * n:.2f}\n" for n in range(5))
    orders = clean(tmp_path, text + back)
    assert reasons(orders) == {"return": 5, "returned": 5}


def test_amounts_without_quantities_take_their_purchase_back(tmp_path: Path) -> None:
    text = history(
        "note",
        lambda *_: "",
        header="order_id,customer_id,sku,date,Amount",
        line=LINE.replace("{pieces},", ""),
    )
    back = "".join(f"{n},{n + 4},SK-{n},2025-03-30 10:00:00,{-3.5 - n},\n" for n in range(5))
    orders = clean(tmp_path, text + back)
    assert reasons(orders) == {"return": 5, "returned": 5}
    assert orders.lines["unit_price"].null_count() == 0


def test_a_reduction_on_the_line_of_a_product_takes_nothing_back(tmp_path: Path) -> None:
    reductions = "".join(f"{n},{n + 4},SK-{n},2025-03-{n + 1:02} 10:00:00,1,-0.50,\n" for n in range(5))
    orders = clean(tmp_path, history("note", lambda *_: "") + reductions)
    assert figures(orders) == (2 * ORDERS, 3 * ORDERS)
    assert reasons(orders) == {"negative_price": 5}
    assert notes(orders.summary)[0].startswith("5 rows have an amount below zero that is no price")


@pytest.mark.parametrize(
    ("name", "sale", "back"),
    [("transaction_type", "Sale", "Refund"), ("Line type", "Charge", "Chargeback"),
     ("Belegart", "Rechnung", "Gutschrift"), ("Kind", "", "refund"), ("transaction_type", "", "Retour")],
)  # fmt: skip
def test_a_column_that_tells_sales_from_returns_decides(
    tmp_path: Path, name: str, sale: str, back: str
) -> None:
    orders = clean(tmp_path, history(name, lambda *_: sale) + returns(back, sign=""))
    check_orders(orders, CleaningRules())
    assert reasons(orders) == {"return": 5, "returned": 5}
