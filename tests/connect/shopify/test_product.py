from collections.abc import Mapping
from pathlib import Path
from typing import Any

from support.fake_admin_api import admin_product
from support.fake_shopify import FakeShopify

from recsvc.catalogue.item import Item
from recsvc.catalogue.product_import import import_products
from recsvc.connect.shopify.graph_documents import product_document
from recsvc.connect.shopify.naming import BY_EXPORT, Naming
from recsvc.connect.shopify.product import read_product

EXPORT = """\
Handle,Title,Vendor,Product Category,Type,Tags,Published,Option1 Name,Option1 Value,Variant SKU,\
Variant Inventory Tracker,Variant Inventory Qty,Variant Inventory Policy,Variant Price,Image Src,Status
{handle},Shirt,Acme,Apparel > Shirts,Shirts,"red, cotton",true,Size,Size 1,S-1,shopify,3,deny,19.00,{image},active
{handle},,,,,,,,Size 2,,shopify,0,deny,19.00,,
"""


def in_bulk(product: Mapping[str, Any]) -> dict[str, Any]:
    node = admin_product(product)
    return product_document(node, [one["node"] for one in node.pop("variants")["edges"]])


def items(
    document: Mapping[str, Any], counted: Mapping[str, bool] = {}, naming: Naming = BY_EXPORT
) -> list[Item]:
    read = read_product(document, counted, 1, naming)
    assert read.problems == ()
    return [one.item for one in read.products if one.item is not None]


def test_a_product_is_the_same_by_export_in_bulk_and_by_webhook(tmp_path: Path) -> None:
    shop = FakeShopify()
    product = shop.product("S-1", "")
    product["variants"][1]["inventory_quantity"] = 0
    (tmp_path / "export.csv").write_text(
        EXPORT.format(handle=product["handle"], image=product["image"]["src"]), encoding="utf-8"
    )
    by_export: list[Item] = []
    import_products(tmp_path / "export.csv", by_export.extend, 1)
    assert [(one.item_id, one.in_stock) for one in by_export] == [("S-1", True), ("Shirt - Size 2", False)]
    assert items(in_bulk(product)) == items(shop.told(product["id"])) == by_export


def test_of_many_tags_the_first_are_kept_and_a_long_category_is_its_levels() -> None:
    shop = FakeShopify()
    levels = ["Vehicles & Parts", *(f"{name} {'Parts ' * 6}".strip() for name in ("Car", "Motor", "Valve"))]
    tags = [f"tag {number}" for number in range(250)]
    product = shop.product("A", tags=", ".join(tags), category={"full_name": " > ".join(levels)})
    for document in (shop.told(product["id"]), in_bulk(product)):
        (item,) = items(document)
        assert item.attributes["tags"] == tags[:100]
        assert item.categories == (*levels, "Shirts")


def test_drafts_archived_and_unpublished_products_are_not_shown() -> None:
    shop = FakeShopify()
    for fields in ({"status": "draft"}, {"status": "archived"}, {"published_at": None}):
        product = shop.product("A", **fields)
        assert [one.in_stock for one in items(product) + items(in_bulk(product))] == [False, False]


def test_a_variant_that_sells_without_stock_or_is_not_counted_is_in_stock() -> None:
    shop = FakeShopify()
    product = shop.product("A", "B")
    for one in product["variants"]:
        one["inventory_quantity"] = 0
    product["variants"][0]["inventory_policy"] = "continue"
    product["variants"][1]["tracked"] = False
    assert [one.in_stock for one in items(in_bulk(product))] == [True, True]
    webhook, name = shop.told(product["id"]), str(product["variants"][1]["id"])
    assert [one.in_stock for one in items(webhook)] == [True, False]  # nobody said that it is not counted
    assert [one.in_stock for one in items(webhook, {name: False})] == [True, True]


def test_variants_beyond_those_of_a_webhook_are_known_to_be_there() -> None:
    shop = FakeShopify()
    document = shop.told(shop.product("A")["id"])
    document["variant_gids"] = [
        {"admin_graphql_api_id": f"gid://shopify/ProductVariant/{number}"} for number in (5, 6)
    ]
    assert {"5", "6"} < read_product(document, {}, 1).variant_ids


def test_items_may_be_called_by_the_number_of_their_variant() -> None:
    shop = FakeShopify()
    product = shop.product("A")
    assert [one.item_id for one in items(product, naming=Naming(item_by="variant_id"))] == [
        str(product["variants"][0]["id"])
    ]
