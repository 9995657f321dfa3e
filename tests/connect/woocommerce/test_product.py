"""Products as WooCommerce's interface has them, in the oddities of real shops."""

from typing import Any

from support.connected_shop import Connected
from support.fake_woocommerce import FakeShop

from recsvc.catalogue.item import Item
from recsvc.connect.woocommerce.product import read_products


def items(*documents: dict[str, Any]) -> dict[str, Item]:
    found, problems = read_products(documents, {}, {}, 1)
    assert problems == []
    return {one.item.item_id: one.item for one in found if one.item is not None}


def test_what_the_shop_shows_but_does_not_sell_itself_is_shown() -> None:
    shop = FakeShop()
    made = [
        shop.product(kind, type=kind, purchasable=False, price="")
        for kind in ("external", "grouped", "simple")
    ]
    assert {name: one.in_stock for name, one in items(*made).items()} == {
        "external": True, "grouped": True, "simple": False,
    }  # fmt: skip


def test_a_product_below_another_one_is_no_variation() -> None:
    document = FakeShop().product("A", parent_id=12)
    assert items(document)["A"].group_id is None


def test_long_names_paths_and_lists_are_cut_to_what_an_item_can_have() -> None:
    shop = FakeShop()
    path = " > ".join(f"{name} {'parts ' * 6}".strip() for name in ("Car", "Motor", "Valve", "Ring"))
    shirt = shop.product("S", type="variable", name="Shirt " + "x" * 300)
    shirt["categories"] = [{"id": 9, "name": path}, *({"id": 10 + n, "name": f"C{n}"} for n in range(60))]
    shirt["tags"] = [{"name": f"t{number} &amp; co"} for number in range(120)]
    red = {"id": 900, "parent_id": shirt["id"], "type": "variation", "sku": "S-RED", "regular_price": "7",
           "attributes": [{"name": "Colour", "option": "Red &amp; blue"}]}  # fmt: skip
    found = items(shirt, red)
    assert found["S"].categories[:2] == ("Car " + "parts " * 5 + "parts", "Motor " + "parts " * 5 + "parts")
    assert len(found["S"].categories) == 50
    assert found["S"].attributes["tags"] == [f"t{number} & co" for number in range(100)]
    assert (found["S-RED"].title or "").startswith("Shirt xxx")
    assert found["S-RED"].attributes["colour"] == "Red & blue"


def test_of_products_with_one_sku_the_one_that_can_be_sold_counts(connected: Connected) -> None:
    shop, catalogue = connected.shop, connected.store.catalogue
    live = shop.product("A", name="Tea")
    old = shop.product("A", name="Old tea", status="draft")
    for _ in range(2):
        connected.deliver()
        connected.sync().reconcile(days=1)
        item = catalogue.get("A")
        assert item is not None
        assert (item.title, item.in_stock) == ("Tea", True)
    shop.tick()
    sold_out = live | {"stock_status": "outofstock", "date_modified_gmt": shop.now.isoformat()}
    shop.queue.append(("product.updated", sold_out))
    connected.deliver()
    assert (item := catalogue.get("A")) is not None
    assert not item.in_stock
    connected.into.receive("product.deleted", {"id": live["id"]})
    connected.into.receive("product.deleted", {"id": old["id"]})
    assert catalogue.get("A") is None


def test_a_sku_that_moved_to_another_product_stays(connected: Connected) -> None:
    shop = connected.shop
    new, old = shop.product("NEW"), shop.product("A")
    connected.deliver()
    shop.tick()
    for product, sku in ((new, "A"), (old, "OLD")):
        changed = product | {"sku": sku, "date_modified_gmt": shop.now.isoformat()}
        connected.into.receive("product.updated", changed)
    assert connected.store.catalogue.get("A") is not None
    assert connected.store.catalogue.get("OLD") is not None
    assert connected.store.catalogue.get("NEW") is None
