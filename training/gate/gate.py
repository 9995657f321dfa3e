"""Whether a measured version may go live."""

from training.evaluation.evaluation import Evaluation
from training.gate.live import LiveReference
from training.gate.merchandise import check_merchandise
from training.gate.order_profile import OrderProfile
from training.gate.orders import ANYWAY, check_orders_against
from training.gate.quality import check_quality, check_recorded
from training.gate.verdict import Check, State, Verdict
from training.settings import TrainingSettings


def judge(
    evaluation: Evaluation | str,
    orders: OrderProfile,
    live: LiveReference | None,
    settings: TrainingSettings,
    *,
    forced: bool = False,
) -> Verdict:
    """Look at the orders first, then at the lists.

    Args:
        evaluation: how good the lists are; a sentence where that could not be measured.
        orders: what was learned from.
        live: what is to be replaced; None when there is nothing.
        settings: the margins.
        forced: the verdict is recorded, and the version goes live in any case.
    """
    checks: list[Check] = []
    if live is not None:
        checks += check_orders_against(live, orders, settings)
    if isinstance(evaluation, str):
        checks.append(_not_measured(evaluation, live))
    else:
        against_others = check_quality(evaluation, settings.gate_margin)
        if live is None:
            checks += map(_of_first_version, against_others)
        else:
            checks += [
                *against_others,
                *check_recorded(evaluation, live),
                *check_merchandise(evaluation, live),
            ]
    if live is None:
        checks.append(
            Check.without("the live version", "No version is live that this one could be compared with.")
        )
    return Verdict(tuple(checks), forced)


def _of_first_version(check: Check) -> Check:
    """Let a first version go live: there is nothing better that it would replace."""
    if check.state is not State.FAILED:
        return check
    sentence = f"{check.sentence} A first version goes live all the same: it replaces nothing."
    return Check.without(check.name, sentence)


def _not_measured(why: str, live: LiveReference | None) -> Check:
    """Let a first version go live; what was measured is not replaced by what was not."""
    found = f"How good the lists are could not be measured: {why.rstrip('.')}."
    if live is None or not live.evaluation:
        return Check.without("lists", found)
    hint = "The live version was measured, and is not replaced by one that was not."
    return Check.of("lists", passed=False, sentence=f"{found} {hint} {ANYWAY}")
