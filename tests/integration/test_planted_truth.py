"""What was planted in the sample shop is found by what is trained on it."""

import json
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import polars as pl
import pytest

from recsvc.model.registry import Registry
from recsvc.ranking.query import Placement, Query
from recsvc.ranking.recommender import Recommender
from training.job import TrainingJob
from training.progress import Silent
from training.sample import SampleShop, write_sample_shop
from training.settings import TrainingSettings
from training.sources.order_sources import OrderSources

SETTINGS = TrainingSettings(windows=4, users_a_window=400, gate_users=300, threads=1)
ASKED = 150
"""Shoppers of whom the lists are looked at."""


@dataclass(frozen=True)
class TrainedShop:
    recommender: Recommender
    truth: dict[str, Any]
    users: pl.DataFrame
    categories: dict[str, str]
    evaluation: dict[str, Any]

    def shown(self, query: Query) -> list[str]:
        return [item.item_id for item in self.recommender.recommend(query).items]


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> TrainedShop:
    directory = tmp_path_factory.mktemp("planted")
    files = write_sample_shop(SampleShop(users=2500, items=400, order_lines=60_000), directory)
    sources = OrderSources((str(files.orders),))
    job = TrainingJob(sources, directory / "models", SETTINGS, datetime(2026, 7, 2, tzinfo=UTC))
    outcome = job.run(Silent(), lambda _summary, _rejected: None)
    catalogue = pl.read_csv(directory / "catalogue.csv")
    return TrainedShop(
        Recommender(Registry(directory / "models").load().model),
        json.loads(files.truth.read_text()),
        pl.read_parquet(files.truth_users),
        dict(catalogue.select("item_id", "category").iter_rows()),
        outcome.manifest.metrics["evaluation"]["questions"],
    )


def test_what_goes_together_is_offered_with_the_cart(shop: TrainedShop) -> None:
    model = shop.recommender.model
    sold = dict(zip(model.items.ids, model.popularity[0], strict=True))
    pairs = [pair for pair in shop.truth["pairs"] if sold.get(pair["item_id"], 0) >= 50]
    found = [
        pair["companion_id"] in shop.shown(Query(Placement.BOUGHT_TOGETHER, 5, item_ids=(pair["item_id"],)))
        for pair in pairs
    ]
    assert len(found) > 30
    assert sum(found) > 0.9 * len(found)


def test_what_rises_is_what_was_made_to_rise(shop: TrainedShop) -> None:
    planted = shop.truth["trending"]["item_ids"]
    assert len(set(planted) & set(shop.shown(Query(Placement.TRENDING, 10)))) >= len(planted) - 1


def test_discoveries_are_in_the_taste_of_the_shopper(shop: TrainedShop) -> None:
    groups = {group["name"]: set(group["favourite_categories"]) for group in shop.truth["taste_groups"]}
    known = shop.users.filter(pl.col("customer_id").is_in(list(shop.recommender.model.users.ids)))
    hits, by_chance = Counter[bool](), []
    for user_id, group in known.select("customer_id", "taste_group").head(ASKED).iter_rows():
        shown = shop.shown(Query(Placement.DISCOVER, 10, user_id))
        hits.update(shop.categories[item] in groups[group] for item in shown)
        by_chance.append(sum(category in groups[group] for category in shop.categories.values()))
    share = hits[True] / hits.total()
    assert share > 2 * sum(by_chance) / len(by_chance) / len(shop.categories)


def test_what_is_used_up_is_offered_again_before_what_lasts(shop: TrainedShop) -> None:
    refills = set(shop.truth["repurchase_days"])
    users = list(shop.recommender.model.users.ids)[:ASKED]
    first = [lists[0] for user in users if len(lists := shop.shown(Query(Placement.BUY_AGAIN, 5, user))) == 5]
    assert len(first) > ASKED / 3
    assert sum(item in refills for item in first) > 0.7 * len(first)


def test_what_is_no_longer_sold_is_hardly_shown(shop: TrainedShop) -> None:
    gone = {item for item, day in shop.truth["fading_from"].items() if day < "2026-04-01"}
    users = list(shop.recommender.model.users.ids)[:ASKED]
    shown = [item for user in users for item in shop.shown(Query(Placement.DISCOVER, 10, user))]
    assert len(gone) >= 5
    assert sum(item in gone for item in shown) < 0.25 * len(shown) * len(gone) / len(shop.categories)


def test_the_lists_beat_every_simple_answer(shop: TrainedShop) -> None:
    for name, difference in shop.evaluation["all"]["rankers"].items():
        if name != "recsvc":
            assert difference["recsvc_minus_this"]["recall_at_20"]["low"] > 0, name
    for name, difference in shop.evaluation["new"]["rankers"].items():
        if name != "recsvc":
            assert difference["recsvc_minus_this"]["recall_at_20"]["high"] >= 0, name
