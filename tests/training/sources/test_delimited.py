"""Delimited text: no row vanishes, and a damaged one costs itself only."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.order_files import read, values

from training.sources.delimited import Table, read_delimited
from training.sources.raw_orders import RawOrders
from training.sources.recognition import recognise_columns
from training.sources.text import LineChunks

HEADER = "user_id,item_id,quantity,title\n"


def malformed(raw: RawOrders) -> list[int]:
    return raw.lines.filter("malformed")["row"].to_list()


def kept(raw: RawOrders) -> list[tuple[object, ...]]:
    return raw.lines.filter(~raw.lines["malformed"]).select("row", "user_id").rows()


def test_rows_are_numbered_as_in_a_spreadsheet(tmp_path: Path) -> None:
    raw = read(tmp_path, HEADER + "a,x,1,T\nb,y,2,T\n")
    assert raw.lines["row"].to_list() == [2, 3]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_delimiter_is_recognised_by_the_header(tmp_path: Path, delimiter: str) -> None:
    text = (HEADER + "a,x,1,T\n").replace(",", delimiter)
    raw = read(tmp_path, text)
    assert raw.files[0].delimiter == delimiter
    assert values(raw, "user_id", "item_id", "quantity") == [("a", "x", "1")]


def test_delimiters_inside_quotes_of_the_header_do_not_count(tmp_path: Path) -> None:
    raw = read(tmp_path, '"user_id";"item_id";"title, long, longer, longest"\n"a";"x";"T"\n')
    assert raw.files[0].delimiter == ";"


def test_separator_line_of_excel_is_obeyed(tmp_path: Path) -> None:
    raw = read(tmp_path, "sep=;\nuser_id;item_id\na;x\n")
    assert values(raw, "row", "user_id", "item_id") == [("3", "a", "x")]


def test_long_row_is_malformed(tmp_path: Path) -> None:
    raw = read(tmp_path, HEADER + "a,x,1,T\nb,y,2,T,more\nc,z,3,T\n")
    assert malformed(raw) == [3]
    assert kept(raw) == [(2, "a"), (4, "c")]


def test_long_and_short_rows_that_even_out_are_both_noticed(tmp_path: Path) -> None:
    raw = read(tmp_path, HEADER + "a,x,1,T,more\nb,y,2\nc,z,3,T\n")
    assert malformed(raw) == [2]
    assert values(raw, "user_id", "title")[1] == ("b", None)


def test_row_with_one_field_in_a_wide_table_is_malformed(tmp_path: Path) -> None:
    raw = read(tmp_path, HEADER + "a,x,1,T\nTotal\n")
    assert malformed(raw) == [3]


def test_blank_lines_are_counted_and_still_take_a_number(tmp_path: Path) -> None:
    raw = read(tmp_path, HEADER + "a,x,1,T\n\n,,,\nb,y,1,T\n\n\n")
    assert raw.files[0].n_blank_lines == 4
    assert kept(raw) == [(2, "a"), (5, "b")]


def test_quoted_line_ends_belong_to_the_field(tmp_path: Path) -> None:
    raw = read(tmp_path, HEADER + 'a,x,1,"two\nlines, one ""title"""\nb,y,1,T\n')
    assert values(raw, "row", "user_id", "title") == [("2", "a", 'two\nlines, one "title"'), ("3", "b", "T")]


def test_stray_quote_costs_one_row(tmp_path: Path) -> None:
    raw = read(tmp_path, HEADER + 'a,x,1,T\nb,"y,1,T\nc,z,1,T\nd,z,1,T\n')
    assert malformed(raw) == [3]
    assert kept(raw) == [(2, "a"), (4, "c"), (5, "d")]


def test_stray_quote_that_a_later_one_seems_to_close_costs_one_row(tmp_path: Path) -> None:
    raw = read(tmp_path, HEADER + 'a,"x,1,T\nb,y,1,T\nc,z",1,T\nd,z,1,T\n')
    assert malformed(raw) == [2]
    assert kept(raw) == [(3, "b"), (4, "c"), (5, "d")]


def test_quote_inside_a_field_is_text(tmp_path: Path) -> None:
    raw = read(tmp_path, HEADER + 'a,x,1,5" nail\nb,y,1,T\n')
    assert values(raw, "user_id", "title") == [("a", '5" nail'), ("b", "T")]


def test_missing_last_line_end_loses_nothing(tmp_path: Path) -> None:
    assert kept(read(tmp_path, HEADER + "a,x,1,T\nb,y,1,T")) == [(2, "a"), (3, "b")]


@pytest.mark.parametrize("line_end", ["\r\n", "\r"])
def test_line_ends_of_other_systems_are_no_part_of_the_values(tmp_path: Path, line_end: str) -> None:
    raw = read(tmp_path, (HEADER + 'a,x,1,"T"\nb,y,1,U\n').replace("\n", line_end))
    assert values(raw, "user_id", "title") == [("a", "T"), ("b", "U")]


def test_nul_characters_are_dropped(tmp_path: Path) -> None:
    assert values(read(tmp_path, HEADER + "a\0,x,1,T\n"), "user_id") == [("a",)]


def test_first_of_two_equal_header_names_counts(tmp_path: Path) -> None:
    assert values(read(tmp_path, "user_id,item_id,item_id\na,x,y\n"), "item_id") == [("x",)]


def rows_in_chunks(text: str, chunk_bytes: int) -> Table:
    def blocks() -> Iterator[bytes]:
        content = text.encode()
        yield from (content[at : at + 7] for at in range(0, len(content), 7))

    return read_delimited(
        LineChunks(blocks(), chunk_bytes),
        lambda names: recognise_columns("orders.csv", names, {}),
        lambda lines: lines,
    )


def all_rows(table: Table) -> list[tuple[object, ...]]:
    return [
        row for frame in table.frames for row in frame.select("row", "malformed", "user_id", "title").rows()
    ]


CELLS = st.sampled_from(["a", "b c", '"q"', '"two\nlines"', '"x,y"', '5"', '"open', "", '""', "é"])
LINES = st.lists(st.lists(CELLS, min_size=1, max_size=5).map(",".join), min_size=1, max_size=12)


@settings(deadline=None, max_examples=60)
@given(lines=LINES, chunk_bytes=st.integers(1, 60))
def test_chunks_make_no_difference(lines: list[str], chunk_bytes: int) -> None:
    text = HEADER + "\n".join(lines) + "\n"
    whole, pieces = rows_in_chunks(text, 1 << 20), rows_in_chunks(text, chunk_bytes)
    assert all_rows(pieces) == all_rows(whole)
    assert pieces.n_blank_lines == whole.n_blank_lines


@settings(deadline=None, max_examples=60)
@given(lines=LINES)
def test_one_long_row_changes_no_other(lines: list[str]) -> None:
    text = HEADER + "a,x,1,T\n" * 3
    odd = rows_in_chunks(text + "a,b,c,d,e,f\n" + "a,x,1,T\n", 1 << 20)
    plain = rows_in_chunks(text + "\n".join(lines) + "\n", 1 << 20)
    assert all_rows(odd)[:3] == all_rows(plain)[:3]


@pytest.mark.parametrize("n_columns", [1000, 1001])
def test_very_wide_tables_are_read(tmp_path: Path, n_columns: int) -> None:
    names = ["user_id", "item_id", *(f"x{i}" for i in range(n_columns - 2))]
    rows = [["a", '"x, y"', *["1"] * (n_columns - 2)], ["b", "z", *["2"] * (n_columns - 1)]]
    raw = read(tmp_path, "\n".join(map(",".join, [names, *rows])) + "\n")
    assert values(raw, "user_id", "item_id")[0] == ("a", "x, y")
    assert malformed(raw) == [3]


def test_a_quoted_blank_is_no_value(tmp_path: Path) -> None:
    raw = read(tmp_path, HEADER + 'a,x,1,""\nb,y,2,"T"\n')
    assert values(raw, "title") == [(None,), ("T",)]
