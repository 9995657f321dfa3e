import numpy as np
import pytest

from recsvc.moments.curve import Curves, ahead_edges

STEADY = Curves.of(lambda days: np.full((1, len(days)), 0.1), ahead_edges())


def test_a_steady_rate_gives_exponential_waiting_times() -> None:
    assert STEADY.chance_within(7)[0] == pytest.approx(1 - np.exp(-0.7))
    assert STEADY.days_until_chance(0.5)[0] == pytest.approx(np.log(2) / 0.1)


def test_what_is_not_reached_by_the_last_edge_is_not_expected() -> None:
    rare = Curves.of(lambda days: np.full((1, len(days)), 1e-5), ahead_edges())
    assert np.isnan(rare.days_until_chance(0.5)[0])


def test_a_day_on_which_the_shop_is_closed_adds_nothing() -> None:
    edges = np.arange(4.0)
    curves = Curves.of(lambda days: np.ones((1, len(days))), edges, np.asarray([1.0, 0.0, 1.0]))
    assert curves.hazards.tolist() == [[0, 1, 1, 2]]
    assert curves.days_until(np.asarray([1.5])).tolist() == [2.5]


def test_between_edges_the_line_is_straight() -> None:
    curves = Curves(np.asarray([0.0, 10.0]), np.asarray([[0.0, 2.0], [0.0, 4.0]]))
    assert curves.hazards_at(np.asarray([0.0, 5.0, 10.0])).tolist() == [[0, 1, 2], [0, 2, 4]]
