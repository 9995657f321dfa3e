"""Items that are variants of one product by their titles, of which a list shows one."""

from collections.abc import Iterator

import numpy as np
import polars as pl

from recsvc.model.variant_words import COLOURS, SIZES
from training.doctor.diagnosis import MAX_EXAMPLES, Finding, Severity, counted, percentage
from training.doctor.history import ExaminedHistory
from training.fit.variants import Variants, find_variants

FEW = 0.1
"""Any shop has some variants; a smaller share of its items is not worth a word."""

SHOWN_TITLES = 4
SHOWN_WORDS = 8


def variants(history: ExaminedHistory) -> Iterator[Finding]:
    """Report which titles were found to differ in colour, size or pack only."""
    items = history.items.sort("n_lines", "item_id", descending=[True, False])
    ids = items["item_id"].to_list()
    told = zip(ids, items["title"].to_list(), strict=True)
    titles = [history.catalogue.titles.get(item_id) or title or "" for item_id, title in told]
    paths = [history.catalogue.categories.get(item_id, ()) for item_id in ids]
    kinds = [_narrowest(path) for path in paths]
    found = find_variants(titles, _log_prices(history, items), kinds)
    n_items = int((found.groups >= 0).sum())
    if n_items < FEW * len(ids):
        return
    n_groups = int(found.groups.max(initial=-1)) + 1
    yield Finding(
        "variants_by_title",
        Severity.NOTE,
        f"{counted(n_items, 'item')} ({percentage(n_items / len(ids))}) are variants of "
        f"{counted(n_groups, 'product')} by their titles, which differ in colour, size or pack only: a list shows one "
        f"of each.{_learned(found)}",
        'Name products in the catalogue (group_id) where that is wrong, or let all in by variants = "all" in the rules '
        "of a placement.",
        tuple(_example(titles, found, group) for group in _best_selling(found)),
    )


def _narrowest(paths: tuple[str, ...]) -> tuple[str, ...]:
    deepest = max((path.count(" > ") for path in paths), default=0)
    return tuple(path for path in paths if path.count(" > ") == deepest)


def _log_prices(history: ExaminedHistory, items: pl.DataFrame) -> np.ndarray:
    lines = pl.concat([history.orders.lines, history.orders.guest_lines]).filter(pl.col("unit_price") > 0)
    mean = lines.group_by(pl.col("item_id").cast(pl.String)).agg(
        pl.col("unit_price").log().mean().alias("price")
    )
    joined = items.join(mean, on="item_id", how="left", maintain_order="left")
    return joined["price"].fill_null(0.0).to_numpy().astype(np.float32)


def _learned(found: Variants) -> str:
    words = sorted(found.words - COLOURS - SIZES)[:SHOWN_WORDS]
    return f" Words like colours were learned: {', '.join(words)}." if words else ""


def _best_selling(found: Variants) -> list[int]:
    """Return the groups of the items that sell best; items are in that order."""
    return list(dict.fromkeys(found.groups[found.groups >= 0].tolist()))[:MAX_EXAMPLES]


def _example(titles: list[str], found: Variants, group: int) -> str:
    members = np.flatnonzero(found.groups == group).tolist()
    more = f" and {len(members) - SHOWN_TITLES} more" if len(members) > SHOWN_TITLES else ""
    return f"{'; '.join(titles[item] for item in members[:SHOWN_TITLES])}{more}"
