"""A history that is cleaned in parts, beside the same one cleaned as a whole."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from functools import reduce
from operator import add
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.shapes.history import base_history
from support.shapes.kinds import SHAPES
from support.shapes.reading import sources
from support.shapes.shape import Shape
from support.shapes.writing import write

from recsvc.errors import RecsvcError
from training.orders import CleaningRules, Orders, clean_orders
from training.orders.decided import Decided
from training.orders.parts import (
    GUEST,
    PURCHASE,
    REFUSED,
    PartFigures,
    buyer_keys,
    examine_part,
    find_within_orders,
    finish_part,
)
from training.sources.order_sources import read_orders
from training.sources.raw_orders import RawOrders, SourceFile

NOW = datetime(2026, 11, 29, tzinfo=UTC)
RULES = CleaningRules()


def in_parts(raw: RawOrders, n_parts: int) -> tuple[Orders, pl.DataFrame, PartFigures]:
    """Return what the whole gives, and the rows and figures of its parts, put together by keys that differ."""
    decided = Decided()
    whole = clean_orders(raw, RULES, NOW, decided)
    lines = raw.lines.with_columns(
        pl.int_range(pl.len(), dtype=pl.Int64).alias("line"), pl.col(pl.Categorical).cast(pl.String)
    )
    keyed = lines.with_columns(buyer_keys(lines, decided.nobody or frozenset()))
    examined = of_parts(
        keyed,
        pl.col("key"),
        n_parts,
        lambda part: examine_part(replace(raw, lines=part), RULES, NOW, decided).with_columns(part["key"]),
    )
    order = pl.coalesce("order_id", "key")
    within = of_parts(examined, order, n_parts, lambda part: find_within_orders(part, raw.files, decided))
    figures = []

    def finished(part: pl.DataFrame) -> pl.DataFrame:
        rows, of_part = finish_part(part, decided)
        figures.append(of_part)
        return rows

    return whole, of_parts(within, pl.col("key"), n_parts, finished), reduce(add, figures, PartFigures())


def of_parts(
    lines: pl.DataFrame, key: pl.Expr, n_parts: int, work: Callable[[pl.DataFrame], pl.DataFrame]
) -> pl.DataFrame:
    part = lines.select(key.hash(17) % n_parts).to_series()
    parts = [lines.filter(part == one) for one in range(n_parts)]
    return pl.concat([work(one) for one in parts if one.height]).sort("line")


def assert_same(whole: Orders, rows: pl.DataFrame, figures: PartFigures) -> None:
    for kind, right in ((PURCHASE, whole.lines), (GUEST, whole.guest_lines)):
        found = rows.filter(pl.col("kind") == kind).sort("ordered_at", maintain_order=True)
        for name in ("user_id", "item_id", "title", "ordered_at", "quantity", "unit_price"):
            assert found[name].to_list() == right[name].to_list(), (kind, name)
    refused = rows.filter(pl.col("kind").is_in([GUEST, REFUSED])).select("row", "reason", "also")
    assert refused.rows() == whole.rejected.select("row", "reason", "also").rows()
    summary = whole.summary
    assert figures.n_unmatched == summary.n_unmatched_returns
    assert (figures.first_at, figures.last_at) == (summary.first_ordered_at, summary.last_ordered_at)
    counts = [one for one in summary.reasons if one.reason.code != "erased"]
    assert dict(figures.refused) == {one.reason.code: one.n_rows for one in counts if one.n_rows}
    assert dict(figures.applies) == {one.reason.code: one.n_applies for one in counts if one.n_applies}


@pytest.mark.parametrize("shape", [pytest.param(one, id=one.name) for one in SHAPES[::12]])
def test_shape_in_seven_parts_is_cleaned_as_the_whole(shape: Shape, tmp_path: Path) -> None:
    try:
        raw = read_orders(sources(shape, write(shape, base_history(), tmp_path)))
    except RecsvcError as problem:
        assert shape.may_ask or shape.must_ask, problem  # noqa: PT017 - a shape that nobody can read
        return
    assert_same(*in_parts(raw, 7))


USERS = st.sampled_from(["ann", "Bo", "cy", "guest", "0", "", "n/a", "dee@x.example", "DEE@x.example"])
ITEMS = st.sampled_from(["A1", "a1", "B2", "Versandkosten", "", "C3", "9.78E+12", "Total"])
ORDERS = st.sampled_from(["1", "2", "3", "C4", "", "5"])
DATES = st.sampled_from(
    ["2026-01-02 10:00:00", "2026-01-02 10:00:00", "2026-01-03", "3.2.2026", "2099-01-01", "soon", ""]
)
PIECES = st.sampled_from(["1", "2", "3", "-1", "-2", "0", "many", "1,000", ""])
PRICES = st.sampled_from(["2.50", "2,50", "-2.50", "0", "", "free", "3.00"])
STATUSES = st.sampled_from(["paid", "closed", "cancelled", "partially refunded", "odd"])
REFUNDS = st.sampled_from(["", "0", "2.50", "5.00"])
ROW = st.tuples(
    USERS, ITEMS, ORDERS, DATES, PIECES, PRICES, STATUSES, REFUNDS, st.sampled_from(["", "1", "2"])
)
NAMES = (
    "user_id",
    "item_id",
    "order_id",
    "ordered_at",
    "quantity",
    "unit_price",
    "status",
    "refunded_amount",
    "returned_quantity",
)


def history(rows: list[tuple[int, tuple[str, ...]]]) -> RawOrders:
    """Return the rows, each with the source that it is from: two files, a query, the store."""
    origins = ("file", "file", "sql", "store")
    rows = sorted(rows, key=lambda row: row[0])
    columns = {name: [row[1][at] or None for row in rows] for at, name in enumerate(NAMES)}
    files = tuple(
        SourceFile(
            f"source {n}",
            sum(row[0] == n for row in rows),
            0,
            "lines",
            None,
            ",",
            dict(zip(NAMES, NAMES, strict=True)),
            one,
        )
        for n, one in enumerate(origins)
    )
    lines = pl.DataFrame(columns, schema=dict.fromkeys(NAMES, pl.String)).with_columns(
        pl.Series("file", [row[0] for row in rows], dtype=pl.UInt32),
        pl.int_range(2, pl.len() + 2, dtype=pl.Int64).alias("row"),
        pl.lit(value=False).alias("malformed"),
    )
    return RawOrders(lines, files)


@settings(deadline=None, max_examples=25)
@given(st.lists(st.tuples(st.integers(0, 3), ROW), min_size=1, max_size=40), st.sampled_from([1, 2, 7]))
def test_history_in_parts_is_cleaned_as_the_whole(
    rows: list[tuple[int, tuple[str, ...]]], n_parts: int
) -> None:
    assert_same(*in_parts(history(rows), n_parts))


def test_amount_of_an_order_of_two_shoppers_in_two_parts_is_that_of_the_order() -> None:
    at = "2026-01-02 10:00:00"
    rows = [
        (0, ("ann", "A1", "1", at, "1", "2.50", "paid", "3.50", "")),
        (0, ("Bo", "B2", "1", at, "1", "3.00", "paid", "3.50", "")),
    ]
    whole, parts, figures = in_parts(history(rows), 50)
    assert whole.lines.height == 2
    assert_same(whole, parts, figures)


def test_copies_without_shopper_and_order_have_one_key() -> None:
    raw = history([(0, ("", "A1", "", "2026-01-02 10:00:00", "1", "2.50", "paid", "", ""))] * 2)
    assert buyer_keys(raw.lines.with_columns(line=pl.Series([4, 9])), frozenset()).n_unique() == 1


def test_guests_are_kept_together_by_their_orders() -> None:
    rows = [
        (0, (user, "A1", order, "", "1", "2.50", "paid", "", ""))
        for user, order in (("till", "1"), ("guest", "1"), ("till", "2"))
    ]
    keys = buyer_keys(
        history(rows).lines.with_columns(line=pl.Series([0, 1, 2])), frozenset({"till", "guest"})
    )
    assert keys.to_list() == ["order 1", "order 1", "order 2"]
