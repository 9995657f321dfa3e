"""Cleaning: every row is a purchase or keeps its number and its reason."""

import gzip
from collections import Counter
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.order_files import NOW, clean, raw_orders, read_files, reasons, write

from recsvc.errors import SettingsError, TooLittleDataError, TooManyRejectedError
from training.orders import REASONS, CleaningRules, check_orders, clean_orders, write_rejected
from training.orders.reasons import REASON_CODES

HEADER = "user_id,item_id,ordered_at,order_id,quantity,unit_price,title\n"
GOOD = "anna,85123A,2024-03-01 10:00:00,77,2,2.55,Mug\n"
CANONICAL = ("user_id", "item_id", "ordered_at", "order_id", "quantity", "unit_price", "title")


@pytest.mark.parametrize(
    ("row", "reason", "also"),
    [
        ("anna,85123A,2024-03-01,77,2,2.55,Mug,more", "malformed_row", ""),
        ("anna,,2024-03-01,77,2,2.55,Mug", "missing_item", ""),
        ("anna,nan,,77,2,2.55,Mug", "missing_item", "missing_date"),
        ("anna,9.78E+12,2024-03-01,77,2,2.55,Mug", "damaged_id", ""),
        ("1.78E+04,85123A,2024-03-01,77,2,2.55,Mug", "damaged_id", ""),
        ("anna,85123A,2024-03-01,77,two,2.55,Mug", "unreadable_quantity", ""),
        ("anna,85123A,2024-03-01,77,2000000000,2.55,Mug", "unreadable_quantity", ""),
        ("anna,85123A,2024-03-01,77,2,cheap,Mug", "unreadable_price", ""),
        ("anna,85123A,,77,2,2.55,Mug", "missing_date", ""),
        ("anna,85123A,soon,77,2,2.55,Mug", "unreadable_date", ""),
        ("anna,85123A,1970-01-01,77,2,2.55,Mug", "impossible_date", ""),
        ("anna,85123A,0000-00-00 00:00:00,77,2,2.55,Mug", "impossible_date", ""),
        ("anna,85123A,2026-01-04,77,2,2.55,Mug", "impossible_date", ""),
        (GOOD.strip(), "duplicate", ""),
        ("anna,POST,2024-03-01,77,1,18,POSTAGE", "not_a_product", ""),
        ("anna,71053,2024-03-02,C78,-1,2.55,Lamp", "cancellation", ""),
        (",71053,2024-03-02,C78,-1,0,Lamp", "cancellation", "zero_price;guest"),
        ("anna,71053,2024-03-02,78,-1,2.55,Lamp", "return", ""),
        ("anna,71053,2024-03-02,78,0,2.55,Lamp", "zero_quantity", ""),
        ("anna,71053,2024-03-02,78,1,0,Lamp", "zero_price", ""),
        (",71053,2024-03-02,78,1,0,Lamp", "zero_price", "guest"),
        ("anna,71053,2024-03-02,78,1,-1,Lamp", "negative_price", ""),
        (",71053,2024-03-02,78,1,2.55,Lamp", "guest", ""),
    ],
)
def test_row_is_refused_for_its_first_reason(tmp_path: Path, row: str, reason: str, also: str) -> None:
    orders = clean(tmp_path, HEADER + GOOD + row + "\n")
    assert orders.rejected.select("row", "reason", "also").rows() == [(3, reason, also)]
    assert orders.lines.height == 1


def test_a_good_row_is_a_purchase(tmp_path: Path) -> None:
    orders = clean(tmp_path, HEADER + GOOD)
    assert orders.lines.rows() == [("anna", "85123A", 1709287200, "77", 2.0, 2.55, "Mug")]
    assert orders.lines.schema == {
        "user_id": pl.Enum(["anna"]),
        "item_id": pl.Enum(["85123A"]),
        "ordered_at": pl.Int64,
        "order_id": pl.String,
        "quantity": pl.Float64,
        "unit_price": pl.Float64,
        "title": pl.Enum(["Mug"]),
    }


def test_tomorrow_is_not_yet_the_future(tmp_path: Path) -> None:
    assert clean(tmp_path, HEADER + GOOD.replace("2024-03-01", "2026-01-02")).lines.height == 1


def test_user_and_item_suffice(tmp_path: Path) -> None:
    orders = clean(tmp_path, "user_id,item_id\na,x\na,x\nb,y\n")
    assert orders.lines.rows() == [
        ("a", "x", None, None, 1.0, None, None),
        ("a", "x", None, None, 1.0, None, None),
        ("b", "y", None, None, 1.0, None, None),
    ]
    assert (orders.summary.first_ordered_at, orders.summary.last_ordered_at) == (None, None)


def test_lines_are_in_order_of_time_then_input(tmp_path: Path) -> None:
    text = "user_id,item_id,date\na,late,2024-01-02\nb,early1,2024-01-01\na,early2,2024-01-01\n"
    assert clean(tmp_path, text).lines["item_id"].to_list() == ["early1", "early2", "late"]


def test_repeats_on_one_day_without_order_ids_are_purchases(tmp_path: Path) -> None:
    orders = clean(tmp_path, "user_id,item_id,date\na,x,2024-01-01\na,x,2024-01-01\n")
    assert orders.lines.height == 2


def test_repeats_at_one_moment_without_order_ids_are_duplicates(tmp_path: Path) -> None:
    orders = clean(tmp_path, "user_id,item_id,date\na,x,2024-01-01 10:00:01\na,x,2024-01-01 10:00:01\n")
    assert reasons(orders) == {3: "duplicate"}


def test_duplicates_are_found_across_files(tmp_path: Path) -> None:
    paths = [write(tmp_path, HEADER + GOOD + end, name) for name, end in (("1.csv", ""), ("2.csv", "\n"))]
    orders = clean_orders(read_files(paths), CleaningRules(), NOW)
    assert orders.rejected.rows() == [(paths[1], 2, "duplicate", "")]


def test_rows_that_differ_in_the_title_are_no_duplicates(tmp_path: Path) -> None:
    assert (
        clean(tmp_path, HEADER + GOOD + GOOD.replace("Mug", "Mug, blue".replace(",", ""))).lines.height == 2
    )


def test_file_without_dates_beside_one_with_dates_misses_none(tmp_path: Path) -> None:
    paths = [write(tmp_path, HEADER + GOOD, "1.csv"), write(tmp_path, "user_id,item_id\nb,x\n", "2.csv")]
    orders = clean_orders(read_files(paths), CleaningRules(), NOW)
    assert (orders.lines.height, orders.rejected.height) == (2, 0)


def test_own_pattern_replaces_the_names(tmp_path: Path) -> None:
    rules = CleaningRules(non_product_pattern=r"gift.*")
    orders = clean(tmp_path, "user_id,item_id\na,85123A\na,POST\na,M\na,GIFT-1\na,agift\n", rules)
    assert reasons(orders) == {5: "not_a_product"}


def test_partly_returned_purchase_keeps_the_rest(tmp_path: Path) -> None:
    orders = clean(tmp_path, HEADER + GOOD + "anna,85123A,2024-03-02,C78,-1,2.55,Mug\n")
    assert orders.lines["quantity"].to_list() == [1.0]
    assert reasons(orders) == {3: "cancellation"}


def test_purchase_returned_in_full_is_refused(tmp_path: Path) -> None:
    orders = clean(tmp_path, HEADER + GOOD + "anna,85123a,2024-03-02,80,-2,2.55,Mug\n")
    assert reasons(orders) == {2: "returned", 3: "return"}


def test_return_before_the_purchase_undoes_nothing(tmp_path: Path) -> None:
    orders = clean(tmp_path, HEADER + GOOD + "anna,85123A,2024-02-02,80,-2,2.55,Mug\n")
    assert orders.lines["quantity"].to_list() == [2.0]
    assert orders.summary.n_unmatched_returns == 1


def test_return_by_a_guest_undoes_the_purchase_of_the_same_order_only(tmp_path: Path) -> None:
    guest = GOOD.replace("anna", "")
    back = ",85123A,2024-03-02,77,-2,2.55,Mug\n"
    assert reasons(clean(tmp_path, HEADER + guest + back)) == {2: "returned", 3: "return"}
    assert reasons(clean(tmp_path, HEADER + guest + back.replace("77", "78"))) == {2: "guest", 3: "return"}
    assert reasons(clean(tmp_path, HEADER + GOOD + back)) == {3: "return"}


def test_guest_purchases_are_kept_apart(tmp_path: Path) -> None:
    orders = clean(tmp_path, HEADER + GOOD.replace("anna", "guest") + GOOD)
    assert orders.guest_lines.rows() == [(None, "85123A", 1709287200, "77", 2.0, 2.55, "Mug")]
    assert orders.summary.n_guest_purchases == 1


def test_event_log_counts_purchases_only(tmp_path: Path) -> None:
    rows = [
        f"2024-01-01 10:00:0{n} UTC,{event},x,1,a\n" for n, event in enumerate(("view", "cart", "purchase"))
    ]
    text = "event_time,event_type,product_id,price,user_id\n" + "".join(rows)
    orders = clean(tmp_path, text)
    assert orders.lines.height == 1
    assert reasons(orders) == {2: "not_a_purchase", 3: "not_a_purchase"}


def test_column_event_without_events_is_left_alone(tmp_path: Path) -> None:
    assert clean(tmp_path, "user_id,item_id,event\na,x,Black Friday\n").lines.height == 1


def test_both_numbers_of_each_reason_are_counted(tmp_path: Path) -> None:
    orders = clean(tmp_path, HEADER + GOOD + ",71053,2024-03-02,78,1,0,Lamp\n,71053,2024-03-02,79,1,2,Lamp\n")
    guest, free = orders.summary.count("guest"), orders.summary.count("zero_price")
    assert (guest.n_rows, guest.n_applies) == (1, 2)
    assert (free.n_rows, free.n_applies) == (1, 1)


def test_too_much_damage_is_refused_with_counts_and_examples(tmp_path: Path) -> None:
    rules = CleaningRules(max_rejected_share=0.5)
    half = clean(tmp_path, HEADER + GOOD + "anna,,2024-03-01,77,2,2.55,Mug\n", rules)
    check_orders(half, rules)
    more = clean(
        tmp_path, HEADER + GOOD + "anna,,2024-03-01,77,2,2.55,Mug\nanna,x,soon,77,2,2.55,Mug\n", rules
    )
    with pytest.raises(
        TooManyRejectedError, match=r"2 of 3 rows \(66.7%\).*missing_item 1, unreadable_date 1.*o.csv row 3"
    ):
        check_orders(more, rules)


def test_ordinary_shop_life_is_no_damage(tmp_path: Path) -> None:
    text = HEADER + GOOD + "".join(f",71053,2024-03-02,{n},1,2,Lamp\n" for n in range(9))
    check_orders(clean(tmp_path, text), CleaningRules())


def test_nothing_left_is_refused_with_the_reasons(tmp_path: Path) -> None:
    orders = clean(tmp_path, HEADER + GOOD.replace("anna", ""))
    with pytest.raises(
        TooLittleDataError, match=r"none of the 1 rows is a purchase of a known user: guest 1"
    ):
        check_orders(orders, CleaningRules())


def test_rejected_rows_are_written_as_gzipped_csv(tmp_path: Path) -> None:
    orders = clean(tmp_path, HEADER + GOOD + ",71053,2024-03-02,78,1,0,Lamp\n")
    write_rejected(orders.rejected, tmp_path / "rejected.csv.gz")
    text = gzip.decompress((tmp_path / "rejected.csv.gz").read_bytes()).decode()
    assert text == f"file,row,reason,also\n{tmp_path / 'o.csv'},3,zero_price,guest\n"


@pytest.mark.parametrize(
    ("rules", "message"),
    [
        ({"max_rejected_share": 1.5}, "between 0 and 1, got 1.5"),
        ({"non_product_pattern": "("}, r"non_product_pattern '\('"),
        ({"date_format": "dd.mm.yyyy"}, "strptime format such as %d/%m/%Y; 'dd.mm.yyyy' has no directive"),
        ({"date_format": "%d.%K"}, "'%d.%K' has the unknown directive %K"),
    ],
)
def test_unusable_rules_are_refused(rules: dict[str, object], message: str) -> None:
    with pytest.raises(SettingsError, match=message):
        CleaningRules(**rules)  # type: ignore[arg-type]  # bad values are the point


def test_every_reason_has_a_sentence_of_its_own() -> None:
    sentences = {reason.sentence for reason in REASONS}
    assert len(sentences) == len(REASONS)
    assert all(sentence.endswith(".") for sentence in sentences)


IDS = st.sampled_from(["", "a", "A", "b ", "nan", "guest", "1.0", "1.7E+04", "POST", "M"])
ROWS = st.fixed_dictionaries(
    {
        "user_id": IDS,
        "item_id": IDS,
        "ordered_at": st.sampled_from(["", "2024-01-01", "2024-01-02 10:00:00", "1/2/2024", "soon", "0"]),
        "order_id": st.sampled_from(["", "1", "C2"]),
        "quantity": st.sampled_from(["", "0", "1", "2", "-1", "two", "2,5"]),
        "unit_price": st.sampled_from(["", "0", "1.5", "-1", "cheap"]),
        "title": st.sampled_from(["", "Mug"]),
    }
)


@settings(deadline=None, max_examples=40)
@given(rows=st.lists(ROWS, min_size=1, max_size=30))
def test_every_row_ends_in_exactly_one_place(rows: list[dict[str, str | None]]) -> None:
    orders = clean_orders(raw_orders(rows, CANONICAL), CleaningRules(), NOW)
    refused = orders.rejected["row"].to_list()
    assert len(set(refused)) == len(refused)
    assert orders.lines.height + len(refused) == len(rows)
    assert orders.summary.n_purchases + orders.summary.n_rejected == orders.summary.n_rows == len(rows)
    assert orders.guest_lines.height == (orders.rejected["reason"] == "guest").sum()
    assert (orders.lines["quantity"] > 0).all()
    assert all(count.n_rows <= count.n_applies for count in orders.summary.reasons)
    for reason, also in orders.rejected.select("reason", "also").rows():
        others = [code for code in also.split(";") if code]
        assert all(REASON_CODES.index(reason) < REASON_CODES.index(code) for code in others)


DISTINCT_TIMES = st.lists(
    st.tuples(st.sampled_from("uv"), st.sampled_from("xy"), st.integers(-3, 3)), min_size=1, max_size=12
)


def dated(lines: list[tuple[str, str, int]]) -> list[dict[str, str | None]]:
    return [
        {
            "user_id": user,
            "item_id": item,
            "ordered_at": f"2024-01-01 00:00:{n:02}",
            "quantity": str(quantity),
        }
        for n, (user, item, quantity) in enumerate(lines)
    ]


def net(rows: list[dict[str, str | None]]) -> Counter[tuple[str, str, float]]:
    columns = ("user_id", "item_id", "ordered_at", "quantity")
    lines = clean_orders(raw_orders(rows, columns), CleaningRules(), NOW).lines
    return Counter(lines.select("user_id", "item_id", "quantity").rows())


@settings(deadline=None, max_examples=40)
@given(lines=DISTINCT_TIMES, data=st.data())
def test_order_of_rows_makes_no_difference(lines: list[tuple[str, str, int]], data: st.DataObject) -> None:
    rows = dated(lines)
    assert net(data.draw(st.permutations(rows))) == net(rows)


@settings(deadline=None, max_examples=40)
@given(lines=DISTINCT_TIMES)
def test_cleaning_twice_is_cleaning_once(lines: list[tuple[str, str, int]]) -> None:
    columns = ("user_id", "item_id", "ordered_at", "quantity")
    once = clean_orders(raw_orders(dated(lines), columns), CleaningRules(), NOW).lines
    again = [
        {"user_id": user, "item_id": item, "ordered_at": str(at), "quantity": str(quantity)}
        for user, item, at, quantity in once.select(columns).rows()
    ]
    assert clean_orders(raw_orders(again, columns), CleaningRules(), NOW).lines.rows() == once.rows()
