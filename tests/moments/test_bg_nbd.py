"""The formulas against what they are derived from: integrals over all rates and chances to be lost."""

import numpy as np
import pytest
from scipy import stats

from recsvc.moments.bg_nbd import BgNbd

CDNOW = BgNbd(r=0.243, alpha=4.414, a=0.793, b=2.426)
"""The estimates that Fader, Hardie, Lee (2005) publish, in weeks."""


def one(value: float) -> np.ndarray:
    return np.asarray([value])


def integrated(weight, model: BgNbd) -> float:
    """Return the integral of ``weight(rate, lost)`` over both distributions, on a grid of their quantiles."""
    middles = (np.arange(1500) + 0.5) / 1500
    rates = stats.gamma(model.r, scale=1 / model.alpha).ppf(middles)
    lost = stats.beta(model.a, model.b).ppf(middles)
    return float(weight(rates[:, np.newaxis], lost).mean())


MODEL = BgNbd(r=1.3, alpha=9.0, a=0.8, b=2.5)


@pytest.mark.parametrize(("x", "t_x", "tenure"), [(2, 20.0, 30.0), (1, 3.0, 40.0)])
def test_who_is_alive_and_survives_is_what_the_assumptions_say(x: int, t_x: float, tenure: float) -> None:
    ahead = 10.0

    def alive(rate: float, lost: float) -> float:
        return (1 - lost) ** x * rate**x * np.exp(-rate * tenure)

    def gone(rate: float, lost: float) -> float:
        return lost * (1 - lost) ** (x - 1) * rate**x * np.exp(-rate * t_x)

    def silent(rate: float, lost: float) -> float:
        return alive(rate, lost) * np.exp(-rate * ahead)

    there, away, still = (integrated(weight, MODEL) for weight in (alive, gone, silent))
    said = MODEL.alive(one(x), one(t_x), one(tenure))[0]
    assert said == pytest.approx(there / (there + away), rel=1e-3)
    survival = MODEL.survival(one(x), one(t_x), one(tenure), one(ahead))[0, 0]
    assert survival == pytest.approx((away + still) / (there + away), rel=1e-3)


def test_who_ordered_once_is_never_lost() -> None:
    assert CDNOW.alive(one(0), one(0), one(1000)).tolist() == [1]


def test_survival_begins_at_one_and_only_falls() -> None:
    survival = CDNOW.survival(one(3), one(10), one(30), np.arange(0.0, 500.0))[0]
    assert survival[0] == 1
    assert (np.diff(survival) < 0).all()
    assert survival[-1] > 1 - CDNOW.alive(one(3), one(10), one(30))[0]
