import gzip
from collections.abc import Sequence
from pathlib import Path

import pytest

from recsvc.catalogue.item import Item
from recsvc.catalogue.product_import import BATCH, MAX_NAMED, Told, import_products
from recsvc.errors import UnreadableExportError
from recsvc.store.store import open_store


def test_a_packed_file_is_read_and_an_item_named_twice_is_the_last_one(tmp_path: Path) -> None:
    path = tmp_path / "export.csv.gz"
    path.write_bytes(gzip.compress(b"item_id,price\ntea,1\ntea,2\n"))
    batches: list[Sequence[Item]] = []
    assert import_products(path, batches.append, 1).n_items == 1
    assert batches == [[Item("tea", price=2.0, updated_at_us=1)]]


def test_items_are_stored_a_batch_at_a_time(tmp_path: Path) -> None:
    path, batches = tmp_path / "export.csv", []
    path.write_text("item_id\n" + "\n".join(str(number) for number in range(BATCH + 1)))
    assert import_products(path, batches.append, 1).n_items == BATCH + 1
    assert [len(batch) for batch in batches] == [BATCH, 1]


def test_of_many_refused_rows_the_first_are_named_and_all_are_counted(tmp_path: Path) -> None:
    path = tmp_path / "export.csv"
    path.write_text("item_id,price\n" + "tea,cheap\n" * (MAX_NAMED + 5))
    found = import_products(path, list, 1)
    assert (found.n_items, found.n_refused, len(found.refused)) == (0, MAX_NAMED + 5, MAX_NAMED)


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
    tmp_path: Path, content: bytes, told: str
) -> None:
    (tmp_path / "export.csv").write_bytes(content)
    with pytest.raises(UnreadableExportError, match=told):
        import_products(tmp_path / "export.csv", list, 1)


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database, once of each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/recsvc.db"
    return request.getfixturevalue("shared_postgres").new_database()


def test_a_table_without_titles_adds_to_what_is_known(database_url: str, tmp_path: Path) -> None:
    store, feed, more = open_store(database_url), tmp_path / "feed.csv", tmp_path / "more.csv"
    feed.write_text(
        "id,title,availability,price,link,item_group_id\n"
        "1,Mug,in_stock,12.50 EUR,https://s.test/1,g\n2,Pot,in_stock,20.00 EUR,https://s.test/2,\n"
    )
    more.write_text(
        "id\tsale_price\tavailability\tlabel\n1\t9,99 EUR\t\tsummer\n2\t\tout_of_stock\t\n3\t5,00 EUR\t\t\n"
    )
    told = Told(known=store.catalogue.get_many)
    import_products(feed, store.catalogue.put, 1, told=told)
    assert import_products(more, store.catalogue.put, 2, told=told).n_items == 3
    mug, pot, new = (store.catalogue.get(one) for one in "123")
    assert mug == Item(
        "1",
        "Mug",
        "https://s.test/1",
        price=9.99,
        attributes={"label": "summer"},
        updated_at_us=2,
        group_id="g",
    )
    assert pot == Item("2", "Pot", "https://s.test/2", price=20.0, in_stock=False, updated_at_us=2)
    assert new == Item("3", price=5.0, updated_at_us=2)
    more.write_text("id,price\n2,18\n")
    import_products(more, store.catalogue.put, 3, told=told)
    assert (changed := store.catalogue.get("2")) is not None
    assert (changed.in_stock, changed.price) == (False, 18.0), "what the table does not say stays"
    store.close()


@pytest.mark.parametrize(
    ("header", "row", "group"),
    [
        (
            "offer-id\ttitle\tmerchant-category\tprice\tean",
            "A{n}\tMug {n}\tHome > {cups}\t4.{n}0\t",
            None,
        ),
        (
            "<SHOP>",
            "<SHOPITEM><ITEM_ID>A{n}</ITEM_ID><PRODUCTNAME>Mug {n}</PRODUCTNAME><PRICE_VAT>4,{n}0</PRICE_VAT>"
            "<CATEGORYTEXT>Home | {cups}</CATEGORYTEXT><ITEMGROUP_ID>G</ITEMGROUP_ID></SHOPITEM>",
            "G",
        ),
        ("code;pairCode;name;price;defaultCategory;ean", "A{n};G;Mug {n};4,{n}0;Home > {cups};", "G"),
        (
            "Item.id;Variation.number;ItemTextName.de;Category.path;VariationSalesPrice.price;Variation.mainVariationId",
            "7;A{n};Mug {n};Home > {cups};4,{n}0;G",
            "G",
        ),
        (
            "OXID;OXPARENTID;OXARTNUM;OXTITLE;OXPRICE;Kategorie",
            "o{n};G;A{n};Mug {n};4.{n}0;Home > {cups}",
            "G",
        ),
    ],
    ids=["kelkoo", "heureka", "shoptet", "plentymarkets", "oxid"],
)
def test_feeds_and_tables_of_more_platforms_are_read(
    tmp_path: Path, header: str, row: str, group: str | None
) -> None:
    items: list[Item] = []
    rows = [row.format(n=n, cups="Cups" if n % 2 else "Pots") for n in range(1, 7)]
    end = header.replace("<", "</") if header.startswith("<") else ""
    (tmp_path / "export").write_text("\n".join([header, *rows, end]))
    import_products(tmp_path / "export", items.extend, 1)
    assert len(items) == 6
    first = items[0]
    assert (first.item_id, first.title, first.price, first.group_id) == ("A1", "Mug 1", 4.1, group)
    assert first.categories == ("Home > Cups",)
