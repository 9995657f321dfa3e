"""What the first rows of a table say about two or three columns together."""

from collections.abc import Collection, Sequence

import polars as pl

from training.sources.table_head import Column, TableHead

SURELY_REPEATS = 200
"""Among so many lines of a shop some product occurs twice, even where there are thousands of products."""
FEWEST_PRICES = 5
FEWEST_ORDERS = 10
NEARLY_ALL = 0.9
GROWS = 0.5
"""Slope of the logarithm of the price against that of the quantity, within an item: 0 for a piece, 1 for a line."""


def share_with_several(keys: Column, owners: Column, fewest: int = 1) -> float:
    """Return the share of the keys on several rows that stand beside more than one owner, 0 to 1.

    It is 0 where fewer than ``fewest`` rows have such keys.
    """
    pairs = pl.DataFrame({"key": keys.texts, "owner": owners.texts}).drop_nulls()
    grouped = pairs.group_by("key").agg(pl.len().alias("n"), pl.col("owner").n_unique().alias("owners"))
    several = grouped.filter(pl.col("n") > 1)
    return float((several["owners"] > 1).sum()) / several.height if int(several["n"].sum()) >= fewest else 0.0


def one_to_one(first: Column, second: Column, contradicted: float = 0.02) -> bool:
    """Return whether each value of one column stands beside one value of the other, and the other way round."""
    n_first, n_second = len(first.distinct), len(second.distinct)
    if min(n_first, n_second) < 2 or min(n_first, n_second) < NEARLY_ALL * max(n_first, n_second):
        return False
    return max(share_with_several(first, second), share_with_several(second, first)) <= contradicted


def is_product_of(total: Column, quantities: Column, prices: Column) -> bool:
    """Return whether one column is the product of two others on nearly all rows, also on those of several pieces."""
    rows = pl.DataFrame({"total": total.numbers, "quantity": quantities.numbers, "price": prices.numbers})
    usable = (
        rows.drop_nulls()
        .with_columns(pl.all().abs())
        .filter((pl.col("quantity") > 0) & (pl.col("price") > 0))
    )
    several = usable.filter(pl.col("quantity") != 1)
    if several.height < FEWEST_PRICES:
        return False
    off = (pl.col("total") - pl.col("quantity") * pl.col("price")).abs() <= 0.011 * pl.col("quantity")
    return all(float(part.select(off.sum()).item()) >= NEARLY_ALL * part.height for part in (usable, several))


def surely_a_key(column: Column, titles: Sequence[Column]) -> bool:
    """Return whether a column without repetition cannot be that of the items."""
    if not column.is_key:
        return False
    named = [one for one in titles[:1] if one.position != column.position]
    repeating = any(2 * len(one.distinct) < len(one.filled) for one in named)
    return repeating or len(column.filled) >= SURELY_REPEATS


def price_grows_with_quantity(items: Column, quantities: Column, prices: Column) -> bool:
    """Return whether the price is for all pieces of a line: within an item it grows as the quantity does."""
    if prices.position == quantities.position:
        return False
    rows = pl.DataFrame({"item": items.texts, "quantity": quantities.numbers, "price": prices.numbers})
    usable = rows.drop_nulls().with_columns(pl.col("quantity", "price").abs())
    usable = usable.filter((pl.col("quantity") > 0) & (pl.col("price") > 0)).select(
        "item", pl.col("quantity").log(), pl.col("price").log()
    )
    centred = usable.with_columns(
        pl.col(name) - pl.col(name).mean().over("item") for name in ("quantity", "price")
    )
    varied = centred.filter(pl.col("quantity").abs() > 1e-9)
    if varied.height < FEWEST_PRICES:
        return False
    slope = varied.select(
        (pl.col("quantity") * pl.col("price")).sum() / (pl.col("quantity") ** 2).sum()
    ).item()
    return bool(slope > GROWS)


def copies_but_for(head: TableHead, used: Collection[int], key: Column) -> float:
    """Return the share of the rows that repeat an earlier one in the columns ``used`` but differ from it in ``key``."""
    rows = pl.DataFrame({f"column_{at}": head.columns[at].texts for at in sorted(used)})
    if not rows.width or not rows.height:
        return 0.0
    with_key = rows.with_columns(key.texts.alias("key"))
    return float(with_key.n_unique() - rows.n_unique()) / rows.height


def numbers_lines(column: Column, orders: Column) -> bool:
    """Return whether the column begins with the same value in nearly all orders, and goes on to others: 1, 2, 3."""
    rows = pl.DataFrame({"order": orders.texts, "number": column.texts}).drop_nulls()
    grouped = rows.group_by("order").agg(pl.col("number").first(), pl.len().alias("n"))
    if len(grouped.filter(pl.col("n") > 1)) < FEWEST_ORDERS or len(column.distinct) < 2:
        return False
    most = grouped["number"].value_counts()["count"].max()
    return isinstance(most, int) and most >= NEARLY_ALL * grouped.height
