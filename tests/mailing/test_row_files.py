"""Rows of one layout in each kind of file."""

import csv
import json
from dataclasses import replace
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from recsvc.mailing.csv_file import GUARD, MAX_CELL, is_formula
from recsvc.mailing.mail_row import Layout, MailItem, MailOffer, MailRow, decimals_of
from recsvc.mailing.row_files import FORMATS

TEA = MailItem("tea", "Tea", "https://shop.example/tea", None, 2.5, "popular", "")
JAM = MailItem(
    "jam", "Jam", None, "https://cdn.example/jam.png", None, "because_you_bought", "you bought “Tea”"
)
ADA = MailRow("ada", "r1", (TEA, JAM), (replace(TEA, item_id="saw"),))


def written(tmp_path: Path, kind: str, layout: Layout, *rows: MailRow) -> tuple[Path, int]:
    path = tmp_path / f"rows.{kind}"
    with FORMATS[kind]()(path, layout) as file:
        for row in rows:
            file.write(row)
    return path, file.n_refused


def csv_rows(path: Path) -> list[list[str]]:
    return list(csv.reader(path.read_text(encoding="utf-8").splitlines()))


def test_csv_has_the_same_columns_in_each_row(tmp_path: Path) -> None:
    layout = Layout(2, 1, ("title", "link", "price"))
    short = replace(ADA, user_id="bob", items=(TEA,), spares=())
    path, _ = written(tmp_path, "csv", layout, ADA, short)
    head, ada, bob = csv_rows(path)
    assert head == [
        "user_id", "recommendation_id", "item_1", "title_1", "link_1", "price_1", "item_2", "title_2", "link_2",
        "price_2", "spare_item_1", "spare_title_1", "spare_link_1", "spare_price_1",
    ]  # fmt: skip
    assert ada == [
        "ada", "r1", "tea", "Tea", "https://shop.example/tea", "2.50", "jam", "Jam", "", "", "saw", "Tea",
        "https://shop.example/tea", "2.50",
    ]  # fmt: skip
    assert bob == ["bob", "r1", "tea", "Tea", "https://shop.example/tea", "2.50", *[""] * 8]
    assert path.read_bytes().startswith(b"user_id,")
    assert path.read_bytes().count(b"\r\n") == 3


@pytest.mark.parametrize(
    "text",
    [
        "=1+2",
        "@SUM(A1)",
        "+cmd|' /C calc'!A0",
        "-2+3*cells",
        "=",
        "@shop",
        "\uff1d1",
        "\uff20a",
        "\uff0ba",
        "\uff0da",
    ],
)
def test_no_cell_is_a_formula_and_a_mail_shows_it_as_it_is(tmp_path: Path, text: str) -> None:
    row = replace(ADA, items=(replace(TEA, title=text, why=f"\t{text}"),))
    path, _ = written(tmp_path, "csv", Layout(1, 0, ("title", "why")), row)
    _, cells = csv_rows(path)
    assert cells[3:] == [GUARD + text, GUARD + text]
    assert not any(map(is_formula, cells))


def test_no_part_of_a_text_is_a_formula_where_cells_end_at_semicolons(tmp_path: Path) -> None:
    title, link = "Tea; =1+2;@a;-5;b", "https://shop.example/a;=b"
    row = replace(ADA, items=(replace(TEA, title=title, link=link),))
    path, n_refused = written(
        tmp_path, "csv", Layout(1, 0, ("title", "link")), row, replace(ADA, user_id="a;=1+2")
    )
    _, cells = csv_rows(path)
    assert cells[3:] == [f"Tea; {GUARD}=1+2;{GUARD}@a;-5;b", link], "an address stays as it is"
    assert n_refused == 1


@pytest.mark.parametrize(("currency", "price"), [("EUR", "1234.57"), ("KWD", "1234.567"), ("JPY", "1235")])
def test_a_price_has_the_decimals_of_its_currency(tmp_path: Path, currency: str, price: str) -> None:
    layout = Layout(1, 0, ("price",), decimals=decimals_of(currency))
    path, _ = written(tmp_path, "csv", layout, replace(ADA, items=(replace(TEA, price=1234.567),)))
    assert csv_rows(path)[1][3] == price


@pytest.mark.parametrize("text", ["-5.00", "+49 123/456", "Tea = good", "a@b.example", "-"])
def test_numbers_and_signs_within_a_text_stay_as_they_are(tmp_path: Path, text: str) -> None:
    path, _ = written(
        tmp_path, "csv", Layout(1, 0, ("title",)), replace(ADA, items=(replace(TEA, title=text),))
    )
    assert csv_rows(path)[1][3] == text


def test_a_row_whose_user_id_is_a_formula_is_refused_in_csv_and_whole_in_jsonl(tmp_path: Path) -> None:
    evil = replace(ADA, user_id="=1+2@shop.example")
    path, n_refused = written(tmp_path, "csv", Layout(2, 1), evil, ADA, replace(ADA, user_id="+491234"))
    assert (n_refused, [row[0] for row in csv_rows(path)[1:]]) == (1, ["ada", "+491234"])
    path, n_refused = written(tmp_path, "jsonl", Layout(2, 1), evil)
    assert (n_refused, json.loads(path.read_text())["user_id"]) == (0, "=1+2@shop.example")


def test_a_cell_is_one_line_of_at_most_255_characters(tmp_path: Path) -> None:
    row = replace(ADA, items=(replace(TEA, title="Tea\r\n of\tmine", why="x" * 300),))
    path, _ = written(tmp_path, "csv", Layout(1, 0, ("title", "why")), row)
    cells = csv_rows(path)[1]
    assert (cells[3], len(cells[4]), cells[4][-1]) == ("Tea of mine", MAX_CELL, "…")


def test_jsonl_and_parquet_hold_items_as_lists(tmp_path: Path) -> None:
    layout = Layout(2, 1, ("title", "price"))
    path, _ = written(tmp_path, "jsonl", layout, ADA, replace(ADA, user_id="bob"))
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    assert [line["user_id"] for line in lines] == ["ada", "bob"]
    assert lines[0] == {
        "user_id": "ada",
        "recommendation_id": "r1",
        "items": [
            {"item_id": "tea", "title": "Tea", "price": 2.5},
            {"item_id": "jam", "title": "Jam", "price": None},
        ],
        "spares": [{"item_id": "saw", "title": "Tea", "price": 2.5}],
    }
    path, _ = written(tmp_path, "parquet", layout, ADA, replace(ADA, user_id="bob"))
    assert pq.read_table(path).to_pylist() == lines


GIFT = MailOffer("A gift", "GIFT", None, "2026-12-14T07:20:11Z")


def test_offers_have_the_same_columns_in_each_kind_of_file(tmp_path: Path) -> None:
    layout, rows = Layout(1, 0, ("title",), has_offers=True), (replace(ADA, offer=GIFT), ADA)
    path, _ = written(tmp_path, "csv", layout, *rows)
    head, ada, other = csv_rows(path)
    assert head[2:6] == ["offer_title", "offer_code", "offer_url", "offer_valid_until"]
    assert (ada[2:6], other[2:6]) == (["A gift", "GIFT", "", "2026-12-14T07:20:11Z"], [""] * 4)
    path, _ = written(tmp_path, "jsonl", layout, *rows)
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    assert [lines[0][name] for name in head[2:6]] == ["A gift", "GIFT", None, "2026-12-14T07:20:11Z"]
    assert [lines[1][name] for name in head[2:6]] == [None] * 4
    path, _ = written(tmp_path, "parquet", layout, *rows)
    assert pq.read_table(path).to_pylist() == lines


def test_a_code_that_is_a_formula_is_refused_in_csv_for_it_cannot_be_changed(tmp_path: Path) -> None:
    evil = replace(ADA, offer=replace(GIFT, code="=1+2"))
    assert written(tmp_path, "csv", Layout(1, 0, has_offers=True), evil)[1] == 1
    assert written(tmp_path, "csv", Layout(1, 0), evil)[1] == 0
    path, n_refused = written(tmp_path, "jsonl", Layout(1, 0, has_offers=True), evil)
    assert (n_refused, json.loads(path.read_text())["offer_code"]) == (0, "=1+2")


def test_a_row_comes_back_from_a_part_as_it_was(tmp_path: Path) -> None:
    for row in (ADA, replace(ADA, offer=GIFT)):
        assert MailRow.of_json(json.loads(json.dumps(row.to_json()))) == row
    of_an_earlier_release = {name: value for name, value in ADA.to_json().items() if name != "offer"}
    assert MailRow.of_json(of_an_earlier_release) == ADA
