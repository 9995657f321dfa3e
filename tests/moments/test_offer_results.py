import numpy as np
import pytest

from recsvc.moments.offer_results import Earned, Sums, uplift


def sums_of(values: np.ndarray) -> Earned:
    return Earned(n=len(values), net=float(values.sum()), net_squared=float((values**2).sum()))


def test_the_interval_holds_the_truth_as_often_as_it_says() -> None:
    rng, held = np.random.default_rng(1), 0
    for _ in range(400):
        decided, held_out = rng.exponential(5, 900), rng.exponential(4, 100)
        found = uplift(sums_of(decided), sums_of(held_out))
        assert found is not None
        held += found.low <= 1 <= found.high
    assert 0.92 <= held / 400 <= 0.98


def test_of_too_few_nothing_is_said() -> None:
    many, few = sums_of(np.ones(100)), sums_of(np.ones(29))
    assert uplift(many, few) is None
    assert uplift(few, many) is None


def test_sums_add_up() -> None:
    assert Sums(1, 1, 0, 2.0, 3.0) + Sums(1, 0, 1, 1.0, 1.0) == Sums(2, 1, 1, 3.0, 4.0)
    assert Earned(4, 10.0, 30.0).mean == pytest.approx(2.5)
    assert Earned().mean == 0
