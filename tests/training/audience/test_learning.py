import numpy as np
import polars as pl
import pytest
from scipy.special import expit
from support.models import small_model

from recsvc.ranking.audience.likelihood import Case, CaseLikelihood
from training.audience.learning import Pairs, learn_likelihood, logistic
from training.history.catalogue import NO_CATALOGUE

NOTHING = pl.DataFrame(schema={"user_id": pl.String, "item_id": pl.String})


def drawn(n: int = 60_000, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Return an intercept and two signals, and what is bought with the odds exp(-3 + 2x)."""
    rng = np.random.default_rng(seed)
    signals = np.column_stack([np.ones(n), rng.normal(5, 2, (n, 2))]).astype(np.float32)
    return signals, rng.random(n) < expit(-3 + 2 * (signals[:, 1] - 5))


def test_the_weights_that_made_the_purchases_are_found() -> None:
    signals, bought = drawn()
    np.testing.assert_allclose(logistic(signals, bought, np.ones(len(bought))), [-13, 2, 0], atol=0.15)


def test_pairs_that_stand_for_many_count_as_many() -> None:
    signals, bought = drawn()
    kept = bought | (np.arange(len(bought)) % 10 == 0)
    weights = np.where(bought, 1.0, 10.0)[kept]
    np.testing.assert_allclose(logistic(signals[kept], bought[kept], weights), [-13, 2, 0], atol=0.4)


def test_weights_stay_finite_where_a_signal_tells_all() -> None:
    signals, _ = drawn(2_000)
    bought = signals[:, 1] > 8
    weights = logistic(signals, bought, np.full(len(bought), 1000.0))
    assert np.isfinite(weights).all()
    assert weights[1] > 0


def test_a_signal_that_never_varies_has_no_weight() -> None:
    signals, bought = drawn(5_000)
    signals[:, 2] = 7
    assert logistic(signals, bought, np.ones(len(bought)))[2] == 0


def test_what_is_promised_is_what_is_bought() -> None:
    signals, bought = drawn()
    learned = _learned(signals, bought)
    assert learned is not None
    names = Case.COLD_START.signals
    promised = learned.probability(learned.log_odds(signals, names))
    for low, high in ((0, 0.05), (0.05, 0.2), (0.2, 0.5), (0.5, 0.9)):
        some = (promised >= low) & (promised < high)
        assert bought[some].mean() == pytest.approx(promised[some].mean(), rel=0.1)


def test_nobody_is_certain_to_buy() -> None:
    signals, _ = drawn(20_000)
    learned = _learned(signals, signals[:, 1] > 7)
    assert learned is not None
    assert 0.9 < learned.probabilities[-1] < 0.999


def test_too_few_purchases_teach_nothing() -> None:
    signals, bought = drawn(200)
    bought[:] = False
    bought[:50] = True
    assert _learned(signals, bought) is None
    assert learn_likelihood(small_model(), NOTHING, 28.0, NO_CATALOGUE, 0) == ""
    assert learn_likelihood(small_model(), NOTHING, None, NO_CATALOGUE, 0) == ""


def _learned(signals: np.ndarray, bought: np.ndarray) -> CaseLikelihood | None:
    pairs = Pairs(Case.COLD_START)
    wide = np.zeros((len(signals), len(Case.COLD_START.signals)), np.float32)
    wide[:, : signals.shape[1]] = signals
    signals.resize(wide.shape, refcheck=False)
    signals[:] = wide
    pairs._signals.append(wide)
    pairs._bought.append(bought)
    pairs._weights.append(np.ones(len(bought)))
    return pairs.learned(np.random.default_rng(0))
