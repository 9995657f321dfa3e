"""Several items in a cell become a row each, or are asked about; they are never one item."""

import json
from pathlib import Path
from time import process_time

import polars as pl
import pytest
from support.order_files import read, values

from recsvc.errors import UnusableExportError
from training.sources.cell_readers import (
    COUNTED,
    CountedCell,
    JsonCell,
    PairsCell,
    SeparatedCells,
    keys_of_pairs,
)
from training.sources.raw_orders import RawOrders

ORDERS = [
    (f"u{at % 4}", [(f"A-{(at + n) % 5}", 1 + (at + n) % 3) for n in range(1 + at % 3)]) for at in range(40)
]
ITEMS = [(user, item, str(n)) for user, items in ORDERS for item, n in items]


def quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


def orders(header: str, *cells: list[str]) -> str:
    rows = (
        ",".join([str(at), user, *map(quoted, row)])
        for at, ((user, _), row) in enumerate(zip(ORDERS, zip(*cells, strict=True), strict=True))
    )
    return f"order id,user id,{header}\n" + "\n".join(rows) + "\n"


def cells(item: str, between: str) -> list[str]:
    return [between.join(item.format(item=item_id, n=n) for item_id, n in items) for _, items in ORDERS]


def codes(raw: RawOrders) -> list[tuple[str, bool]]:
    return [(question.code, question.stops) for question in raw.questions]


@pytest.mark.parametrize(
    ("header", "item", "between"),
    [
        ("products", "{n}x {item}", ", "),
        ("items", "{n} \u00d7 {item}", "\n"),
        ("product", "{item} x {n}", ", "),
        ("products", "{item} ({n})", "; "),
        ("products", "{item}:{n}", ";"),
        ("product details", "Product SKU: {item}, Product Qty: {n}, Product Name: Mug, red", "|"),
        ("line items", "sku:{item}|quantity:{n}|total:5", ";"),
    ],
)
def test_items_and_pieces_in_one_cell_are_told_apart(
    tmp_path: Path, header: str, item: str, between: str
) -> None:
    raw = read(tmp_path, orders(header, cells(item, between)))
    assert values(raw, "user_id", "item_id", "quantity") == ITEMS
    assert codes(raw) == []


@pytest.mark.parametrize(
    "item", ['{{"sku": "{item}", "qty": {n}}}', '{{"product": {{"id": "{item}"}}, "quantity": "{n}"}}']
)
def test_a_list_of_objects_is_split(tmp_path: Path, item: str) -> None:
    listed = [f"[{cell}]" for cell in cells(item, ", ")]
    assert values(read(tmp_path, orders("items", listed)), "user_id", "item_id", "quantity") == ITEMS


@pytest.mark.parametrize("between", ["|", ";", ",", ", ", "\n"])
def test_columns_that_belong_together_are_split_together(tmp_path: Path, between: str) -> None:
    raw = read(tmp_path, orders("sku,qty", cells("{item}", between), cells("{n}", between)))
    assert values(raw, "user_id", "item_id", "quantity") == ITEMS


def test_one_quantity_for_several_items_is_asked_about(tmp_path: Path) -> None:
    pieces = [str(sum(n for _, n in items)) for _, items in ORDERS]
    raw = read(tmp_path, orders("sku,qty", cells("{item}", ","), pieces))
    assert codes(raw) == [("several_items_in_a_cell", True)]
    assert "'qty' does not say how many pieces of each" in raw.questions[0].text


def test_items_that_are_one_piece_each_are_split(tmp_path: Path) -> None:
    pieces = [str(len(items)) for _, items in ORDERS]
    raw = read(tmp_path, orders("sku,qty", cells("{item}", ","), pieces))
    assert "quantity" not in raw.lines.columns
    assert values(raw, "item_id") == [(item,) for _, item, _ in ITEMS]


def test_codes_that_never_stand_alone_are_asked_about(tmp_path: Path) -> None:
    listed = [f"A-{at % 5},A-{at % 5 + 1}" for at in range(len(ORDERS))]
    content = orders("sku", listed)
    assert codes(read(tmp_path, content)) == [("several_items_in_a_cell", True)]
    said = read(tmp_path, content, columns={"item_id": "sku"})
    assert (codes(said), said.lines.height) == ([], len(ORDERS))


def test_what_cannot_be_split_is_never_an_id(tmp_path: Path) -> None:
    listed = [f'{{"a": {{"b": [{at}]}}}}' for at in range(len(ORDERS))]
    assert ("several_items_in_a_cell", True) in codes(read(tmp_path, orders("product", listed)))


def test_a_damaged_cell_costs_its_order_alone(tmp_path: Path) -> None:
    listed = [f"[{cell}]" for cell in cells('{{"sku": "{item}", "qty": {n}}}', ", ")]
    listed[3], listed[5] = '[{"sku": "A-', ""
    raw = read(tmp_path, orders("items", listed))
    assert values(raw.__class__(raw.lines.filter(raw.lines["malformed"]), raw.files), "row") == [("5",)]
    assert values(raw.__class__(raw.lines.filter(raw.lines["row"] == 7), raw.files), "item_id") == [(None,)]


@pytest.mark.parametrize(
    "name", ["Mug, red", "Mug | red", "3x3 Cube", "Bolt M4 x 20", "Pack (6)", "Tea: green"]
)
def test_a_name_with_marks_in_it_is_one_item(tmp_path: Path, name: str) -> None:
    names = ["Bowl", name, "Plate", "Vase"]
    listed = [names[at % 4] for at in range(len(ORDERS))]
    raw = read(tmp_path, orders("product,qty", listed, ["1"] * len(ORDERS)))
    assert (codes(raw), values(raw, "item_id")) == ([], [(one,) for one in listed])


@pytest.mark.parametrize(
    "text", [" " * 19_000 + "x", "a x " * 4_700, "\n" * 19_000, "a: b, " * 3_000, "(" * 19_000]
)
def test_no_cell_takes_long(text: str) -> None:
    readers = [*map(CountedCell, COUNTED), PairsCell(("a", "b")), SeparatedCells("x"), JsonCell(("a",))]
    began = process_time()
    keys_of_pairs([text])
    for reader in readers:
        reader((text,))
    assert process_time() - began < 5


def listed(form: str) -> tuple[list[str], list[str]]:
    """Return the items and the pieces of each order as lists in one notation."""
    notations = {
        "json": (json.dumps, json.dumps),
        "python": (repr, repr),
        "python, texts": (repr, lambda parts: repr([str(part) for part in parts])),
        "tuple": (lambda parts: f"({', '.join(map(repr, parts))},)", repr),
        "numpy": (
            lambda parts: f"[{' '.join(map(repr, parts))}]",
            lambda parts: f"[{' '.join(map(str, parts))}]",
        ),
        "postgresql": (
            lambda parts: f"{{{','.join(parts)}}}",
            lambda parts: f"{{{','.join(map(str, parts))}}}",
        ),
        "quoted": (lambda parts: "{" + ", ".join(f'"{part}"' for part in parts) + "}", json.dumps),
    }
    of_items, of_pieces = notations[form]
    return (
        [of_items([item for item, _ in items]) for _, items in ORDERS],
        [of_pieces([n for _, n in items]) for _, items in ORDERS],
    )


FORMS = ["json", "python", "python, texts", "numpy", "postgresql", "quoted"]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("header", ["skus,quantities", "product_ids,qtys", "items,quantity", "sku,qty"])
def test_lists_side_by_side_belong_together(tmp_path: Path, header: str, form: str) -> None:
    raw = read(tmp_path, orders(header, *listed(form)))
    assert values(raw, "user_id", "item_id", "quantity") == ITEMS
    assert codes(raw) == []


def test_lists_of_other_lengths_are_asked_about(tmp_path: Path) -> None:
    items, pieces = listed("json")
    pieces[7] = "[1, 2, 3, 4]"
    with pytest.raises(UnusableExportError, match="'quantities' has other numbers of values"):
        read(tmp_path, orders("skus,quantities", items, pieces))


@pytest.mark.parametrize(
    "item",
    [
        "{{'sku': '{item}', 'quantity': {n}, 'title': None}}",
        "{{'sku': '{item}', 'quantity': {n}, 'title': \"Ann's mug\"}}",
        "{{'sku': '{item}', 'quantity': {n}, 'price': Decimal('6.50'), 'gift': False}}",
    ],
)
def test_objects_as_python_writes_them_are_read(tmp_path: Path, item: str) -> None:
    raw = read(tmp_path, orders("items", [f"[{cell}]" for cell in cells(item, ", ")]))
    assert values(raw, "user_id", "item_id", "quantity") == ITEMS


@pytest.mark.parametrize("between", ["|", ";", ",", "\n"])
def test_names_in_the_plural_are_split_together(tmp_path: Path, between: str) -> None:
    raw = read(tmp_path, orders("product ids,quantities", cells("{item}", between), cells("{n}", between)))
    assert values(raw, "user_id", "item_id", "quantity") == ITEMS


def test_what_php_has_serialised_is_refused_in_words(tmp_path: Path) -> None:
    one = 'a:1:{{i:0;a:2:{{s:3:"sku";s:5:"{item}";s:3:"qty";i:{n};}}}}'
    with pytest.raises(UnusableExportError, match="that PHP has serialised"):
        read(tmp_path, orders("items", cells(one, "")))


def test_of_several_lists_the_one_of_the_items_is_split(tmp_path: Path) -> None:
    items = [f"[{cell}]" for cell in cells('{{"id": 1, "sku": "{item}", "quantity": {n}}}', ", ")]
    taxes = ['[{"title": "VAT", "price": "1", "rate": 0.2}]'] * len(ORDERS)
    coupons = ['[{"id": 5, "code": "SUMMER", "amount": "2"}]'] * len(ORDERS)
    raw = read(tmp_path, orders("discount_codes,tax_lines,line_items", coupons, taxes, items))
    assert values(raw, "user_id", "item_id", "quantity") == ITEMS


def test_lists_of_coupons_or_tags_are_no_items(tmp_path: Path) -> None:
    coupons = ['[{"id": 5, "code": "SUMMER", "amount": "2"}]'] * len(ORDERS)
    with pytest.raises(UnusableExportError, match="no column for item_id"):
        read(tmp_path, orders("discount_codes,tags", coupons, ['["new", "gift"]'] * len(ORDERS)))


def test_items_of_other_events_do_not_hide_the_list(tmp_path: Path) -> None:
    documents = [
        {"order_id": at, "products": [{"sku": item, "quantity": n} for item, n in items]}
        for at, (_, items) in enumerate(ORDERS)
    ]
    orders_of = "".join(
        json.dumps({"event": "Order Completed", "userId": user, "properties": one}) + "\n"
        for (user, _), one in zip(ORDERS, documents, strict=True)
    )
    views = (
        '{"event": "Product Viewed", "userId": "u1", "properties": {"product_id": "p1", "sku": "A-1"}}\n' * 20
    )
    for content in (views + orders_of, orders_of + views):
        raw = read(tmp_path, content, "tracks.ndjson")
        bought = raw.__class__(
            raw.lines.filter(raw.lines["event"].cast(pl.String) == "Order Completed"), raw.files
        )
        assert values(bought, "user_id", "item_id", "quantity") == ITEMS
