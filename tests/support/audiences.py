"""Likelihoods whose right answers can be seen."""

from dataclasses import replace

from recsvc.model.model import Model
from recsvc.ranking.audience.likelihood import Case, CaseLikelihood, Likelihood
from support.models import small_model

ODDS, CHANCES = (-10.0, 10.0), (0.0000454, 0.9999546)
"""Log odds of 0 are a chance of one half."""


def by(**weights: float) -> CaseLikelihood:
    return CaseLikelihood(weights, ODDS, CHANCES)


def likelihood(**of_new: float) -> Likelihood:
    """Return one in which taste alone tells, or ``of_new``; owners buy again as if they were 4 odds readier."""
    weights = of_new or {"taste": 1.0}
    cases = {
        Case.NEW: by(**weights),
        Case.AGAIN: by(one=4.0, **weights),
        Case.COLD_START: by(content=1.0, taste=1.0),
    }
    return Likelihood(28.0, cases)


def with_audience(model: Model | None = None, **of_new: float) -> Model:
    """Return a model, the small one by default, that tells who buys an item."""
    return replace(model or small_model(), audience=likelihood(**of_new).written())
