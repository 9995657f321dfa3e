"""JSON documents are read as people have them, in bounded memory; one that is cut off is refused with the place."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from support.order_files import read, read_files, values, write

from recsvc.errors import UnreadableSourceError, UnusableExportError
from training.sources.documents import records_in
from training.sources.json_text import JsonText

ORDERS: list[dict[str, Any]] = [
    {"id": at, "customer_id": f"u{at % 3}", "line_items": [{"sku": f"S-{at % 5}", "quantity": 1 + at % 2}]}
    for at in range(12)
]
READ = [(f"u{at % 3}", f"S-{at % 5}", str(1 + at % 2)) for at in range(12)]
PAGE = {"total_count": 12, "search_criteria": {"filter_groups": [], "page_size": 20}}


def pages(key: str) -> str:
    return "\n".join(json.dumps({key: ORDERS[at : at + 4], "next": at}) for at in (0, 4, 8))


@pytest.mark.parametrize(
    "content",
    [
        json.dumps(ORDERS),
        json.dumps(ORDERS, indent=2),
        "\ufeff" + json.dumps(ORDERS, indent=2).replace("\n", "\r\n"),
        "[\n" + ",\n".join(map(json.dumps, ORDERS)) + "\n]\n",
        "\n".join(json.dumps(order, indent=2) for order in ORDERS),
        ",\n".join(map(json.dumps, ORDERS)),
        json.dumps({"orders": ORDERS}),
        json.dumps({"orders": ORDERS}, indent=1),
        '{"orders": [\n' + ",\n".join(map(json.dumps, ORDERS)) + "\n]}\n",
        json.dumps({"object": "list", "data": ORDERS, "has_more": False, "url": "/v1/orders"}),
        json.dumps({"items": ORDERS, **PAGE}),
        json.dumps({**PAGE, "items": ORDERS}, indent=4),
        json.dumps({"data": {"orders": {"edges": [{"cursor": "x", "node": one} for one in ORDERS]}}}),
        json.dumps({"hits": {"total": 12, "hits": [{"_index": "o", "_source": one} for one in ORDERS]}}),
        json.dumps({"SELECT * FROM orders": ORDERS}),
        json.dumps({"orders": {f"-N{at}": one for at, one in enumerate(ORDERS)}}),
        json.dumps({"__collections__": {"orders": {f"f{at}": one for at, one in enumerate(ORDERS)}}}),
        json.dumps({"customers": [{"customer_id": 1}], "orders": ORDERS}),
        pages("orders"),
        pages("data"),
        json.dumps([{"page": 1, "orders": ORDERS[:6]}, {"page": 2, "orders": ORDERS[6:]}]),
        json.dumps([ORDERS[:6], ORDERS[6:]]).replace("]}], [{", "]}, {")[1:-1],
    ],
)
def test_a_document_with_orders_is_read(tmp_path: Path, content: str) -> None:
    assert values(read(tmp_path, content, "orders.json"), "user_id", "item_id", "quantity") == READ


def test_documents_may_be_packed_or_in_utf_16_and_several(tmp_path: Path) -> None:
    names = [
        write(tmp_path, gzip.compress(json.dumps({"orders": ORDERS[:5]}).encode()), "1.json.gz"),
        write(tmp_path, json.dumps({"orders": ORDERS[5:9]}, indent=1).encode("utf-16"), "2.json"),
        write(tmp_path, json.dumps(ORDERS[9:]), "3.json"),
    ]
    assert values(read_files(names), "user_id", "item_id", "quantity") == READ


@pytest.mark.parametrize("indent", [None, 2])
@pytest.mark.parametrize("content", [ORDERS, {"orders": ORDERS}, {"data": {"orders": {"nodes": ORDERS}}}])
def test_a_text_that_is_cut_off_is_refused_with_the_line(
    tmp_path: Path, content: Any, indent: int | None
) -> None:
    text = json.dumps(content, indent=indent)
    for at in (len(text) - 1, len(text) * 3 // 4, len(text) // 2, len(text) // 3):
        with pytest.raises(
            UnreadableSourceError, match=r"orders.json .*line \d+.*write or download it again"
        ):
            read(tmp_path, text[:at], "orders.json")


def test_a_mistake_is_named_with_its_place(tmp_path: Path) -> None:
    text = json.dumps(ORDERS, indent=1).replace('"id": 7,', '"id": 7')
    line = text[: text.index('"id": 7')].count("\n") + 2
    with pytest.raises(
        UnreadableSourceError, match=rf"no JSON from line {line}, character 3 on \(Expecting ','"
    ):
        read(tmp_path, text, "orders.json")


def test_a_document_without_orders_is_refused(tmp_path: Path) -> None:
    for content in ("[]", '{\n"orders": [],\n"next": null}'):
        with pytest.raises(UnusableExportError, match="has no orders in it"):
            read(tmp_path, content, "orders.json")


def test_two_lists_that_may_be_the_orders_are_asked_about(tmp_path: Path) -> None:
    content = json.dumps({"baskets": ORDERS, "wishes": ORDERS})
    with pytest.raises(
        UnusableExportError, match=r"several lists \('baskets', 'wishes'\).*jq -c '.baskets\[\]'"
    ):
        read(tmp_path, content, "orders.json")


def test_what_is_not_utf_8_asks_for_its_encoding(tmp_path: Path) -> None:
    text = json.dumps([{**one, "city": "Köln"} for one in ORDERS], ensure_ascii=False, indent=1)
    with pytest.raises(UnreadableSourceError, match="--encoding windows-1252"):
        read(tmp_path, text.encode("cp1252"), "orders.json")


@pytest.mark.parametrize("size", [1, 7, 64, 1 << 20])
@pytest.mark.parametrize(
    "content",
    [ORDERS, {"a": {"b": 1}, "orders": ORDERS, "z": [1, 2]}, {"data": {"orders": {"edges": ORDERS}, "n": 3}}],
)
def test_a_list_beyond_all_measure_is_read_one_by_one(content: Any, size: int) -> None:
    text = json.dumps(content, indent=1)
    pieces = (text[at : at + size] for at in range(0, len(text), size))
    found = list(records_in(JsonText(pieces, "orders.json", most=300), "orders.json"))
    as_written = json.loads(json.dumps(ORDERS), parse_int=str)
    assert found == as_written
