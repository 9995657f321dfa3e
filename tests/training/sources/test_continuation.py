"""Rows that leave blank what an earlier row of their order says get it from there."""

from pathlib import Path

from support.order_files import clean, read, values

HEADER = "order id,email,created at,status,sku\n"


def test_rows_get_the_fields_of_their_order(tmp_path: Path) -> None:
    rows = "".join(f"{at},u{at}@s.test,2024-03-01,paid,A1\n{at},,,,A2\n" for at in range(4))
    raw = read(tmp_path, HEADER + rows)
    assert values(raw, "user_id", "ordered_at", "status")[:2] == [("u0@s.test", "2024-03-01", "paid")] * 2
    assert clean(tmp_path, HEADER + rows).lines.height == 8


def test_rows_below_a_merged_cell_get_the_fields_of_the_row_above(tmp_path: Path) -> None:
    rows = "".join(f"{at},u{at}@s.test,2024-03-01,paid,A1\n,,,,A2\n" for at in range(4))
    raw = read(tmp_path, HEADER + rows)
    assert values(raw, "order_id", "user_id", "item_id")[2:4] == [
        ("1", "u1@s.test", "A1"),
        ("1", "u1@s.test", "A2"),
    ]


def test_an_order_of_a_guest_stays_one(tmp_path: Path) -> None:
    rows = "".join(f"{at},,2024-03-01,paid,A1\n{at},,,,A2\n" for at in range(4))
    assert clean(tmp_path, HEADER + rows).summary.n_guest_purchases == 8


def test_orders_of_guests_do_not_hide_how_the_file_is_written(tmp_path: Path) -> None:
    rows = "".join(
        f"{at},{'' if at % 2 else f'u{at}@s.test'},2024-03-01,paid,A1\n{at},,2024-03-01,paid,A2\n"
        for at in range(8)
    )
    orders = clean(tmp_path, HEADER + rows)
    assert (orders.lines.height, orders.summary.n_guest_purchases) == (8, 8)


def test_blanks_in_any_row_of_an_order_are_guests(tmp_path: Path) -> None:
    rows = "".join(f"{at // 2},{'' if at % 3 == 0 else 'u1'},2024-03-01,paid,A{at % 5}\n" for at in range(60))
    assert clean(tmp_path, HEADER + rows).summary.n_guest_purchases == 20


def test_a_cancelled_line_does_not_cancel_its_order(tmp_path: Path) -> None:
    rows = "".join(f"{at},u{at},2024-03-01,2024-03-02,A1\n{at},u{at},2024-03-01,,A2\n" for at in range(4))
    orders = clean(tmp_path, "order id,user id,created at,cancelled at,sku\n" + rows)
    assert orders.lines["item_id"].to_list() == ["A2"] * 4
