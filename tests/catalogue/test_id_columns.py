"""Items are called as orders call them, whichever column that is."""

from pathlib import Path

import pytest

from recsvc.catalogue.item import Item
from recsvc.catalogue.product_import import Imported, Told, import_products
from recsvc.errors import UnreadableExportError

PRESTASHOP = (
    "Product ID;Image;Name;Reference;Category;Price (tax excl.);Price (tax incl.);Quantity;Status\n"
    + "".join(f"{number};x.jpg;Mug {number};demo_{number};Art;11.90;14.28;300;1\n" for number in range(1, 9))
)
SHOPIFY = (
    "Handle,Title,Type,Variant SKU,Variant Price,Variant Barcode,Variant Inventory Tracker,Variant Inventory Qty\n"
    + "".join(
        f"tee-{number},Tee {number},Shirts,T{number}-S,19,40{number}1,shopify,0\n"
        f"tee-{number},,,T{number}-L,20,40{number}2,shopify,4\n"
        for number in range(1, 6)
    )
)
WOOCOMMERCE = "ID,Type,SKU,Name,Regular price,In stock?\n" + "".join(
    f"{number + 100},simple,W-{number},Pot {number},5,1\n" for number in range(1, 6)
)
SHOPWARE = "id,product_number,name,active,stock,ean\n" + "".join(
    f"{number:032x},SW{number},Pan {number},1,3,40{number}\n" for number in range(1, 6)
)
MAGENTO = "sku,attribute_set_code,product_type,name,url_key,price,entity_id\n" + "".join(
    f"M-{number},Default,simple,Bag {number},bag-{number},7,{number + 20}\n" for number in range(1, 6)
)


def read(directory: Path, content: str, **told: object) -> tuple[list[Item], Imported]:
    path, stored = directory / "export.csv", dict[str, Item]()
    path.write_text(content)
    imported = import_products(
        path, lambda items: stored.update((one.item_id, one) for one in items), 1, told=Told(**told)
    )
    return list(stored.values()), imported


@pytest.mark.parametrize(
    ("content", "bought", "column"),
    [
        (PRESTASHOP, ["1", "2", "3", "4", "gone"], "product id"),
        (PRESTASHOP, ["demo_1", "DEMO_2", "demo_3", "demo_4", "gone"], "reference"),
        (PRESTASHOP, ["Mug 1", "Mug 2", "Mug 3"], "name"),
        (SHOPIFY, ["T1-S", "T2-L", "T3-L"], "variant sku"),
        (SHOPIFY, ["tee-1", "tee-2", "tee-3"], "handle"),
        (SHOPIFY, ["4011", "4022", "4031"], "variant barcode"),
        (WOOCOMMERCE, ["W-1", "W-2", "W-3"], "sku"),
        (WOOCOMMERCE, ["101", "102", "105.0"], "id"),
        (SHOPWARE, [f"{number:032x}" for number in range(1, 5)], "id"),
        (SHOPWARE, ["SW1", "SW2", "SW3"], "product_number"),
        (SHOPWARE, ["401", "402", "403"], "ean"),
        (MAGENTO, ["21", "22", "23"], "entity_id"),
        (PRESTASHOP, ["what", "is", "in", "no", "column"], "product id"),
    ],
)
def test_what_was_bought_tells_the_column_of_the_ids(
    tmp_path: Path, content: str, bought: list[str], column: str
) -> None:
    items, imported = read(tmp_path, content, bought=frozenset(bought))
    assert imported.id_column == column
    names = content.splitlines()[0].lower().replace(";", ",").split(",")
    place = names.index(column)
    cells = [line.replace(";", ",").split(",")[place] for line in content.splitlines()[1:]]
    assert {item.item_id for item in items} == set(cells)


def test_of_the_variants_of_one_item_the_first_in_stock_counts(tmp_path: Path) -> None:
    items, imported = read(tmp_path, SHOPIFY, columns={"item_id": "Handle"})
    assert [(one.item_id, one.price, one.in_stock) for one in items][:2] == [
        ("tee-1", 20.0, True),
        ("tee-2", 20.0, True),
    ]
    assert imported.id_column == "handle"


def test_two_columns_that_name_what_was_bought_but_other_products_are_asked_about(tmp_path: Path) -> None:
    content = "item_id,reference,title\n" + "".join(f"{n},{9 - n},Mug {n}\n" for n in range(1, 9))
    bought = frozenset("12345")
    with pytest.raises(
        UnreadableExportError, match=r"'item_id' and 'reference' both name.*--column item_id="
    ):
        read(tmp_path, content, bought=bought)
    items, _ = read(tmp_path, content, bought=bought, columns={"item_id": "reference"})
    assert {one.item_id: one.title for one in items}["8"] == "Mug 1"
    same = content.replace("reference", "colour")
    assert len(read(tmp_path, same, bought=bought)[0]) == 8, "what is no id is no rival"


def test_columns_and_notation_are_what_the_shop_says(tmp_path: Path) -> None:
    content = "nr,was,wieviel\nA,Krug,1.000\nB,Topf,2.000\n"
    columns = {"item_id": "nr", "title": "Was", "price": "wieviel"}
    items, imported = read(tmp_path, content, columns=columns, decimal_mark=",")
    assert [(one.item_id, one.title, one.price) for one in items] == [
        ("A", "Krug", 1000.0),
        ("B", "Topf", 2000.0),
    ]
    assert imported.columns == {"item_id": "nr", "title": "was", "price": "wieviel"}
    with pytest.raises(UnreadableExportError, match="has no column 'what' for title"):
        read(tmp_path, content, columns={"title": "what"})
    with pytest.raises(UnreadableExportError, match="'colour' is no field of an item"):
        read(tmp_path, content, columns={"colour": "was"})


def test_an_encoding_that_was_told_is_that_of_what_is_no_utf_8(tmp_path: Path) -> None:
    path, stored = tmp_path / "export.csv", list[Item]()
    for encoding in ("windows-1250", "utf-8"):
        path.write_bytes("item_id,title\n1,Dzbán žlutý\n2,Příbor\n".encode(encoding))
        import_products(path, stored.extend, 1, told=Told(encoding="windows-1250"))
    assert [one.title for one in stored] == ["Dzbán žlutý", "Příbor"] * 2
