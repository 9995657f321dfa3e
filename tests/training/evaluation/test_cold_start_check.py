"""In a shop of tea and tools, new teas are for those who buy teas."""

from datetime import UTC, datetime

import numpy as np
import polars as pl
import pytest

from recsvc.model.model import Model
from training.evaluation.cold_start_check import ColdStartCheck, check_cold_start, in_words
from training.fit.alternatives import no_content_arrays
from training.fit.cold_start import without_items
from training.fit.counts import Counts
from training.fit.model import fit_model
from training.history.interactions import Interactions
from training.history.split import Split, split_orders
from training.job import read_and_clean
from training.progress import Silent
from training.sample import SampleShop, write_sample_shop
from training.settings import TrainingSettings
from training.sources.catalogue import read_catalogue
from training.sources.order_sources import OrderSources

SETTINGS = TrainingSettings(factors=16, iterations=5, threads=1)
SHOP = SampleShop(users=800, items=250, order_lines=25_000, seed=4)


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> tuple[Model, Interactions, Split]:
    files = write_sample_shop(SHOP, tmp_path_factory.mktemp("shop"))
    orders = read_and_clean(
        OrderSources((str(files.orders),)), SETTINGS, datetime(2026, 7, 2, tzinfo=UTC), Silent()
    )
    split = split_orders(orders)
    known = Interactions.of(split.train_lines, split.train_guest_lines, read_catalogue(str(files.catalogue)))
    counts = Counts.of(known, SETTINGS)
    n = len(known.items)
    nothing = no_content_arrays(n)
    return fit_model(counts, SETTINGS, Silent(), content=nothing), known, split


def checked(shop: tuple[Model, Interactions, Split]) -> ColdStartCheck:
    model, known, split = shop
    found = check_cold_start(model, known.catalogue, split.held_back)
    assert found is not None
    return found


def test_new_items_of_the_sample_shop_find_those_who_buy_them(shop) -> None:
    found = checked(shop)
    assert [row.first_buyers for row in found.rows][:2] == [0, 1]
    assert found.rows[0].ratio > 2
    assert all(0 < row.chance < 0.5 and 0 <= row.hit_rate <= 1 for row in found.rows)


def test_the_same_items_are_hidden_each_time(shop) -> None:
    assert checked(shop) == checked(shop)


def test_nothing_is_left_of_hidden_items(shop) -> None:
    model = shop[0]
    hidden = np.asarray([3, 7], dtype=np.int32)
    left = without_items(model, hidden)
    assert not left.item_factors[hidden].any()
    gramian = left.item_factors.T @ left.item_factors
    rest = left.item_gramian - gramian
    np.testing.assert_allclose(rest, SETTINGS.regularization * np.eye(len(rest)), atol=1e-2)
    assert (left.content_sold != model.content_sold).any()
    assert (left.content_factors != model.content_factors).any()


def test_where_hardly_anything_is_bought_it_does_not_apply(shop) -> None:
    model, known, split = shop
    assert split.held_back is not None
    for lines in (None, split.held_back.clear(), split.held_back.filter(pl.col("item_id") == "no such item")):
        assert check_cold_start(model, known.catalogue, lines) is None
    assert "does not apply" in in_words(None)


def test_the_sentence_says_the_ratios(shop) -> None:
    said = in_words(checked(shop))
    assert f"{checked(shop).rows[0].ratio:.1f} with no" in said
