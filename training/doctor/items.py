"""Items: those sold once, those that come and go, and their titles."""

from collections.abc import Iterator

import polars as pl

from training.doctor.diagnosis import MAX_EXAMPLES, Finding, Severity, counted, percentage
from training.doctor.history import ExaminedHistory
from training.history.interactions import DAY_SECONDS

FEWEST_ITEMS = 20
FEW_SINGLE, MOST_SINGLE = 0.3, 0.8
RECENT_DAYS = 28
FEWEST_DAYS = 112
"""A history shorter than four such windows is new itself."""
FEW_NEW, MOST_NEW = 0.2, 0.6
FEW_UNTITLED = 0.01
FEW_SHARED, MOST_SHARED = 0.01, 0.2
FEWEST_SHARED = 4


def items(history: ExaminedHistory) -> Iterator[Finding]:
    """Yield every finding about items."""
    yield from single_item(history)
    yield from single_sales(history)
    yield from churn(history)
    yield from missing_titles(history)
    yield from shared_titles(history)


def single_item(history: ExaminedHistory) -> Iterator[Finding]:
    """Report one item for all lines: its column is not the product."""
    if history.items.height == 1 and history.lines.height >= 50:
        yield Finding(
            "single_item",
            Severity.ERROR,
            f"All {counted(history.lines.height, 'purchase')} are of one item: nothing to choose from.",
            "Check which column holds the product, and name it with --column item_id=….",
            (f"item {history.items['item_id'][0]}",),
        )


def single_sales(history: ExaminedHistory) -> Iterator[Finding]:
    """Report items sold a single time."""
    once = history.items.filter(pl.col("n_lines") == 1)
    share = once.height / history.items.height
    if share < FEW_SINGLE or history.items.height < FEWEST_ITEMS:
        return
    yield Finding(
        "single_sales",
        Severity.WARNING if share >= MOST_SINGLE else Severity.NOTE,
        f"{once.height:,} of {counted(history.items.height, 'item')} ({percentage(share)}) were sold once: "
        "nothing can be learned about them.",
        "If these are variants or single pieces, use the id of the product they belong to.",
        tuple(f"item {item_id}" for item_id in once["item_id"].head(MAX_EXAMPLES)),
    )


def churn(history: ExaminedHistory) -> Iterator[Finding]:
    """Report a large share of recent sales that are of items never sold before."""
    summary = history.orders.summary
    if summary.first_ordered_at is None or summary.last_ordered_at is None:
        return
    cut = summary.last_ordered_at - RECENT_DAYS * DAY_SECONDS
    if cut - summary.first_ordered_at < (FEWEST_DAYS - RECENT_DAYS) * DAY_SECONDS:
        return
    new = history.items.filter(pl.col("first_at") > cut)
    recent = history.lines.filter(pl.col("ordered_at") > cut)
    n_new = recent.join(new, on="item_id", how="semi").height
    share = n_new / max(recent.height, 1)
    if share < FEW_NEW:
        return
    yield Finding(
        "catalogue_churn",
        Severity.WARNING if share >= MOST_NEW else Severity.NOTE,
        f"{percentage(share)} of the purchases of the last {RECENT_DAYS} days are of "
        f"{counted(new.height, 'item')} never sold before: a model learned before could not show them.",
        "Train often, daily if possible; if products merely change their codes, export one that stays.",
        tuple(
            f"item {item_id}"
            for item_id in new.sort("n_lines", descending=True)["item_id"].head(MAX_EXAMPLES)
        ),
    )


def missing_titles(history: ExaminedHistory) -> Iterator[Finding]:
    """Report items without a title."""
    untitled = history.items.filter(pl.col("title").is_null())
    share = untitled.height / history.items.height
    if share < FEW_UNTITLED:
        return
    sentence, examples = (
        "No item has a title: lists and reports will show codes.",
        untitled["item_id"].head(0),
    )
    if untitled.height < history.items.height:
        n_items = counted(history.items.height, "item")
        sentence = f"{untitled.height:,} of {n_items} ({percentage(share)}) have no title."
        examples = untitled["item_id"].head(MAX_EXAMPLES)
    yield Finding(
        "missing_titles",
        Severity.NOTE,
        sentence,
        "Export the product's name too (--column title=…); lists are as good without, only harder to judge.",
        tuple(f"item {item_id}" for item_id in examples),
    )


def shared_titles(history: ExaminedHistory) -> Iterator[Finding]:
    """Report several items with one title: one product under two codes, most likely."""
    titled = history.items.filter(pl.col("title").is_not_null())
    key = pl.col("title").str.to_lowercase()
    shared = titled.filter(pl.len().over(key) > 1)
    share = shared.height / max(titled.height, 1)
    if shared.height < FEWEST_SHARED or share < FEW_SHARED:
        return
    groups = (
        shared.group_by(key.alias("key"))
        .agg(pl.col("title").first(), pl.col("item_id").sort(), pl.col("n_lines").sum())
        .sort(["n_lines", "key"], descending=[True, False])
    )
    yield Finding(
        "shared_titles",
        Severity.WARNING if share >= MOST_SHARED else Severity.NOTE,
        f"{counted(shared.height, 'item')} ({percentage(share)}) have a title that another item has too, "
        f"{counted(groups.height, 'title')} in all: one product under several codes, or variants.",
        "Give them one id if they are one product: their sales are now split.",
        tuple(
            f"{title}: {', '.join(ids[:3])}"
            for title, ids in groups.select("title", "item_id").head(MAX_EXAMPLES).rows()
        ),
    )
