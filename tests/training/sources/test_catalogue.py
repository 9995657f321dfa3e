import gzip
from pathlib import Path

import polars as pl
import pytest
import zstandard
from support.order_files import FORMATS, write

from recsvc.errors import TooLittleDataError, UnreadableSourceError, UnusableExportError
from training.history.catalogue import ShopCatalogue
from training.sources.catalogue import read_catalogue


def read(directory: Path, content: str | bytes, name: str = "catalogue.csv") -> ShopCatalogue:
    return read_catalogue(write(directory, content, name))


def test_a_path_counts_as_all_its_levels(tmp_path: Path) -> None:
    made = read(tmp_path, "item_id,title,category\nb1,Cake Tin,Kitchen > Baking\nt1,Tea,Tea\n")
    assert made.categories == {"b1": ("Kitchen", "Kitchen > Baking"), "t1": ("Tea",)}
    assert made.titles == {"b1": "Cake Tin", "t1": "Tea"}
    assert (made.n_rows, made.refused) == (2, {})


@pytest.mark.parametrize("separator", ["|", ";", " ; "])
def test_an_item_may_be_in_several_categories(tmp_path: Path, separator: str) -> None:
    made = read(tmp_path, f"sku\tcategories\nx\tHome > Gifts{separator}Home > Candles\n")
    assert made.categories == {"x": ("Home", "Home > Gifts", "Home > Candles")}


def test_several_columns_are_the_levels_of_one_path(tmp_path: Path) -> None:
    # neither the order of the columns nor one that is no level matters
    header = "product_id,product_type,department,brand,product_category"
    content = f"{header}\n1,EGGS - X-LARGE,GROCERY,Own,EGGS\n2,,DRUG,,\n"
    made = read(tmp_path, gzip.compress(content.encode()), "items.csv.gz")
    assert made.categories == {
        "1": ("GROCERY", "GROCERY > EGGS", "GROCERY > EGGS > EGGS - X-LARGE"),
        "2": ("DRUG",),
    }


def test_ids_are_cleaned_as_those_of_orders(tmp_path: Path) -> None:
    assert set(read(tmp_path, 'sku,category\n17850.0,A\n"=""0042""",B\n').categories) == {"17850", "0042"}


def test_refused_rows_are_counted_by_reason(tmp_path: Path) -> None:
    rows = ["1,A,Tea", ",B,Tea", "1,C,Milk", "9.78E+12,D,Tea", "2,,", "3,E,Tea,too,many"]
    made = read(tmp_path, "\n".join(["item_id,title,category", *rows]))
    assert made.n_rows == 6
    assert made.refused == {
        "the row names no item": 1,
        "the item stands in an earlier row": 1,
        "the item id was damaged by a spreadsheet": 1,
        "the row has neither title nor category": 1,
        "the row cannot be split into the columns of the header": 1,
    }
    assert (made.titles, made.categories) == ({"1": "A"}, {"1": ("Tea",)})


def test_objects_are_read_too(tmp_path: Path) -> None:
    made = read(tmp_path, '{"item_id": "a", "category": "Tea > Green"}\n', "catalogue.ndjson")
    assert made.categories == {"a": ("Tea", "Tea > Green")}


def test_a_file_without_item_ids_is_named_with_its_columns(tmp_path: Path) -> None:
    with pytest.raises(UnusableExportError, match=r"column with item ids.*its columns are colour, size"):
        read(tmp_path, "colour,size\nred,1\n")


def test_a_file_of_which_nothing_can_be_used_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TooLittleDataError, match="no row with an item id"):
        read(tmp_path, "item_id,category\n,Tea\n")


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(UnreadableSourceError, match=r"nowhere\.csv"):
        read_catalogue(str(tmp_path / "nowhere.csv"))


@pytest.mark.parametrize(
    ("name", "item_id", "categories"),
    [
        ("shopify_products_home-and-garden.csv", "Clay Plant Pot - Regular", ("Outdoor",)),
        ("shopify_products_jewelery.csv", "7 Shakra Bracelet - Blue", ("Bracelet",)),
        ("woocommerce_sample_products_5rows.csv", "woo-beanie", ("Clothing", "Clothing > Accessories")),
    ],
)
def test_product_exports_of_shops_are_understood(
    name: str, item_id: str, categories: tuple[str, ...]
) -> None:
    if not FORMATS.is_dir():
        pytest.skip("needs ../shared/formats beside the checkout")
    assert read_catalogue(str(FORMATS / name)).categories[item_id] == categories


SHAPES = Path(__file__).parent.parent.parent / "shapes"


@pytest.mark.parametrize(
    ("name", "item_id", "title", "categories"),
    [
        ("google-feed-rss.xml", "SHIRT-RED", "Shirt red & warm", ("Clothing", "Clothing > Shirts")),
        ("products-semicolon.csv", "A3", "Plate", ("Kitchen", "Kitchen > Plates")),
        ("magento-configurable.csv", "MH01-S", "Chaz Hoodie-S", ("Men", "Men > Tops", "Sale")),
        ("items.ndjson", "A1", "Mug", ("Kitchen", "Kitchen > Mugs")),
        ("table-finnish-cp1252.csv", "1003", "Höylä", ("Piha", "Piha > Työkalut")),
        ("bigcommerce-products.csv", "SH-L", "Shirt", ("Clothing", "Clothing > Shirts", "Sale")),
        ("stock-words.csv", "A14", "Mug", ()),
    ],
)
def test_the_training_reads_what_the_service_imports(
    name: str, item_id: str, title: str, categories: tuple[str, ...]
) -> None:
    made = read_catalogue(str(SHAPES / name))
    assert made.titles[item_id] == title
    assert made.categories.get(item_id, ()) == categories


def test_a_packed_feed_and_a_parquet_file_are_read_too(tmp_path: Path) -> None:
    feed = zstandard.compress((SHAPES / "google-feed.txt").read_bytes())
    assert read(tmp_path, feed, "feed.txt.zst").titles == {"G1": "Mug", "G2": "Bowl"}
    table = pl.DataFrame({"SKU": ["a", "b"], "Name": ["Tea", None], "Category": ["Food/Hot", "Food/Cold"]})
    table.write_parquet(tmp_path / "items.parquet")
    made = read_catalogue(str(tmp_path / "items.parquet"))
    assert made.titles == {"a": "Tea"}
    assert made.categories == {"a": ("Food", "Food > Hot"), "b": ("Food", "Food > Cold")}


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"%PDF-1.7", "a PDF document"),
        (b"<!DOCTYPE html><html>", "a web page"),
        (b'<!DOCTYPE a [<!ENTITY b "c">]><rss/>', "document type or entities"),
        (
            gzip.compress(b"item_id,title\n" + b"1,a\n" * 9000, mtime=0)[:-20],
            "cannot be read|ends early|damaged",
        ),
        (b"PAR1 and no more", "damaged Parquet"),
    ],
)
def test_a_file_that_is_no_catalogue_is_refused(tmp_path: Path, content: bytes, told: str) -> None:
    with pytest.raises(UnreadableSourceError, match=told):
        read(tmp_path, content)


def test_variants_are_known_by_their_product_as_the_orders_spell_them(tmp_path: Path) -> None:
    made = read(tmp_path, "item_id,title,parent_sku\nT S,Tee,tee\nT L,Tee,tee\nMug,Mug,\nPot,Pot,\n")
    assert made.groups == {"T S": "tee", "T L": "tee"}
    assert made.named_as(["ts", "mug"]).groups == {"ts": "tee", "T L": "tee"}


def test_what_attributes_say_in_words_is_kept_for_likeness(tmp_path: Path) -> None:
    path = tmp_path / "catalogue.csv"
    path.write_text(
        "item_id,title,brand,material,weight,image\nA,Mug,Iittala,Stoneware,350,https://shop.test/a.png\nB,Bowl,,,1,\n"
    )
    assert read_catalogue(path).texts == {"A": "Iittala Stoneware"}
