from datetime import UTC, datetime

import numpy as np
import pytest

from recsvc.moments.calendar import LEVEL_HALF_LIFE_DAYS, Calendar

WORKDAYS = (1.4, 1.4, 1.4, 1.4, 1.4, 0.0, 0.0)


def days_of(*moment: int) -> float:
    return datetime(*moment, tzinfo=UTC).timestamp() / 86_400


FRIDAY = days_of(2026, 5, 1, 12)


def test_a_weekend_counts_nothing_where_nobody_orders_then() -> None:
    weights = Calendar(FRIDAY, 0, WORKDAYS).weights(FRIDAY, np.asarray([0.0, 0.5, 1.5, 2.5, 3.5]))
    assert weights.tolist() == pytest.approx([1.4, 0, 0, 1.4])


def test_a_whole_week_counts_as_long_as_it_is() -> None:
    assert Calendar(FRIDAY, 5, WORKDAYS).weights(
        FRIDAY, np.asarray([0.0, 7.0, 700.0])
    ).tolist() == pytest.approx([1, 1])


def test_a_day_begins_when_the_shop_says() -> None:
    early = days_of(2026, 5, 2, 2)  # Saturday, two o'clock in UTC, and still Friday for the shop
    weights = Calendar(early, 4, WORKDAYS).weights(early, np.asarray([0.0, 2 / 24, 4 / 24]))
    assert weights.tolist() == pytest.approx([1.4, 0], abs=1e-9)


def test_a_busy_time_wears_off() -> None:
    busy = Calendar(FRIDAY, log_level=float(np.log(2)))
    near, far = (
        busy.weights(FRIDAY, np.asarray([0.0, 0.01])),
        busy.weights(FRIDAY, np.asarray([LEVEL_HALF_LIFE_DAYS, LEVEL_HALF_LIFE_DAYS + 0.01])),
    )
    assert near[0] == pytest.approx(2, rel=1e-3)
    assert far[0] == pytest.approx(np.sqrt(2), rel=1e-3)
