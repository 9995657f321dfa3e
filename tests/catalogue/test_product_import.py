import gzip
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from recsvc.catalogue.item import Item
from recsvc.catalogue.product_import import Imported, import_products
from recsvc.cli.main import recsvc
from recsvc.errors import UnreadableExportError
from recsvc.store.sql_store import SqlStore, open_store

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


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqlStore]:
    opened = open_store(f"sqlite:///{tmp_path}/store.db")
    yield opened
    opened.close()


def imported(store: SqlStore, tmp_path: Path, text: str) -> Imported:
    (tmp_path / "export.csv").write_text(text, encoding="utf-8-sig")
    return import_products(tmp_path / "export.csv", store.catalogue, 1)


def item(store: SqlStore, item_id: str) -> Item:
    found = store.catalogue.get(item_id)
    assert found is not None
    return found


def test_variants_of_shopify_are_items_of_their_own(store: SqlStore, tmp_path: Path) -> None:
    found = imported(store, tmp_path, SHOPIFY)
    assert (found.platform, found.n_rows, found.n_items) == ("Shopify", 6, 4)
    assert dict(found.not_items) == {"a further picture of the product above": 1}
    assert found.refused == [(6, "price: Input should be a valid number, got 'cheap'")]
    small, large = item(store, "TEE-S"), item(store, "TEE-L")
    assert (small.title, small.price, small.categories, small.in_stock) == (
        "Plain Tee",
        19.5,
        ("Shirts",),
        True,
    )
    assert small.attributes == {"brand": "Acme", "tags": ["men", "summer"], "stock": 3.0}
    assert (small.url, small.image_url) == ("/products/tee", "https://img.example/tee.jpg")
    assert (large.title, large.in_stock, large.attributes["stock"]) == ("Plain Tee", False, 0.0)
    assert item(store, "Mug").in_stock  # nobody counts it
    assert not item(store, "HAT").in_stock  # archived


def test_variations_of_woocommerce_are_in_the_categories_of_their_parent(
    store: SqlStore, tmp_path: Path
) -> None:
    assert imported(store, tmp_path, WOO).n_items == 3
    red = item(store, "vneck-red")
    assert (red.categories, red.price, red.in_stock) == (("Clothing > Tshirts", "Sale"), 18.0, False)
    assert item(store, "vneck").image_url == "https://img.example/v.jpg"
    assert not item(store, "draft").in_stock


def test_categories_of_magento_lose_their_root(store: SqlStore, tmp_path: Path) -> None:
    assert imported(store, tmp_path, MAGENTO).platform == "Magento 2"
    bag = item(store, "BAG")
    assert (bag.categories, bag.url, bag.attributes) == (("Gear", "Gear > Bags"), "/bag.html", {"stock": 7.0})
    assert (item(store, "PART").price, item(store, "PART").in_stock) == (4.0, False)


def test_any_table_with_item_ids_will_do(store: SqlStore, tmp_path: Path) -> None:
    found = imported(store, tmp_path, PLAIN)
    assert (found.n_items, dict(found.not_items)) == (2, {"neither a SKU nor a title": 1})
    assert item(store, "tea").attributes == {"brand": "Acme", "grams": 100.0}
    assert not item(store, "cup").in_stock


def test_a_packed_file_is_read_and_an_item_named_twice_is_the_last_one(
    store: SqlStore, tmp_path: Path
) -> None:
    path = tmp_path / "export.csv.gz"
    path.write_bytes(gzip.compress(b"item_id,price\ntea,1\ntea,2\n"))
    assert import_products(path, store.catalogue, 1).n_items == 1
    assert item(store, "tea").price == 2.0


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "no product export"),
        (b"name,colour\nTea,green\n", "item_id"),
        (b"item_id\n\xff\xfe\n", "not UTF-8"),
        (b'item_id\n"open', "no comma-separated table"),
        (b"\x1f\x8bbroken", "cannot be read"),
    ],
)
def test_what_is_no_export_is_refused_with_what_would_be_one(
    store: SqlStore, tmp_path: Path, content: bytes, told: str
) -> None:
    (tmp_path / "export.csv").write_bytes(content)
    with pytest.raises(UnreadableExportError, match=told):
        import_products(tmp_path / "export.csv", store.catalogue, 1)


def test_the_command_says_what_became_of_every_row(tmp_path: Path) -> None:
    (tmp_path / "export.csv").write_text(SHOPIFY)
    (tmp_path / "models").mkdir()
    arguments = ["items", "import", str(tmp_path / "export.csv"), "--models-dir", str(tmp_path / "models")]
    done = CliRunner().invoke(recsvc, arguments)
    assert done.exit_code == 0, done.output
    assert "Shopify, 6 rows, 4 items stored" in done.output
    assert "1 rows: a further picture of the product above" in done.output
    assert "row 6: price: Input should be a valid number" in done.output
    (tmp_path / "none.csv").write_text("item_id\n")
    assert (
        CliRunner().invoke(recsvc, [*arguments[:2], str(tmp_path / "none.csv"), *arguments[3:]]).exit_code
        == 3
    )
