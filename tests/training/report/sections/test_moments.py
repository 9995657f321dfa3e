from dataclasses import replace

from support.runs import forty_shoppers, measured

from training.evaluation.bootstrap import Estimate
from training.evaluation.evaluate import EvaluationOptions
from training.evaluation.moments import Bin, Calibration, MomentsMeasured
from training.report.sections.moments import moments_section, sentence_of

FOUND = MomentsMeasured(
    n_users=1000,
    n_ordered=300,
    window_days=28.0,
    calibration=(Calibration(7, 0.012, (Bin(0.1, 0.08, 500), Bin(0.5, 0.52, 500))),),
    log_likelihood=Estimate(-1.5, -1.6, -1.4),
    gains={"BG/NBD": Estimate(0.05, 0.03, 0.07)},
)


def test_a_sentence_says_whether_chances_come_true_and_what_rivals_are_behind() -> None:
    assert sentence_of(FOUND) == (
        "Next orders of 1,000 shoppers, of whom 300 ordered in the 28 days held back: calibration error .012 within "
        "7 days; log-likelihood a shopper -1.500: +.050 ±.020 over BG/NBD."
    )


class _Run:
    def __init__(self, moments: MomentsMeasured | None) -> None:
        _, _, evaluation = measured(forty_shoppers(), EvaluationOptions(n_resamples=10))
        self.evaluation = replace(evaluation, moments=moments)


def test_the_section_draws_the_calibration_and_says_it_to_those_who_cannot_see_it() -> None:
    page = moments_section(_Run(FOUND))
    assert "When will they order?" in page
    assert "10% foreseen, 8% came; 50% foreseen, 52% came" in page
    assert page.count("<svg") == 2


def test_without_measured_moments_there_is_no_section() -> None:
    assert moments_section(_Run(None)) == ""
