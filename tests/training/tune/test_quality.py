import numpy as np
import pytest
from support.tuning import SETTINGS, shop

from training.tune.quality import Panel, Quality
from training.tune.windows import TuningWindow, tuning_windows


@pytest.fixture(scope="module")
def windows() -> tuple[TuningWindow, ...]:
    return tuning_windows(shop(), SETTINGS)


def everybody(windows: tuple[TuningWindow, ...], value: float) -> list[Quality]:
    return [
        {question.value: [value] * len(task) for question, task in window.tasks.items()} for window in windows
    ]


def noisy(windows: tuple[TuningWindow, ...], mean: float, seed: int) -> list[Quality]:
    rng = np.random.default_rng(seed)
    return [
        {question.value: rng.normal(mean, 0.1, len(task)).tolist() for question, task in window.tasks.items()}
        for window in windows
    ]


def test_windows_and_questions_count_alike(windows: tuple[TuningWindow, ...]) -> None:
    panel, qualities = Panel(windows, 0), everybody(windows, 0.0)
    assert panel.value(everybody(windows, 0.25)) == pytest.approx(0.25)
    question = next(iter(windows[0].tasks))
    qualities[0] = {**qualities[0], question.value: [0.6] * len(windows[0].tasks[question])}
    assert panel.value(qualities) == pytest.approx(0.6 / len(windows) / len(windows[0].tasks))
    assert panel.value(qualities[:1]) == pytest.approx(0.6 / len(windows[0].tasks))


def test_a_lead_that_all_shoppers_see_has_no_width(windows: tuple[TuningWindow, ...]) -> None:
    lead = Panel(windows, 0).lead(everybody(windows, 0.5), everybody(windows, 0.4))
    assert lead.mean == pytest.approx(0.1)
    # Not every shopper is asked in every window, so that resamples differ a little.
    assert lead.low > 0.08
    assert lead.high < 0.12


def test_noise_is_no_lead(windows: tuple[TuningWindow, ...]) -> None:
    panel = Panel(windows, 0)
    beaten = [panel.lead(noisy(windows, 0.5, seed), noisy(windows, 0.5, 99)).low > 0 for seed in range(20)]
    assert sum(beaten) <= 3


def test_who_chooses_has_no_say_in_the_lead(windows: tuple[TuningWindow, ...]) -> None:
    """The best of many random trials looks better than it is on those who chose it, not on the others."""
    panel, start = Panel(windows, 0), everybody(windows, 0.5)
    best = max((noisy(windows, 0.5, seed) for seed in range(60)), key=panel.value)
    assert panel.value(best) - panel.value(start) > 0.01
    lead = panel.lead(best, start)
    assert lead.low < 0 < lead.high
    assert lead.mean < (panel.value(best) - 0.5) / 2
