"""Cleaned order lines, written so that their meaning can be seen."""

import polars as pl

DAY = 86_400
NEWEST = 20_000 * DAY

SCHEMA = {
    "user_id": pl.String,
    "item_id": pl.String,
    "ordered_at": pl.Int64,
    "order_id": pl.String,
    "quantity": pl.Float64,
    "unit_price": pl.Float64,
    "title": pl.String,
}


def order_lines(*lines: tuple) -> pl.DataFrame:
    """Return cleaned lines of (user_id, item_id, age in days or None = 0, order_id = None)."""
    rows = []
    for user_id, item_id, *rest in lines:
        age, order_id = (*rest, *(0, None)[len(rest) :])
        ordered_at = None if age is None else NEWEST - int(age * DAY)
        rows.append((user_id, item_id, ordered_at, order_id, 1.0, None, None))
    return pl.DataFrame(rows, schema=SCHEMA, orient="row")
