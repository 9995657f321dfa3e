"""The files of a made-up shop: the same settings, the same bytes; as many lines as asked for."""

from dataclasses import fields
from itertools import starmap
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from training.sample import SampleFiles, SampleShop, write_sample_shop

SMALL = {"users": 20, "items": 30, "order_lines": 200}


def paths(files: SampleFiles) -> list[Path]:
    return [value for field in fields(files) if isinstance(value := getattr(files, field.name), Path)]


@pytest.mark.parametrize("suffix", [".csv", ".csv.gz", ".parquet"])
def test_the_same_seed_gives_the_same_bytes(tmp_path, suffix):
    shop = SampleShop(users=300, items=100, order_lines=3000, suffix=suffix)
    one, two = (paths(write_sample_shop(shop, tmp_path / name)) for name in ("one", "two"))
    assert one[0].name == f"orders{suffix}"
    assert len(one) == 4
    assert (
        list(starmap(lambda a, b: a.read_bytes() == b.read_bytes(), zip(one, two, strict=True))) == [True] * 4
    )


def test_another_seed_gives_another_shop(tmp_path):
    one, two = (
        paths(write_sample_shop(SampleShop(seed=seed, **SMALL), tmp_path / str(seed))) for seed in (1, 2)
    )
    assert not any(starmap(lambda a, b: a.read_bytes() == b.read_bytes(), zip(one, two, strict=True)))


def test_every_suffix_holds_the_same_rows(tmp_path):
    files = [
        write_sample_shop(SampleShop(suffix=suffix, **SMALL), tmp_path).orders
        for suffix in (".csv", ".csv.gz", ".parquet")
    ]
    plain, packed = (pl.read_csv(file, try_parse_dates=True) for file in files[:2])
    assert plain.equals(packed)
    parquet = pl.read_parquet(files[2]).cast(dict(plain.schema))
    assert plain.equals(parquet)


def test_the_columns_are_those_of_an_order_export(demo):
    first = demo.files.orders.read_text(encoding="utf-8").splitlines()[:2]
    assert first[0] == "order_id,customer_id,ordered_at,sku,title,quantity,unit_price"
    assert first[1].startswith("W100001,C0")
    assert "2025-07-01T" in first[1]


def test_titles_and_prices_are_those_of_the_catalogue(demo):
    items = demo.catalogue.select("price", sku="item_id", name="title")
    both = demo.orders.join(items, on="sku", how="left")
    assert both["title"].equals(both["name"], check_names=False)
    assert (both["unit_price"] == both["price"]).all()


def test_the_counts_are_those_of_the_file(demo):
    sold = demo.orders.filter(pl.col("quantity") > 0)
    assert demo.files.n_order_lines == demo.orders.height == 40_000
    assert demo.files.n_orders == sold["order_id"].n_unique()
    assert demo.files.n_users == sold["customer_id"].drop_nulls().n_unique() == 2000
    assert demo.files.n_returns == demo.orders.height - sold.height == 600


@settings(max_examples=25, deadline=None)
@given(
    users=st.integers(1, 60),
    items=st.integers(1, 80),
    days=st.integers(7, 500),
    seed=st.integers(0, 2**63 - 1),
    fullness=st.floats(0, 1),
)
def test_a_shop_of_any_size_has_exactly_the_lines_and_users_asked_for(users, items, days, seed, fullness):
    most = min(5000, users * min(1000, -(-items * days // 64)))
    shop = SampleShop(users, items, users + round(fullness * (most - users)), days, seed)
    with TemporaryDirectory() as folder:
        files = write_sample_shop(shop, Path(folder))
        orders = pl.read_csv(files.orders, infer_schema=False)
        assert orders.height == shop.order_lines
        assert orders["customer_id"].drop_nulls().n_unique() == users
        assert pl.read_csv(files.catalogue).height == items


def test_a_shop_with_as_many_lines_as_users_sells_one_thing_to_each(tmp_path):
    files = write_sample_shop(SampleShop(users=50, items=30, order_lines=50), tmp_path)
    assert (files.n_order_lines, files.n_orders, files.n_users, files.n_returns) == (50, 50, 50, 0)


def test_a_shop_larger_than_the_pilot_has_exactly_the_lines_asked_for(tmp_path):
    shop = SampleShop(users=10_000, items=300, order_lines=210_000, days=60, suffix=".parquet")
    files = write_sample_shop(shop, tmp_path)
    assert pl.scan_parquet(files.orders).select(pl.len()).collect().item() == 210_000


def test_progress_goes_from_nothing_to_all_in_each_step(tmp_path):
    heard = []
    write_sample_shop(SampleShop(**SMALL), tmp_path, lambda *step: heard.append(step))
    assert heard == [("drawing orders", 0, 200), ("drawing orders", 200, 200), ("writing orders", 200, 200)]
