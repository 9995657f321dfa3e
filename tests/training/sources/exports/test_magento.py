"""Order items of Magento: a bundle is bought once, not its parts as well."""

from pathlib import Path

import pytest
from support.order_files import clean, reasons

HEADER = "item_id,order_id,parent_item_id,product_type,sku,name,qty_ordered,price,created_at,customer_email,status\n"


def order(*rows: str) -> str:
    lines = (f"{row},2025-03-01 10:00:00,anna@shop.test,complete\n" for row in rows)
    return HEADER + "".join(lines)


PARTS = ["2,1,{},simple,PART-A,A,2.0000,7.5000", "3,1,{},simple,PART-B,B,1.0000,15.0000"]
OTHER = "4,1,,simple,SOLO,Solo,1.0000,3.0000"


@pytest.mark.parametrize(
    ("price", "parent", "bought"),
    [
        ("30.0000", "1", {"KIT": 30.0, "SOLO": 3.0}),
        ("0.0000", "1", {"PART-A": 7.5, "PART-B": 15.0, "SOLO": 3.0}),
        ("", "1", {"PART-A": 7.5, "PART-B": 15.0, "SOLO": 3.0}),
        ("30.0000", "99", {"KIT": 30.0, "PART-A": 7.5, "PART-B": 15.0, "SOLO": 3.0}),
    ],
    ids=[
        "a priced bundle",
        "a free bundle",
        "a bundle without a price",
        "parts of a bundle that is elsewhere",
    ],
)
def test_of_a_bundle_and_its_parts_what_has_the_price_counts(
    tmp_path: Path, price: str, parent: str, bought: dict[str, float]
) -> None:
    parts = [part.format(parent) for part in PARTS]
    orders = clean(tmp_path, order(f"1,1,,bundle,KIT,Kit,1.0000,{price}", *parts, OTHER))
    assert orders.summary.files[0].format_name == "Magento order items"
    found = dict(orders.lines.select("item_id", "unit_price").iter_rows())
    assert {item: cost for item, cost in found.items() if item in bought} == bought
    refused = [row for row, reason in reasons(orders).items() if reason == "zero_price"]
    assert (3 in refused and 4 in refused) is ("PART-A" not in bought)
    assert not found.keys() & {"PART-A", "PART-B"} - bought.keys()
