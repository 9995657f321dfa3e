"""One demo shop, written once and read by all tests of this folder."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from training.sample import SampleFiles, SampleShop, write_sample_shop


@dataclass(frozen=True)
class WrittenShop:
    """What the files of a shop say."""

    shop: SampleShop
    files: SampleFiles
    orders: pl.DataFrame
    catalogue: pl.DataFrame
    users: pl.DataFrame
    truth: dict[str, Any]

    @property
    def sales(self) -> pl.DataFrame:
        """Purchases of customers with an id, with the taste of the customer and the category of the item."""
        sold = self.orders.filter(pl.col("quantity") > 0, pl.col("customer_id").is_not_null())
        items = self.catalogue.select("category", "introduced_at", sku="item_id")
        return sold.join(self.users, on="customer_id", how="left").join(items, on="sku", how="left")


def read_shop(shop: SampleShop, files: SampleFiles) -> WrittenShop:
    return WrittenShop(
        shop,
        files,
        pl.read_csv(files.orders, try_parse_dates=True),
        pl.read_csv(files.catalogue, try_parse_dates=True),
        pl.read_parquet(files.truth_users),
        json.loads(files.truth.read_text(encoding="utf-8")),
    )


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> WrittenShop:
    shop = SampleShop()
    return read_shop(shop, write_sample_shop(shop, Path(tmp_path_factory.mktemp("demo"))))
