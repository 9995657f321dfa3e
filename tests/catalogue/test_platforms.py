"""What each product export becomes, and an export from outside."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from recsvc.catalogue.item import Item
from recsvc.catalogue.platforms import PRODUCT_EXPORTS
from recsvc.catalogue.platforms.export import ProductExport, ReadRow, read_item
from recsvc.catalogue.product_import import Imported, import_products
from recsvc.catalogue.rows import ExportRow

SHOPIFY = """\
Handle,Title,Vendor,Type,Tags,Published,Option1 Name,Option1 Value,Variant SKU,\
Variant Inventory Tracker,Variant Inventory Qty,Variant Inventory Policy,Variant Price,Image Src,Status
tee,Plain Tee,Acme,Shirts,"men, summer",true,Size,Small,TEE-S,shopify,3,deny,19.50,https://img.example/tee.jpg,active
tee,,,,,,,Large,TEE-L,shopify,0,deny,20,,
tee,,,,,,,,,,,,,https://img.example/back.jpg,
mug,Mug,Acme,,,true,Title,Default Title,,,,deny,7,,
old,Old Hat,Acme,Hats,,true,Title,Default Title,HAT,,,deny,9,,archived
bad,Bad,Acme,Hats,,true,Title,Default Title,BAD,,,deny,cheap,,active
"""
WOO = """ID,Type,SKU,Name,Published,In stock?,Stock,Sale price,Regular price,Categories,Tags,Images,Parent
1,variable,vneck,V-Neck,1,1,,,,"Clothing > Tshirts, Sale",,"https://img.example/v.jpg, https://img.example/w.jpg",
2,variation,vneck-red,V-Neck - Red,1,0,0,18,20,,,,vneck
3,simple,draft,Draft,-1,1,,,5,Decor,,,id:1
"""
MAGENTO = """\
sku,attribute_set_code,categories,name,product_online,\
visibility,price,special_price,url_key,qty,is_in_stock
BAG,Default,"Default Category/Gear,Default Category/Gear/Bags",Bag,1,"Catalog, Search",45,,bag,7,1
PART,Default,,Part,1,Not Visible Individually,5,4,part,2,1
"""
PLAIN = """item_id,title,price,categories,in_stock,brand,grams
tea,Tea,4.50,"Food > Drinks",yes,Acme,100
cup,,,,no,,
,Nameless,1,,,,
"""


def imported(
    tmp_path: Path, text: str, exports: Sequence[ProductExport] = PRODUCT_EXPORTS
) -> tuple[Imported, dict[str, Item]]:
    (tmp_path / "export.csv").write_text(text, encoding="utf-8-sig")
    items: dict[str, Item] = {}
    found = import_products(
        tmp_path / "export.csv",
        lambda batch: items.update({item.item_id: item for item in batch}),
        1,
        exports,
    )
    return found, items


def test_variants_of_shopify_are_items_of_their_own(tmp_path: Path) -> None:
    found, items = imported(tmp_path, SHOPIFY)
    assert (found.platform, found.n_rows, found.n_items) == ("Shopify", 6, 4)
    assert dict(found.not_items) == {"a further picture of the product above": 1}
    assert found.refused == [(6, "price: must be a number, got 'cheap'")]
    small, large = items["TEE-S"], items["TEE-L"]
    assert (small.title, small.price, small.categories, small.in_stock) == (
        "Plain Tee",
        19.5,
        ("Shirts",),
        True,
    )
    assert small.attributes == {"brand": "Acme", "tags": ["men", "summer"], "stock": 3.0, "size": "Small"}
    assert (small.group_id, large.group_id, items["Mug"].group_id) == ("tee", "tee", "mug")
    assert (small.url, small.image_url) == ("/products/tee", "https://img.example/tee.jpg")
    assert (large.title, large.in_stock, large.attributes["stock"]) == ("Plain Tee", False, 0.0)
    assert items["Mug"].in_stock  # nobody counts it
    assert not items["HAT"].in_stock  # archived


def test_variations_of_woocommerce_are_in_the_categories_of_their_parent(tmp_path: Path) -> None:
    found, items = imported(tmp_path, WOO)
    assert found.n_items == 3
    red = items["vneck-red"]
    assert (red.categories, red.price, red.in_stock) == (("Clothing > Tshirts", "Sale"), 18.0, False)
    assert items["vneck"].image_url == "https://img.example/v.jpg"
    assert not items["draft"].in_stock


def test_categories_of_magento_lose_their_root(tmp_path: Path) -> None:
    found, items = imported(tmp_path, MAGENTO)
    assert found.platform == "Magento 2"
    bag = items["BAG"]
    assert (bag.categories, bag.url, bag.attributes) == (("Gear", "Gear > Bags"), "/bag.html", {"stock": 7.0})
    assert (items["PART"].price, items["PART"].in_stock) == (4.0, False)


def test_any_table_with_item_ids_will_do(tmp_path: Path) -> None:
    found, items = imported(tmp_path, PLAIN)
    assert (found.n_items, dict(found.not_items)) == (2, {"neither a SKU nor a title": 1})
    assert items["tea"].attributes == {"brand": "Acme", "grams": 100.0}
    assert not items["cup"].in_stock


def read_kiosk(rows: Iterable[ExportRow]) -> Iterator[ReadRow]:
    for row in rows:
        yield read_item(row, row.first("plu"), {"shelf": row.first("shelf")}, title=row.first("wording"))


def test_an_export_from_outside_is_one_object(tmp_path: Path) -> None:
    kiosk = ProductExport("a kiosk", frozenset({"plu", "wording"}), read_kiosk)
    text = "PLU,Wording,Shelf\n4011,Bananas,3\n,Nothing,1\n"
    found, items = imported(tmp_path, text, [*PRODUCT_EXPORTS, kiosk])
    assert (found.platform, found.n_rows, dict(found.not_items)) == (
        "a kiosk",
        2,
        {"neither a SKU nor a title": 1},
    )
    assert items == {"4011": Item("4011", title="Bananas", attributes={"shelf": "3"}, updated_at_us=1)}


def test_every_export_has_a_name_and_columns_of_its_own() -> None:
    names = [export.name for export in PRODUCT_EXPORTS]
    assert len(set(names)) == len({export.columns for export in PRODUCT_EXPORTS}) == len(names)
