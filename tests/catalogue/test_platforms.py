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


def test_variants_of_a_magento_product_that_is_not_in_the_file_are_sold_and_of_one_group(
    tmp_path: Path,
) -> None:
    header = "sku,attribute_set_code,product_type,name,visibility,price,url_key"
    visible, hidden = '"Catalog, Search"', "Not Visible Individually"
    rows = [
        f"WS0,Top,configurable,Top 0,{visible},5,top-0",
        f"WS0-M,Top,simple,Top 0-M,{hidden},5,top-0-m",
        f"WS9-M-Red,Top,simple,Top 9-M-Red,{hidden},5,top-9-m",
        f"WS9-S-Red,Top,simple,Top 9-S-Red,{hidden},5,top-9-s",
        f"PART-1,Top,simple,Screw,{hidden},5,screw",
        f"PART-2,Top,simple,Screw 2,{hidden},5,screw-2",
        f"V,Top,simple,Vase,{visible},5,vase",
    ]
    _, items = imported(tmp_path, "\n".join([header, *rows]) + "\n")
    assert {one.item_id: (one.in_stock, one.group_id) for one in items.values()} == {
        "WS0": (True, "WS0"),
        "WS0-M": (True, "WS0"),
        "WS9-M-Red": (True, "WS9"),
        "WS9-S-Red": (True, "WS9"),
        "PART-1": (False, None),
        "PART-2": (False, None),
        "V": (True, None),
    }


def test_woocommerce_variations_whose_parent_is_not_in_the_file_are_of_one_group(tmp_path: Path) -> None:
    header = "ID,Type,SKU,Name,Regular price,In stock?,Parent,Attribute 1 name,Attribute 1 value(s)"
    rows = [f"7{n},variation,tee-{n},Tee - {n},9,1,tee,Size,{n}" for n in (1, 2)]
    _, items = imported(tmp_path, "\n".join([header, *rows]) + "\n")
    assert [(one.group_id, one.attributes["size"]) for one in items.values()] == [("tee", "1"), ("tee", "2")]


def test_shopify_rows_without_a_handle_belong_to_the_product_above(tmp_path: Path) -> None:
    header = "Handle,Title,Type,Variant SKU,Variant Price,Option1 Name,Option1 Value"
    rows = ["tee,Tee,Shirts,T-S,19,Size,S", ",,,T-L,20,,L", "pot,,,P-S,5,,S", "pot,,,P-L,6,,L"]
    _, items = imported(tmp_path, "\n".join([header, *rows]) + "\n")
    assert {one.item_id: (one.group_id, one.title) for one in items.values()} == {
        "T-S": ("tee", "Tee"),
        "T-L": ("tee", "Tee"),
        "P-S": ("pot", None),
        "P-L": ("pot", None),
    }, "a product whose first row is missing is not the one above"
