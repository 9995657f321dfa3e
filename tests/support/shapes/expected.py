"""What a right reading of a history in a shape gives."""

from collections.abc import Collection, Sequence
from datetime import UTC

from .history import History, Line
from .shape import Shape

Fingerprint = tuple[int, int, int, float, float | None, int | None]
"""Shopper, item and order numbered as they first appear; pieces, price of one, Unix seconds."""


def expected_lines(shape: Shape, history: History) -> tuple[Line, ...]:
    """Return the lines that were bought, each piece by itself where the shape writes them so."""
    bought = [line for line in history.lines if line.bought or not shape.tells_status]
    if shape.arrangement == "pieces":
        return tuple(line for line in bought for _ in range(line.pieces))
    return tuple(bought)


def fingerprint(shape: Shape, history: History, not_used: Collection[str] = ()) -> list[Fingerprint]:
    """Return what has to be read, line by line; `not_used` are roles that are asked about instead."""
    has_price = shape.tells_price and "price" not in not_used
    has_date = shape.column_of("date") is not None and "date" not in not_used
    lines = expected_lines(shape, history)
    users = numbered([line.shopper for line in lines])
    items = numbered([line.product for line in lines])
    has_order = shape.column_of("order") is not None and "order" not in not_used
    has_pieces = shape.arrangement != "pieces" and shape.tells_pieces and "quantity" not in not_used
    orders = numbered([line.order if has_order else None for line in lines])
    return [
        (
            users[n],
            items[n],
            orders[n],
            float(line.pieces) if has_pieces else 1.0,
            line.cents / 100 if has_price else None,
            _seconds(shape, line) if has_date else None,
        )
        for n, line in enumerate(lines)
    ]


def numbered(values: Sequence[object]) -> list[int]:
    """Return each value's number in the order in which they first appear."""
    numbers: dict[object, int] = {}
    return [numbers.setdefault(value, len(numbers)) for value in values]


def _seconds(shape: Shape, line: Line) -> int:
    at = line.at.replace(tzinfo=UTC)
    if not shape.tells_time:
        at = at.replace(hour=0, minute=0)
    return int(at.timestamp())
