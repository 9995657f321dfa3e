"""Prices and quantities that cannot be what their column says."""

from collections.abc import Iterator

import polars as pl

from training.doctor.diagnosis import MAX_EXAMPLES, Finding, Severity, counted, percentage
from training.doctor.history import ExaminedHistory

FEWEST_LINES = 50
FEWEST_ITEMS = 10
MANY_FREE = 0.1
MIXED_ITEMS = 0.02
FEWEST_MIXED_ITEMS = 3
EXTREME_TIMES = 1000


def amounts(history: ExaminedHistory) -> Iterator[Finding]:
    """Yield every finding about prices and quantities."""
    for code, column in (("zero_price", "unit_price"), ("zero_quantity", "quantity")):
        yield from zeros(history, code, column)
    yield from constant_price(history)
    yield from constant_quantity(history)
    yield from mixed_currencies(history)
    yield from extreme_quantities(history)


def zeros(history: ExaminedHistory, code: str, column: str) -> Iterator[Finding]:
    """Report columns that are zero throughout, or too often for gifts."""
    count = history.orders.summary.count(code)
    share = count.n_applies / max(history.n_rows, 1)
    if share < MANY_FREE or not count.n_rows:
        return
    everywhere = count.n_applies == history.n_rows
    name = column.replace("_", " ")
    yield Finding(
        code,
        Severity.ERROR if everywhere else Severity.WARNING,
        f"The {name} is zero in {'all ' if everywhere else ''}{counted(count.n_applies, 'row')}"
        f"{'' if everywhere else f' ({percentage(share)})'}; such rows do not count as purchases.",
        f"Name the right column with --column {column}=…, or leave the column out of the export.",
        history.refused_places((code,)),
    )


def constant_price(history: ExaminedHistory) -> Iterator[Finding]:
    """Report one price for many items."""
    prices = history.lines["unit_price"].drop_nulls()
    if len(prices) < FEWEST_LINES or history.items.height < FEWEST_ITEMS or prices.n_unique() > 1:
        return
    yield Finding(
        "constant_price",
        Severity.WARNING,
        f"All {counted(history.items.height, 'item')} cost {prices[0]:g}: that column is hardly the price.",
        "Name the right column with --column unit_price=…, or leave it out.",
    )


def constant_quantity(history: ExaminedHistory) -> Iterator[Finding]:
    """Report one quantity, not 1, for all lines."""
    quantities = history.lines["quantity"]
    if not history.has_column("quantity") or len(quantities) < FEWEST_LINES or quantities.n_unique() > 1:
        return
    if quantities[0] != 1:
        yield Finding(
            "constant_quantity",
            Severity.WARNING,
            f"The quantity is {quantities[0]:g} in all {counted(len(quantities), 'line')}: that column is "
            "hardly the quantity.",
            "Name the right column with --column quantity=…, or leave it out.",
        )


def mixed_currencies(history: ExaminedHistory) -> Iterator[Finding]:
    """Report items sold at a price and at exactly a hundred times that price: cents beside units."""
    prices = history.lines.select(
        "item_id", (pl.col("unit_price") * 100).round(0).alias("cents")
    ).drop_nulls()
    distinct = prices.filter(pl.col("cents") > 0).unique()
    several = distinct.filter(pl.len().over("item_id") > 1)
    hundredfold = several.with_columns(pl.col("cents") * 100)
    mixed = hundredfold.join(several, on=["item_id", "cents"], how="inner").sort("item_id")
    n_items = mixed["item_id"].n_unique()
    if n_items < max(FEWEST_MIXED_ITEMS, MIXED_ITEMS * several["item_id"].n_unique()):
        return
    firsts = mixed.unique("item_id", keep="first", maintain_order=True).head(MAX_EXAMPLES)
    yield Finding(
        "mixed_currencies",
        Severity.WARNING,
        f"{counted(n_items, 'item')} of {history.items.height:,} are sold at a price and at exactly a "
        "hundred times that: cents, or two currencies, in one column.",
        "Bring all prices into one unit before the export.",
        tuple(f"item {item}: {cents / 10_000:,.2f} and {cents / 100:,.2f}" for item, cents in firsts.rows()),
    )


def extreme_quantities(history: ExaminedHistory) -> Iterator[Finding]:
    """Report lines of thousands of times what is usual."""
    quantities = history.lines["quantity"]
    usual = quantities.median()
    if not isinstance(usual, float):
        return
    extreme = history.lines.filter(pl.col("quantity") >= EXTREME_TIMES * usual)
    if extreme.is_empty() or len(quantities) < FEWEST_LINES:
        return
    largest = extreme.sort("quantity", "item_id", descending=[True, False]).head(MAX_EXAMPLES)
    yield Finding(
        "extreme_quantities",
        Severity.NOTE,
        f"{counted(extreme.height, 'line')} of {counted(extreme['item_id'].n_unique(), 'item')} "
        f"{'has' if extreme.height == 1 else 'have'} a quantity of at least {EXTREME_TIMES:,} times the "
        f"usual {usual:g}.",
        "Check whether it counts grams or millilitres, or is a typing error; an order weighs the same "
        "however much it is of.",
        tuple(described_line(history, line) for line in largest.iter_rows(named=True)),
    )


def described_line(history: ExaminedHistory, line: dict[str, object]) -> str:
    """Return an order line in numbers, and where it stands."""
    same = pl.all_horizontal(
        pl.col(name).eq_missing(pl.lit(line[name]))
        for name in ("user_id", "item_id", "order_id", "ordered_at")
    )
    return f"item {line['item_id']}: {line['quantity']:,.0f} ({''.join(history.places(same, 1))})"
