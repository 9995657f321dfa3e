"""Returns take back the latest earlier purchases, never more than there were."""

import polars as pl
import pytest

from training.orders.returns import net_returns


def netted(*lines: tuple[int | None, float]) -> tuple[dict[int, float], int]:
    frame = pl.DataFrame(
        {
            "line": range(len(lines)),
            "buyer": ["u"] * len(lines),
            "item_id": ["i"] * len(lines),
            "ordered_at": [at for at, _ in lines],
            "quantity": [float(quantity) for _, quantity in lines],
        },
        schema_overrides={"line": pl.UInt32, "ordered_at": pl.Int64},
    )
    result = net_returns(frame)
    return dict(result.remaining.rows()), result.n_unmatched


@pytest.mark.parametrize(
    ("lines", "remaining", "n_unmatched"),
    [
        ([(1, 5), (2, 5), (3, -2)], {1: 3.0}, 0),
        ([(1, 5), (2, 5), (3, -7)], {1: 0.0, 0: 3.0}, 0),
        ([(1, 5), (2, -9), (3, 4)], {0: 0.0}, 0),
        ([(1, 5), (1, -5)], {0: 0.0}, 0),
        ([(1, -5), (1, 5)], {1: 0.0}, 0),
        ([(1, -5), (2, 5)], {}, 1),
        ([(None, -5), (None, 6)], {1: 1.0}, 0),
        ([(1, 2), (2, -1), (3, 2), (4, -3)], {0: 0.0, 2: 0.0}, 0),
        ([(1, 2), (2, -1), (3, 1), (4, -1)], {0: 1.0, 2: 0.0}, 0),
    ],
)
def test_returns_are_netted(
    lines: list[tuple[int | None, float]], remaining: dict[int, float], n_unmatched: int
) -> None:
    assert netted(*lines) == (remaining, n_unmatched)


def test_purchases_of_other_users_and_items_are_untouched() -> None:
    frame = pl.DataFrame(
        {
            "line": [0, 1, 2],
            "buyer": ["u", "v", "u"],
            "item_id": ["i", "i", "j"],
            "ordered_at": [1, 1, 1],
            "quantity": [1.0, -1.0, -1.0],
        },
        schema_overrides={"line": pl.UInt32},
    )
    assert net_returns(frame).remaining.is_empty()
