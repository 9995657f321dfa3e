"""What the truth says was planted can be seen in the order file."""

from datetime import date, timedelta

import polars as pl
import pytest


def test_nobody_buys_before_joining(demo):
    assert (demo.sales["ordered_at"].dt.date() >= demo.sales["joined_at"]).all()


def test_nothing_is_sold_before_its_introduction(demo):
    assert (demo.sales["ordered_at"].dt.date() >= demo.sales["introduced_at"]).all()


def test_customers_and_items_arrive_during_the_history(demo):
    assert (demo.users["joined_at"] > demo.shop.start).mean() == pytest.approx(0.65, abs=0.05)
    assert len(demo.truth["introduced"]) == 72
    dates = dict(demo.catalogue.select("item_id", pl.col("introduced_at").cast(pl.String)).iter_rows())
    assert all(dates[item_id] == introduced for item_id, introduced in demo.truth["introduced"].items())


def test_planted_pairs_are_bought_together_far_more_often_than_by_chance(demo):
    baskets = {sku: set(orders) for sku, orders in demo.sales.group_by("sku").agg("order_id").iter_rows()}
    lifts = []
    for pair in demo.truth["pairs"]:
        one, other = baskets.get(pair["item_id"], set()), baskets.get(pair["companion_id"], set())
        if len(one) >= 20:
            lifts.append(len(one & other) * demo.files.n_orders / (len(one) * len(other)))
    assert len(lifts) > 50
    assert sum(lift > 5 for lift in lifts) > 0.95 * len(lifts)


def test_some_things_go_together_in_threes(demo):
    anchors = pl.Series([pair["item_id"] for pair in demo.truth["pairs"]])
    assert anchors.value_counts()["count"].max() == 2


@pytest.mark.parametrize("interval", [14, 28, 42])
def test_refills_come_at_the_interval_of_the_item(demo, interval):
    items = [item_id for item_id, days in demo.truth["repurchase_days"].items() if days == interval]
    gaps = (
        demo.sales.filter(pl.col("sku").is_in(items))
        .sort("ordered_at")
        .select(gap=pl.col("ordered_at").dt.date().diff().over("customer_id", "sku").dt.total_days())["gap"]
        .drop_nulls()
    )
    near = (gaps - interval).abs() <= 0.25 * interval
    assert len(gaps) > 100
    assert gaps.median() == pytest.approx(interval, rel=0.08)
    assert near.mean() > 0.6


def test_what_lasts_is_rarely_bought_twice(demo):
    times = demo.sales.group_by("customer_id", "sku").len()
    used_up = pl.col("sku").is_in(list(demo.truth["repurchase_days"]))
    again = times.group_by(used_up.alias("used_up")).agg((pl.col("len") > 1).mean())
    share = dict(again.iter_rows())
    assert share[False] < 0.12
    assert share[True] > 2 * share[False]


def test_trending_items_rise_in_the_last_four_weeks(demo):
    since = demo.shop.end - timedelta(days=27)
    days = demo.sales["ordered_at"].dt.date()
    trending = demo.sales["sku"].is_in(demo.truth["trending"]["item_ids"])
    late = (trending & (days >= since)).sum() / (days >= since).sum()
    early = (trending & (days < since)).sum() / (days < since).sum()
    assert len(demo.truth["trending"]["item_ids"]) == 9
    assert late > 2.5 * early


def test_fading_items_are_sold_off(demo):
    fading = demo.sales.filter(pl.col("sku").is_in(list(demo.truth["fading_from"])))
    since = {item_id: date.fromisoformat(day) for item_id, day in demo.truth["fading_from"].items()}
    weeks = [(at.date() - since[sku]).days // 7 for sku, at in fading.select("sku", "ordered_at").iter_rows()]
    assert len(since) == 30
    assert max(weeks) <= 8
    assert sum(-4 <= week < 0 for week in weeks) > 2 * sum(4 <= week < 8 for week in weeks)


def test_each_taste_group_buys_its_favourites_most(demo):
    for group in demo.truth["taste_groups"]:
        own = demo.sales["taste_group"] == group["name"]
        favourite = demo.sales["category"].is_in(group["favourite_categories"])
        assert group["n_users"] == (demo.users["taste_group"] == group["name"]).sum()
        assert favourite.filter(own).mean() > 3 * favourite.filter(~own).mean()


def test_customers_buy_mostly_things_in_their_style(demo, tmp_path):
    # The style of an item is not in its row; its colour shows it.
    sage = demo.sales.filter(pl.col("title").str.contains(", Sage|, Cream|, Duck Egg|, Dusky Rose"))
    bought = sage["style"].value_counts(normalize=True)
    everyone = demo.sales["style"].value_counts(normalize=True)
    share = {name: dict(frame.iter_rows())["country"] for name, frame in (("own", bought), ("all", everyone))}
    assert share["own"] > 2 * share["all"]


@pytest.mark.parametrize(
    ("category", "peak_months"),
    [
        ("Garden > Seeds & Plants", (4, 5)),
        ("Gifts > Cards & Wrap", (12,)),
        ("Garden > Outdoor Living", (6, 7)),
    ],
)
def test_a_season_shows_in_its_months(demo, category, peak_months):
    monthly = demo.sales.group_by(pl.col("ordered_at").dt.month().alias("month")).agg(
        (pl.col("category") == category).mean().alias("share")
    )
    in_season = monthly["month"].is_in(peak_months)
    assert monthly.filter(in_season)["share"].mean() > 1.5 * monthly.filter(~in_season)["share"].mean()
    assert int(demo.truth["seasons"][category]["peak"][:2]) in peak_months
