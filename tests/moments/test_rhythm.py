import numpy as np
import pytest

from recsvc.moments.rhythm import Rhythms


def test_a_rhythm_grows_order_by_order() -> None:
    third = Rhythms.first_orders().after(np.asarray([4.0])).after(np.asarray([16.0]))
    assert (third.orders[0], third.tenure_days[0]) == (3, 20)
    assert np.exp(third.log_gaps[0] / 2) == pytest.approx(8)  # the geometric mean of 4 and 16
    assert third.log_gaps_squared[0] == pytest.approx(np.log(4) ** 2 + np.log(16) ** 2)
    assert np.exp(third.recent_log_gap[0]) == pytest.approx(8)


def test_the_newest_gap_counts_half_in_the_recent_one() -> None:
    orders = Rhythms.first_orders()
    for gap in (2.0, 2.0, 2.0, 32.0):
        orders = orders.after(np.asarray([gap]))
    assert np.exp(orders.recent_log_gap[0]) == pytest.approx(8)
    assert np.exp(orders.log_gaps[0] / 4) == pytest.approx(4)


def test_columns_are_read_as_they_were_written() -> None:
    orders = Rhythms.first_orders(2).after(np.asarray([7.0, 30.0]))
    read, age_days = Rhythms.of_columns(orders.columns(np.asarray([1.5, 2.5])))
    assert age_days.tolist() == [1.5, 2.5]
    for name, value in vars(orders).items():
        np.testing.assert_allclose(getattr(read, name), value, rtol=1e-6)
