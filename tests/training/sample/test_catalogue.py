"""The items of the sample shop."""

import numpy as np
import polars as pl
import pytest

from training.sample import SampleShop
from training.sample.aisles import AISLES, COMPANIONS, ProductType
from training.sample.catalogue import draw_catalogue, draw_titles
from training.sample.shoppers import TASTE_GROUPS
from training.sample.words import COLOURS, MAKERS

MUG = ProductType("Mug", 9.0, ("Ribbed", "Speckled"))
BEANS = ProductType("Beans", 9.0, ("Dark",), ("250 g", "500 g", "1 kg"), every_days=28)


def test_in_a_small_shop_a_thing_is_named_without_its_maker():
    titles, _ = draw_titles(MUG, 0, 3, np.random.default_rng(0))
    assert len(set(titles)) == 3
    assert set(titles) <= {
        f"{word} Mug, {colour}" for word in ("Ribbed", "Speckled") for colour in COLOURS[0]
    }


def test_a_packet_names_its_maker_and_its_size():
    titles, sizes = draw_titles(BEANS, 2, 21, np.random.default_rng(0))
    assert set(titles) == {f"{maker} Dark Beans, {size}" for maker in MAKERS[2] for size in BEANS.sizes}
    assert [title.endswith(BEANS.sizes[size]) for title, size in zip(titles, sizes, strict=True)] == [
        True
    ] * 21


def test_when_the_words_run_out_the_designs_are_numbered():
    titles, _ = draw_titles(BEANS, 2, 50, np.random.default_rng(0))
    assert len(set(titles)) == 50
    assert any(title.endswith(", Design 2") for title in titles)


@pytest.fixture(scope="module")
def large():
    return draw_catalogue(SampleShop(items=20_000), np.random.default_rng(5))


def test_every_item_has_its_own_id_and_title(large):
    assert len(set(large.item_ids)) == len(set(large.titles)) == 20_000


def test_the_catalogue_lists_every_item_by_id(demo):
    assert demo.catalogue.columns == ["item_id", "title", "category", "price", "introduced_at"]
    assert demo.catalogue.height == 600
    assert demo.catalogue["item_id"].is_sorted()
    assert demo.catalogue["category"].n_unique() == len(AISLES)


def test_prices_end_like_price_tags(demo):
    cents = (demo.catalogue["price"] * 100).round(0).cast(pl.Int64) % 100
    assert set(cents) == {0, 49, 99}
    assert demo.catalogue["price"].min() > 0


def test_item_ids_of_an_aisle_grow_with_the_date_of_introduction(demo):
    by_id = demo.catalogue.sort("item_id").group_by("category").agg(pl.col("introduced_at"))
    assert all(dates.is_sorted() for dates in by_id["introduced_at"])


def test_a_few_items_sell_much_and_many_sell_little(large):
    popularity = np.sort(large.popularity)[::-1]
    assert popularity.sum() == pytest.approx(1.0)
    assert popularity[:2000].sum() > 0.35
    assert popularity[10_000:].sum() < 0.2


def test_a_larger_pack_lasts_longer_and_costs_more(large):
    beans = next(n for n, one in enumerate(large.types) if one.noun == "Coffee Beans")
    days, prices = large.repurchase_days[large.type_of == beans], large.price[large.type_of == beans]
    assert set(days) == {14, 28, 42}
    assert prices[days == 14].mean() < prices[days == 28].mean() < prices[days == 42].mean()


def test_the_tables_name_each_other_without_slips():
    nouns = [product_type.noun for aisle in AISLES for product_type in aisle.types]
    categories = {aisle.category for aisle in AISLES}
    prefixes = {aisle.prefix for aisle in AISLES}
    assert len(set(nouns)) == len(nouns)
    assert len(prefixes) == len(AISLES)
    assert {noun for anchor, partners in COMPANIONS for noun in (anchor, *partners)} <= set(nouns)
    assert {category for group in TASTE_GROUPS for category in group.favourites} == categories
