"""What was planted in the sample shop, for tests that check whether it is found again."""

import json
from datetime import date, timedelta
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from training.sample.catalogue import NEVER, SampleCatalogue
from training.sample.demand import TREND_DAYS, TREND_FACTOR
from training.sample.shop import SampleShop
from training.sample.shoppers import Shoppers
from training.sample.words import STYLES


def truth_json(shop: SampleShop, catalogue: SampleCatalogue, shoppers: Shoppers) -> str:
    """Return what is known about groups, items, pairs, rhythms, trends and seasons."""
    truth: dict[str, Any] = {
        "shop": shop.as_dict(),
        "taste_groups": _groups(shoppers),
        "pairs": _pairs(catalogue),
        "repurchase_days": _of_items(catalogue, catalogue.repurchase_days, catalogue.repurchase_days > 0),
        "trending": {
            "item_ids": catalogue.item_ids[catalogue.trending].tolist(),
            "days": TREND_DAYS,
            "factor": TREND_FACTOR,
        },
        "introduced": _dates(shop, catalogue, catalogue.introduced_day, catalogue.introduced_day > 0),
        "fading_from": _dates(shop, catalogue, catalogue.fading_from, catalogue.gone_day < NEVER),
        "seasons": {
            aisle.category: {"peak": f"{aisle.peak[0]:02d}-{aisle.peak[1]:02d}", "swing": aisle.swing}
            for aisle in catalogue.aisles
        },
    }
    return json.dumps(truth, indent=1, ensure_ascii=False) + "\n"


def truth_users(shop: SampleShop, shoppers: Shoppers) -> pl.DataFrame:
    """Return one row a customer: id, tastes, when they joined and until when they may have come."""
    names = [group.name for group in shoppers.groups]
    return pl.DataFrame(
        {
            "customer_id": shoppers.user_ids.tolist(),
            "taste_group": _gather(names, shoppers.group_of),
            "second_group": _gather(names, shoppers.second_group_of),
            "style": _gather(list(STYLES), shoppers.style_of),
            "joined_at": day_series(shop, shoppers.joined_day),
            "left_at": day_series(shop, shoppers.left_day),
        }
    ).sort("customer_id")


def day_series(shop: SampleShop, day: NDArray[np.int64]) -> pl.Series:
    """Return days of the history, int64, shape (n,), as dates."""
    epoch = (shop.start - date(1970, 1, 1)).days
    return pl.Series((day + epoch).astype(np.int32)).cast(pl.Date)


def _gather(names: list[str], indices: NDArray[np.int64]) -> pl.Series:
    return pl.Series(names, dtype=pl.String).gather(indices)


def _groups(shoppers: Shoppers) -> list[dict[str, Any]]:
    n_users = np.bincount(shoppers.group_of, minlength=len(shoppers.groups))
    return [
        {
            "name": group.name,
            "favourite_categories": list(group.favourites),
            "favourite_styles": list(group.styles),
            "n_users": int(n),
        }
        for group, n in zip(shoppers.groups, n_users, strict=True)
    ]


def _pairs(catalogue: SampleCatalogue) -> list[dict[str, Any]]:
    """Return one entry a pair; two pairs of one item make a triple."""
    ids = catalogue.item_ids
    return [
        {
            "item_id": str(ids[item]),
            "companion_id": str(ids[catalogue.companions[item, slot]]),
            "chance": round(float(catalogue.companion_chance[item, slot]), 3),
        }
        for item, slot in np.argwhere(catalogue.companions >= 0)
    ]


def _of_items(
    catalogue: SampleCatalogue, values: NDArray[np.int64], chosen: NDArray[np.bool_]
) -> dict[str, int]:
    return dict(zip(catalogue.item_ids[chosen].tolist(), values[chosen].tolist(), strict=True))


def _dates(
    shop: SampleShop, catalogue: SampleCatalogue, days: NDArray[np.int64], chosen: NDArray[np.bool_]
) -> dict[str, str]:
    dates = [(shop.start + timedelta(days=int(day))).isoformat() for day in days[chosen]]
    return dict(zip(catalogue.item_ids[chosen].tolist(), dates, strict=True))
