"""Product exports and feeds as platforms write them, and the items that must come out of each."""

import json
from pathlib import Path
from typing import Any

import pytest

from recsvc.catalogue.item import Item
from recsvc.catalogue.product_import import import_products

SHAPES = Path(__file__).parent.parent / "shapes"
EXPECTED = json.loads((SHAPES / "expected-catalogue.json").read_text())
NOW_US = 1_780_000_000_000_000


@pytest.mark.parametrize("name", EXPECTED)
def test_a_product_export_becomes_the_items_that_it_describes(name: str) -> None:
    expected, items = EXPECTED[name]["catalogue"], list[Item]()
    found = import_products(SHAPES / name, items.extend, NOW_US)
    assert (found.platform, found.n_rows) == (expected["platform"], expected["rows"])
    assert dict(found.not_items) == expected["not_items"]
    assert [list(one) for one in found.refused] == expected["refused"]
    assert {item.item_id: told(item) for item in items} == expected["items"]


def told(item: Item) -> list[Any]:
    return [item.title, item.price, list(item.categories), item.is_sold_at(NOW_US), item.group_id]
