from dataclasses import replace

import polars as pl
from support.runs import TITLES

from recsvc.model.model import Model
from recsvc.model.vocabulary import TextColumn
from recsvc.ranking.query import Query
from recsvc.ranking.recommender import Recommender
from training.history.split import Split
from training.report.shoppers import N_NEXT, N_SUGGESTED, item_titles, sample_shoppers


def test_shoppers_are_spread_over_the_kinds(model: Model, split: Split) -> None:
    # ten have one order before the cut, thirty have two
    assert [one.n_orders for one in sample_shoppers(model, split, n=10)] == [1] * 5 + [2] * 5


def test_the_same_seed_draws_the_same_shoppers(model: Model, split: Split) -> None:
    assert sample_shoppers(model, split, seed=1) == sample_shoppers(model, split, seed=1)
    assert sample_shoppers(model, split, seed=1) != sample_shoppers(model, split, seed=2)


def test_what_was_bought_next_plays_no_part_in_who_is_drawn(model: Model, split: Split) -> None:
    elsewhere = replace(split, targets=split.targets.with_columns(pl.lit("i00").alias("item_id")).unique())
    drawn, again = (sample_shoppers(model, one) for one in (split, elsewhere))
    assert [one.suggested[0].title for one in drawn] == [one.suggested[0].title for one in again]


def test_there_are_no_more_than_there_are(model: Model, split: Split) -> None:
    two = replace(split, targets=split.targets.filter(pl.col("user_id").is_in(["secret-01", "secret-02"])))
    assert len(sample_shoppers(model, two)) == 2


def test_the_story_of_one_shopper(model: Model, split: Split) -> None:
    alone = replace(split, targets=split.targets.filter(pl.col("user_id") == "secret-05"))
    (one,) = sample_shoppers(model, alone)
    shown = [
        item.item_id for item in Recommender(model).recommend(Query(n=N_SUGGESTED, user_id="secret-05")).items
    ]
    wanted = alone.targets["item_id"].to_list()
    assert (one.n_orders, one.n_bought) == (2, 7)
    assert one.bought[0].n_orders == 1
    assert [item.title for item in one.suggested] == item_titles(model, shown)
    assert [item.is_hit for item in one.suggested] == [item_id in wanted for item_id in shown]
    assert one.n_hits == len(set(shown) & set(wanted)) > 0
    assert one.n_next == len(wanted) == 4
    hits = [item.is_hit for item in one.bought_next]
    assert hits == sorted(hits, reverse=True)
    assert [item.title for item in one.bought_next if item.is_repeat] == ["bread"]


def test_of_much_that_was_bought_next_the_beginning_is_shown(model: Model, split: Split) -> None:
    items = pl.DataFrame({"item_id": list(model.items.ids), "user_id": "secret-05", "is_new": True})
    (one,) = sample_shoppers(model, replace(split, targets=items.select(split.targets.columns)))
    assert len(one.bought_next) == N_NEXT
    assert one.n_next == model.n_items
    assert one.n_hits == N_SUGGESTED


def test_reasons_name_titles(model: Model, split: Split) -> None:
    reasons = {item.reason for one in sample_shoppers(model, split, n=40) for item in one.suggested}
    assert {"bought before"} < reasons
    assert any(reason.startswith("because of ") for reason in reasons)


def test_an_item_without_a_title_is_called_by_its_id(model: Model) -> None:
    assert item_titles(model, ["i00", "i03", "never-seen"]) == [TITLES["i00"], "i03", "never-seen"]
    untitled = replace(model, titles=TextColumn.of([""] * model.n_items))
    assert item_titles(untitled, ["i00"]) == ["i00"]
