"""What is counted on Spark is what is counted in one process."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from pyspark.sql import SparkSession
from support.orders import NEWEST
from support.spark_tables import tables_of

from recsvc.identity.nobody import BY_NAME
from recsvc.model.model import Model
from recsvc.model.sparse import SparseRows
from recsvc.model.vocabulary import TextColumn
from recsvc.moments.shop_rhythm import ShopRhythm
from training.fit.alternatives import AlternativeWeights, content_arrays
from training.fit.counts import Counts
from training.fit.item_content import ItemContent
from training.fit.model import fit_model
from training.gate.order_profile import OrderProfile
from training.history.catalogue import NO_CATALOGUE, ShopCatalogue
from training.history.interactions import Interactions
from training.history.sampling import thrifty, users_of
from training.measuring import split_for_measuring
from training.moments.learning import with_moments
from training.moments.order_days import OrderDays
from training.orders import REASONS, CleaningRules, CleaningSummary, Orders, ReasonCount, clean_orders
from training.progress import Silent
from training.report import OrderFacts
from training.sample import SampleShop, write_sample_shop
from training.settings import TrainingSettings
from training.sources.catalogue import read_catalogue
from training.sources.order_sources import OrderSources, read_orders
from training.spark import baskets, drawn, pairs, user_blocks
from training.spark.arrays_on_disk import ArraysOnDisk
from training.spark.checkpoints import Checkpoints
from training.spark.counted import SparkRun
from training.spark.history import SparkHistory
from training.spark.purchases import SparkPurchases

pytestmark = [pytest.mark.spark, pytest.mark.timeout(1200)]

SETTINGS = TrainingSettings(
    factors=8, iterations=4, windows=2, trees=5, threads=1, neighbours=20, gate_users=20
)
LARGE = SETTINGS.model_copy(update={"fit_users": 60})


@dataclass(frozen=True, eq=False)
class Both:
    """One history, counted by each engine."""

    orders: Orders
    known: Interactions
    counts: Counts
    spark: SparkHistory


@contextmanager
def on_both(orders: Orders, catalogue: ShopCatalogue, spark: SparkSession, work: Path) -> Iterator[Both]:
    known = Interactions.of(orders.lines, orders.guest_lines, catalogue)
    checkpoints = Checkpoints(spark, str(work / "stages"))
    (work / "arrays").mkdir(parents=True)
    run = SparkRun(checkpoints, ArraysOnDisk(work / "arrays"), Silent())
    tables = tables_of(orders, spark, work)
    purchases = SparkPurchases.of(tables, checkpoints)
    history = SparkHistory.of(tables, purchases, catalogue, SETTINGS, run)
    yield Both(orders, known, Counts.of(known, thrifty(SETTINGS)), history)


@pytest.fixture(scope="module")
def shop(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Both]:
    """A sample shop, every third item of which is a variant of the one before."""
    directory = tmp_path_factory.mktemp("shop")
    files = write_sample_shop(SampleShop(users=150, items=60, order_lines=4000), directory)
    raw = read_orders(OrderSources((str(files.orders),)))
    orders = clean_orders(raw, CleaningRules(), datetime(2026, 7, 1, tzinfo=UTC))
    catalogue = read_catalogue(str(directory / "catalogue.csv"))
    ids = sorted(catalogue.titles)
    groups = {item_id: f"p{i // 3}" for i, item_id in enumerate(ids) if i % 3}
    small = pytest.MonkeyPatch()
    # Blocks and parts so small that there are many of them.
    small.setattr(user_blocks, "PURCHASES_A_BLOCK", 200)
    small.setattr(user_blocks, "PURCHASES_A_PARTITION", 1000)
    small.setattr(baskets, "PURCHASES_A_BLOCK", 200)
    with (
        small.context(),
        on_both(orders, replace(catalogue, groups=groups), spark, directory / "work") as both,
    ):
        yield both
    small.undo()


def lines_of(rows: list[tuple]) -> pl.DataFrame:
    """Return cleaned lines of (user, item, age in days, order, quantity, price, title)."""
    schema = {
        "user_id": pl.String, "item_id": pl.String, "ordered_at": pl.Int64, "order_id": pl.String,
        "quantity": pl.Float64, "unit_price": pl.Float64, "title": pl.String,
    }  # fmt: skip
    moved = [(u, i, None if age is None else NEWEST - int(age * 86_400), *rest) for u, i, age, *rest in rows]
    return pl.DataFrame(moved, schema=schema, orient="row").sort("ordered_at", maintain_order=True)


def odd(dated: bool) -> Orders:
    """A history with all that orders may lack, and what they should not have."""
    rows = [
        ("ada", "tea", 100, "o1", 2.0, 3.0, "Tea"),
        ("ada", "tea", 100, "o1", 1.0, 9.0, "tea"),  # again in the same order
        ("ada", "milk", 100, "o1", 1.0, None, None),
        ("ada", "tea", 40, "o2", 1.5, 0.0, "Tea"),
        ("bob", "tea", 40, "o2", 1.0, 2.0, "Tea"),  # a number that two shoppers share
        ("bob", "milk", 40, "o2", 1.0, float("nan"), "Milk"),
        ("bob", "jam", 3, None, 1.0, 1.0, "Jam"),  # no number: the moment says which order
        ("bob", "tea", 3, None, 1.0, 1.0, "Tea"),
        ("éva", "jam", 3, "o4", 1.0, 1.0, "Jam"),
        ("éva", "tea", 3, "o4", 1.0, 1.0, "Zea"),
        ("éva", "tea", 0, "o5", 4.0, 1.0, "Aea"),
        ("zoe", "jam", 0, None, 0.0, 1.0, ""),
    ]
    guests = [
        (None, "tea", 8, "g1", 1.0, 1.0, "Tea"),
        (None, "milk", 8, "g1", 1.0, 1.0, "Milk"),
        (None, "salt", 8, "g1", 1.0, 1.0, "Salt"),  # only guests bought it
        (None, "salt", 9, None, 1.0, 1.0, "Salt"),  # no order is known
        (None, "salt", 9, None, 1.0, 1.0, "Salt"),
    ]
    if not dated:
        rows, guests = ([(u, i, None, *rest) for u, i, _, *rest in some] for some in (rows, guests))
    lines, guest_lines = lines_of(rows), lines_of(guests)
    counts = tuple(ReasonCount(one, guest_lines.height * (one.code == "guest"), 0) for one in REASONS)
    summary = CleaningSummary((), 17, lines.height, 0, counts, (), None, None)
    return Orders(lines, guest_lines, pl.DataFrame(), summary, BY_NAME)


def assert_same(name: str, local: object, found: object) -> None:
    if isinstance(local, SparseRows) and isinstance(found, SparseRows):
        assert_same(name, local.indptr, found.indptr)
        assert_same(name, local.values, found.values)
        differ = local.indices != found.indices
        # Only what is equal but for the last digits may change places.
        rows = np.repeat(np.arange(len(local)), np.diff(local.indptr))
        for row in np.unique(rows[differ]):
            assert sorted(local.row(row)[0]) == sorted(found.row(row)[0]), (name, row)
    elif isinstance(local, TextColumn):
        assert list(local) == list(found), name
    elif np.asarray(local).dtype.kind == "f":
        assert found.dtype == local.dtype, name
        np.testing.assert_allclose(found, local, rtol=1e-5, atol=1e-6, err_msg=name)
    else:
        np.testing.assert_array_equal(found, local, err_msg=name)


def assert_counted_alike(both: Both) -> None:
    counts, local = both.spark.counts, both.counts
    assert list(counts.known.users.ids) == list(both.known.users.ids)
    assert list(counts.known.items.ids) == list(both.known.items.ids)
    assert counts.known.titles == both.known.titles
    for name in ("item_neighbours", "basket_neighbours", "popularity_windows_days", "popularity", "trending",
                 "categories", "category_levels", "item_categories", "category_items", "item_statistics"):  # fmt: skip
        assert_same(name, local.arrays[name], counts.arrays[name])
    for name in (*user_blocks.OF_ENTRIES, "indptr", "user_orders"):
        np.testing.assert_array_equal(
            getattr(counts.user_items, name), getattr(local.user_items, name), err_msg=name
        )
    days = OrderDays.of(both.known)
    assert counts.purchases.day_starts_hour == (None if days is None else days.day_starts_hour)
    if days is not None:
        rhythm = both.spark.run.disk.user_rhythm(counts.blocks)
        np.testing.assert_array_equal(rhythm, days.user_rhythm())
    assert both.spark.profile() == OrderProfile.of(both.known)
    n_lines = both.orders.lines.height + both.orders.guest_lines.height
    found, facts = both.spark.facts(), OrderFacts.of(both.known, n_lines)
    assert found.totals == facts.totals
    np.testing.assert_array_equal(found.tail.sales_share, facts.tail.sales_share)
    assert (found.weeks is None) == (facts.weeks is None)
    if found.weeks is not None and facts.weeks is not None:
        for name in ("starts", "orders", "repeat_share"):
            np.testing.assert_array_equal(
                getattr(found.weeks, name), getattr(facts.weeks, name), err_msg=name
            )


def test_a_sample_shop_is_counted_as_in_one_process(shop: Both) -> None:
    assert len(shop.spark.counts.blocks.places) > 4
    assert_counted_alike(shop)


@pytest.mark.parametrize("dated", [True, False])
def test_odd_orders_are_counted_as_in_one_process(spark: SparkSession, tmp_path: Path, dated: bool) -> None:
    with on_both(odd(dated), NO_CATALOGUE, spark, tmp_path) as both:
        assert_counted_alike(both)


def test_the_same_shoppers_and_guests_are_measured_on(shop: Both) -> None:
    for settings in (SETTINGS, LARGE):
        found = replace(shop.spark, settings=settings).split()
        local = split_for_measuring(shop.orders, users_of(shop.orders), settings)
        assert not isinstance(found, str)
        assert not isinstance(local, str)
        assert found.drawn_from == local.drawn_from
        assert found.notes == local.notes
        for name in ("train_lines", "train_guest_lines", "targets"):
            assert getattr(found, name).cast(str).equals(getattr(local, name).cast(str)), name


def test_a_long_row_is_multiplied_in_parts(shop: Both, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = shop.counts.user_items.matrix(shop.counts.user_items.decayed)
    whole = list(pairs.products(rows))
    monkeypatch.setattr(pairs, "PAIRS_AT_ONCE", 500)
    parts = list(pairs.products(rows))
    assert len(whole) == 1
    assert len(parts) > 10
    for i in range(3):
        np.testing.assert_array_equal(np.concatenate([part[i] for part in parts]), whole[0][i])


@pytest.fixture(scope="module")
def models(shop: Both) -> tuple[Model, Model]:
    """The model of one process, and that of Spark."""
    weights, settings = AlternativeWeights(), SETTINGS
    content = ItemContent.of(shop.known, shop.counts.arrays, 1)
    alike = content_arrays(content, shop.counts.arrays["item_neighbours"], weights)
    local = fit_model(shop.counts, settings, Silent(), content=alike)
    local = with_moments(local, shop.known, settings.seed)
    return local, shop.spark.fitted(settings, Silent(), local, weights)


def test_what_needs_no_factors_is_the_same_in_both_models(models: tuple[Model, Model]) -> None:
    local, found = models
    for name in ("history", "alternatives", "variant_groups", "product_digests", "content_rarity", "content_sold",
                 "item_content", "user_orders", "user_rhythm"):  # fmt: skip
        assert_same(name, getattr(local, name), getattr(found, name))
    for name, column in local.history_columns.items():
        assert_same(name, column, found.history_columns[name])
    rhythm = ShopRhythm.of_text(found.moments)
    assert rhythm is not None
    assert rhythm.terms is not None
    assert found.moments == local.moments


def test_factors_say_much_the_same_on_the_same_scale(models: tuple[Model, Model]) -> None:
    local, found = models
    scores = [(model.user_factors @ model.item_factors.T).ravel() for model in models]
    assert np.corrcoef(*scores)[0, 1] > 0.9
    assert np.linalg.norm(found.item_factors) == pytest.approx(np.linalg.norm(local.item_factors), rel=0.1)
    assert np.linalg.norm(found.user_factors) == pytest.approx(np.linalg.norm(local.user_factors), rel=0.1)


def test_shoppers_are_solved_as_serving_folds_them_in(models: tuple[Model, Model]) -> None:
    found = models[1]
    # Variants of what was bought count as well: this shopper bought nothing that has any.
    user = next(
        index
        for index in range(len(found.users))
        if (found.variant_groups[found.history.row(index)[0]] < 0).all()
    )
    items, confidence = found.history.row(user)
    bought = found.item_factors[items].astype(np.float64)
    system = found.item_gramian + bought.T @ (bought * (confidence - 1)[:, np.newaxis])
    expected = np.linalg.solve(system, bought.T @ confidence)
    np.testing.assert_allclose(found.user_factors[user], expected, rtol=1e-3, atol=1e-4)


def test_a_drawn_part_of_the_shoppers_is_enough_for_what_one_taste_leads_to(
    shop: Both, models: tuple[Model, Model], monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = models[1]
    monkeypatch.setattr(drawn, "SHOPPERS", 100)
    monkeypatch.setattr("training.spark.history.SHOPPERS", 100)
    part = shop.spark.fitted(SETTINGS, Silent(), whole, AlternativeWeights())
    assert not np.array_equal(part.forward_all, whole.forward_all)
    assert np.corrcoef(part.forward_all.ravel(), whole.forward_all.ravel())[0, 1] > 0.8
    # What is summed up over all shoppers does not depend on who is drawn.
    np.testing.assert_array_equal(part.content_factors, whole.content_factors)
    np.testing.assert_array_equal(part.content_sold, whole.content_sold)
