"""Reads a file of a shape as a run does."""

from collections.abc import Collection
from datetime import UTC, datetime
from pathlib import Path

from recsvc.errors import RecsvcError
from training.orders import CleaningRules, Orders, check_orders, clean_orders
from training.sources.order_sources import OrderSources, read_orders
from training.sources.sql import SqlQuery

from .expected import numbered
from .shape import Shape

NOW = datetime(2026, 11, 29, tzinfo=UTC)


def sources(shape: Shape, path: Path) -> OrderSources:
    """Return the file, or a query of it."""
    if shape.format == "sqlite":
        return OrderSources(query=SqlQuery(f"sqlite:///{path}", "SELECT * FROM orders"))
    return OrderSources((str(path),))


def read(sources: OrderSources) -> Orders:
    """Read and clean as `run` does; raises what stops it."""
    rules = CleaningRules()
    orders = clean_orders(read_orders(sources), rules, NOW)
    check_orders(orders, rules)
    return orders


def read_or_ask(sources: OrderSources) -> Orders | RecsvcError:
    """Return the orders, or the error or question that stops a run."""
    try:
        return read(sources)
    except RecsvcError as question:
        return question


def read_fingerprint(
    shape: Shape, orders: Orders, not_used: Collection[str] = ()
) -> list[tuple[object, ...]]:
    """Return what was read as `fingerprint` says what is right."""
    lines = orders.lines
    nothing = [None] * lines.height
    has_price = shape.tells_price and "price" not in not_used
    has_date = shape.column_of("date") and "date" not in not_used
    return list(
        zip(
            *(numbered(lines[name].to_list()) for name in ("user_id", "item_id", "order_id")),
            lines["quantity"].to_list(),
            lines["unit_price"].round(2).to_list() if has_price else nothing,
            lines["ordered_at"].to_list() if has_date else nothing,
            strict=True,
        )
    )
