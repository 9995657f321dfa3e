"""The order file keeps the rules of a shop."""

from datetime import timedelta

import numpy as np
import polars as pl
import pytest


def test_an_order_has_one_time_and_one_customer_and_no_item_twice(demo):
    orders = demo.orders.group_by("order_id").agg(
        pl.col("ordered_at").n_unique().alias("times"),
        pl.col("customer_id").n_unique().alias("customers"),
        (pl.len() - pl.col("sku").n_unique()).alias("twice"),
        pl.col("order_id").str.ends_with("-R").any().alias("is_return"),
    )
    bought = orders.filter(~pl.col("is_return"))
    assert bought["times"].max() == bought["customers"].max() == 1
    assert bought["twice"].max() == 0


def test_orders_stand_in_the_order_of_time_within_the_history(demo):
    at = demo.orders["ordered_at"]
    assert at.is_sorted()
    assert at.dt.date().min() == demo.shop.start
    assert at.dt.date().max() == demo.shop.end


def test_order_numbers_grow_with_time(demo):
    numbers = demo.orders.filter(pl.col("quantity") > 0)["order_id"].str.slice(1).cast(pl.Int64)
    assert numbers.is_sorted()
    assert numbers.min() == 100_001
    assert numbers.n_unique() == numbers.max() - 100_000


def test_every_return_sends_back_no_more_than_was_bought_before(demo):
    back = demo.orders.filter(pl.col("quantity") < 0).with_columns(pl.col("order_id").str.strip_suffix("-R"))
    bought = demo.orders.filter(pl.col("quantity") > 0)
    both = back.join(bought, on=["order_id", "sku", "customer_id"], suffix="_bought", nulls_equal=True)
    assert back.height == both.height == 600
    assert (both["ordered_at"] > both["ordered_at_bought"]).all()
    assert (both["ordered_at"] - both["ordered_at_bought"]).max() < timedelta(days=29)
    assert (-both["quantity"] <= both["quantity_bought"]).all()


def test_a_few_percent_of_the_orders_are_of_guests(demo):
    guests = demo.orders.filter(pl.col("customer_id").is_null(), pl.col("quantity") > 0)[
        "order_id"
    ].n_unique()
    assert guests == demo.files.n_guest_orders
    assert guests / demo.files.n_orders == pytest.approx(0.03, abs=0.001)


def test_many_customers_order_once_or_twice_and_a_few_very_often(demo):
    n_orders = demo.sales.group_by("customer_id").agg(pl.col("order_id").n_unique())["order_id"].to_numpy()
    assert 0.3 < np.mean(n_orders <= 2) < 0.6
    assert 0.005 < np.mean(n_orders >= 60) < 0.05


def test_the_shop_is_quiet_at_night_and_busy_in_the_evening(demo):
    hours = demo.orders.group_by(pl.col("ordered_at").dt.hour()).len().sort("ordered_at")["len"]
    assert len(hours) == 24
    assert hours[20] > 8 * hours[3]
