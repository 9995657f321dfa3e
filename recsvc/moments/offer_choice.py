"""Which benefit to offer to a shopper, or none: the one with the best expected gain over doing nothing.

What each choice leads to is learned from what earlier ones led to, by Thompson sampling: each choice is made as often
as it may be the best one (Chapelle, Li: An Empirical Evaluation of Thompson Sampling, NIPS 2011). A choice has a
probability that is known and kept, so that what it led to can be estimated without the bias of who got it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recsvc.moments.benefit import NOTHING

N_DRAWS = 2000
"""Of the posterior, from which the probability of each choice is counted."""

EXPLORED = 0.04
"""This share of the choices is made by chance alone, so that no probability is near 0."""

POOLED = 30.0
"""The rate of a choice in one stratum counts as if so many shoppers had been at its rate in all strata, and that one
as if so many had been at the rate of doing nothing."""

TAKEN_BEFORE, NOT_TAKEN_BEFORE = 1.0, 4.0
"""Before anything is known, one shopper in five takes what is offered."""

VALUED = 10.0
"""The revenue of a shopper who orders counts in a stratum as if so many others had been at that of all."""

ORDERED_BEFORE, NOT_ORDERED_BEFORE = 1.0, 9.0


@dataclass(frozen=True)
class Tally:
    """What decisions led to within the time that they are watched.

    Attributes:
        n: decisions.
        ordered: shoppers who ordered.
        revenue: of these, net of returns.
        taken: shoppers who took what was offered.
    """

    n: float = 0
    ordered: float = 0
    revenue: float = 0
    taken: float = 0

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(
            self.n + other.n,
            self.ordered + other.ordered,
            self.revenue + other.revenue,
            self.taken + other.taken,
        )


Evidence = Mapping[tuple[str, str], Tally]
"""(choice, stratum) -> what came of it. A stratum is shoppers who are alike, and among whom chance alone decided."""


@dataclass(frozen=True)
class Worth:
    """What an order is worth to the shop.

    Attributes:
        margin: what is left of revenue after the goods are paid, 0..1.
        order_value: revenue of an order before decisions tell, in the currency.
    """

    margin: float
    order_value: float


@dataclass(frozen=True)
class Prospect:
    """What a choice promises, beside the others.

    Attributes:
        name: of the benefit, or ``NOTHING``.
        propensity: probability that it is chosen now.
        chance: expected share of such shoppers who order.
        gain: expected margin over doing nothing, less what the benefit costs, in the currency.
    """

    name: str
    propensity: float
    chance: float
    gain: float


def prospects(
    costs: Mapping[str, float],
    stratum: str,
    evidence: Evidence,
    worth: Worth,
    rng: np.random.Generator,
) -> list[Prospect]:
    """Return what each choice promises, doing nothing first.

    Args:
        costs: of the benefits that the shopper may have, each when taken, in the currency.
        stratum: the shopper's.
        evidence: what came of earlier decisions.
        worth: what an order is worth.
        rng: for the draws.
    """
    names = [NOTHING, *sorted(costs)]
    total = _pooled(evidence, names)
    value = worth.margin * _value(evidence, stratum, total, worth.order_value)
    ordered = np.column_stack([_ordered(evidence, name, stratum, rng) for name in names])
    gains = (ordered - ordered[:, :1]) * value
    for column, name in enumerate(names[1:], start=1):
        known = total[name]
        taken = rng.beta(
            TAKEN_BEFORE + known.taken, NOT_TAKEN_BEFORE + max(known.n - known.taken, 0), len(gains)
        )
        gains[:, column] -= taken * costs[name]
    best = np.bincount(gains.argmax(axis=1), minlength=len(names)) / len(gains)
    propensities = (1 - EXPLORED) * best + EXPLORED / len(names)
    chances, expected = ordered.mean(axis=0), gains.mean(axis=0)
    return [
        Prospect(name, float(propensities[at]), float(chances[at]), float(expected[at]))
        for at, name in enumerate(names)
    ]


def drawn(found: Sequence[Prospect], rng: np.random.Generator) -> Prospect:
    """Return one of them, each by its propensity."""
    shares = np.asarray([one.propensity for one in found])
    return found[int(rng.choice(len(found), p=shares / shares.sum()))]


def _pooled(evidence: Evidence, names: Sequence[str]) -> dict[str, Tally]:
    """Return what came of each choice in all strata."""
    total = dict.fromkeys(names, Tally())
    for (name, _), tally in evidence.items():
        if name in total:
            total[name] += tally
    return total


def _ordered(evidence: Evidence, name: str, stratum: str, rng: np.random.Generator) -> NDArray[np.float64]:
    """Return draws of the share of shoppers of the stratum who order after a choice; float64, shape (N_DRAWS,).

    Shares are drawn towards that of the choice in all strata, and that one towards doing nothing: beta distributions.
    """
    total = _pooled(evidence, [NOTHING, name])
    nothing = total[NOTHING]
    usual = (ORDERED_BEFORE + nothing.ordered) / (ORDERED_BEFORE + NOT_ORDERED_BEFORE + nothing.n)
    of_choice = total[name]
    pooled = usual if name == NOTHING else (POOLED * usual + of_choice.ordered) / (POOLED + of_choice.n)
    here = evidence.get((name, stratum), Tally())
    ordered, missed = POOLED * pooled + here.ordered, POOLED * (1 - pooled) + max(here.n - here.ordered, 0)
    return rng.beta(ordered, missed, N_DRAWS)


def _value(evidence: Evidence, stratum: str, total: Mapping[str, Tally], usual_value: float) -> float:
    """Return the expected revenue of a shopper of the stratum who orders."""
    everybody = sum(total.values(), Tally())
    of_all = (everybody.revenue + usual_value) / (everybody.ordered + 1)
    here = sum((tally for (_, place), tally in evidence.items() if place == stratum), Tally())
    return max((here.revenue + VALUED * of_all) / (here.ordered + VALUED), 0.0)
