"""Whether what a merchandiser checks became worse than it was when the live version was published."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import sqrt

from training.evaluation.evaluation import Evaluation, QuestionResult
from training.evaluation.merchandise import SHOWN, AlternativesInBand, Completion, Merchandise, Personal
from training.evaluation.reason_check import ReasonCheck
from training.evaluation.task import Question
from training.gate.live import LiveReference
from training.gate.orders import ANYWAY
from training.gate.verdict import Check

STANDARD_ERRORS = 3.5
"""A change within so many standard errors is chance: among all checks of a year of nights hardly one goes beyond."""

FEWEST_LISTS = 10
"""Fewer lists, or reasons of fewer lists, say nothing: nearly any change of theirs may be chance."""

KEPT_SHARE = 0.5
"""Of the different items that the live version's lists hold, per list, so many have to be there still."""

COMPLETED_SHARE = 0.6
"""Of the live version's hit rate on its own, earlier orders; a season explains no larger loss."""

POINTS = {"alternatives": 0.10, "reasons": 0.10, "variants": 0.05, "identical": 0.25, "empty": 0.25}
"""How much worse a share may be."""

CHURN = 0.75
"""Share of the first ten that may change for the average shopper, or ..."""

CHURN_TIMES = 2.0
"""... so many times what changed when the live version was published, where that is more."""

LOOK = "`recsvc-train look` shows how the orders were read"


@dataclass(frozen=True)
class Share:
    """A share of ``n`` lists."""

    value: float
    n: float

    def is_above(self, other: "Share", points: float) -> bool:
        """Return whether it is larger by more than ``points`` and than chance explains."""
        pooled = (self.value * self.n + other.value * other.n) / (self.n + other.n)
        error = sqrt(max(pooled * (1 - pooled), 0.0) * (1 / self.n + 1 / other.n))
        return self.value - other.value > max(points, STANDARD_ERRORS * error)


def check_merchandise(evaluation: Evaluation, live: LiveReference) -> Iterator[Check]:
    """Yield how reasons, variants, alternatives and the rest compare with what the live version's manifest says."""
    found = evaluation.merchandise
    if found is not None and not live.beyond_recall():
        why = "The live version does not say what a merchandiser would find in its lists."
        yield Check.without("beyond recall", why)
    elif found is not None:
        yield _alternatives(found.alternatives, live)
        yield _completion(found.completion, live)
        for name, reasons in found.reasons.items():
            yield _reasons(name, reasons, live)
        for name, personal in found.personal.items():
            yield _personal(name, personal, live)
        yield _variants(found, live)
    for question, result in evaluation.questions.items():
        yield _churn(question, result, live)


def _alternatives(bands: tuple[AlternativesInBand, ...], live: LiveReference) -> Check:
    name = "similar: own category"
    before = _of_possible(_bands(live))
    now = _of_possible((one.items, one.share, one.possible) for one in bands)
    if before is None:
        return Check.without(name, "The live version knew no categories with other items to show.")
    known = f"the live version showed {before.value:.0%}"
    if now is None:
        found = f"No item has a category with others in it; {known} of what it could from the item's own"
        return Check.of(name, passed=False, sentence=f"{found}. Was --catalogue forgotten? {ANYWAY}")
    found = (
        f"similar shows {now.value:.0%} of what it could from the item's own narrowest category, in lists of "
        f"{now.n:,.0f} items; {known}"
    )
    if now.n < FEWEST_LISTS or before.n < FEWEST_LISTS:
        return _too_few(name, found)
    hint = "Do --catalogue and its categories still fit the orders' item ids?"
    return _verdict(name, found, [_points_less(now, before, "alternatives")], hint)


def _bands(live: LiveReference) -> Iterator[tuple[float, float | None, float | None]]:
    of = "alternatives_in_own_category"
    recorded = live.beyond_recall(of)
    for band in recorded if isinstance(recorded, dict) else ():
        items, share, possible = (live.number(of, band, part) for part in ("items", "share", "possible"))
        yield items or 0.0, share, possible


def _of_possible(bands: Iterator[tuple[float, float | None, float | None]]) -> Share | None:
    """Return the share of what is possible, over all bands; None where nothing is."""
    known = [(items, share, possible) for items, share, possible in bands if share is not None and possible]
    possible = sum(items * most for items, _, most in known)
    if not possible:
        return None
    return Share(
        min(sum(items * share for items, share, _ in known) / possible, 1.0), sum(one[0] for one in known)
    )


def _completion(done: Completion | None, live: LiveReference) -> Check:
    name = "bought_together: orders completed"
    before = [live.number("basket_completion", part) for part in ("hit_rate", "orders", "empty_share")]
    hit_rate, orders, empty = before
    if hit_rate is None or orders is None or empty is None:
        return Check.without(name, "The live version had no orders to complete.")
    if done is None:
        return Check.without(name, "No order with two known items was held back.")
    found = (
        f"bought_together completes {done.hit_rate:.1%} of {done.orders:,} orders, and {done.empty_share:.0%} of its "
        f"lists are empty; the live version: {hit_rate:.1%} of {orders:,.0f}, and {empty:.0%}"
    )
    if min(done.orders, orders) < FEWEST_LISTS:
        return _too_few(name, found)
    lost = Share(hit_rate, orders).is_above(
        Share(done.hit_rate, done.orders), (1 - COMPLETED_SHARE) * hit_rate
    )
    limits = [
        f"less than {COMPLETED_SHARE:.0%} of it" if lost else None,
        _points_more(Share(done.empty_share, done.orders), Share(empty, orders), "empty"),
    ]
    return _verdict(name, found, limits, f"Do the orders still have their order ids? {LOOK}.")


def _reasons(placement: str, check: ReasonCheck, live: LiveReference) -> Check:
    name = f"{placement}: reasons that hold"
    held, named = (live.number("reasons_that_hold", placement, part) for part in ("held", "named"))
    if not named or held is None:
        return Check.without(name, f"No reason of the live version's {placement} names a purchase.")
    if not check.named:
        return Check.without(name, f"No reason of {placement} names a purchase.")
    # Reasons of one list name the same purchases and stand or fall together.
    now, before = Share(check.held / check.named, check.named / SHOWN), Share(held / named, named / SHOWN)
    found = (
        f"In {placement}, {check.held:,} of {check.named:,} items ({now.value:.0%}) fall without the purchases that "
        f"their reason names; the live version: {before.value:.0%}"
    )
    if min(now.n, before.n) < FEWEST_LISTS:
        return _too_few(name, found)
    hint = "Shoppers would read reasons that are not true; did settings of [training] or the release change?"
    return _verdict(name, found, [_points_less(now, before, "reasons")], hint)


def _personal(placement: str, now: Personal, live: LiveReference) -> Check:
    name = f"{placement}: personal"
    parts = ("lists", "distinct", "identical", "empty")
    figures = [live.number("personal", placement, part) for part in parts]
    if None in figures:
        return Check.without(name, f"The live version does not say how much its lists of {placement} differ.")
    lists, distinct, identical, empty = (figure or 0.0 for figure in figures)
    shown, shown_before = now.lists - now.empty, lists - empty
    found = (
        f"{shown:,} lists of {placement} hold {now.distinct:,} different items, {_alike(now.identical)}; the live "
        f"version's {shown_before:,.0f} lists {distinct:,.0f}, {_alike(identical)}"
    )
    if min(shown, shown_before) < FEWEST_LISTS:
        return _too_few(name, found)
    # Fewer lists hold fewer different items, at most in proportion.
    least = KEPT_SHARE * distinct * min(1.0, shown / shown_before)
    limits = [
        f"fewer than {least:,.0f} items" if now.distinct < least else None,
        _points_more(
            Share(now.identical / shown, shown), Share(identical / shown_before, shown_before), "identical"
        ),
        _points_more(Share(now.empty / now.lists, now.lists), Share(empty / lists, lists), "empty"),
    ]
    return _verdict(name, found, limits, f"Are user ids, order ids and dates read as before? {LOOK}.")


def _alike(identical: float) -> str:
    return "no two alike" if identical < 2 else f"{identical:,.0f} of them the same"


def _variants(found: Merchandise, live: LiveReference) -> Check:
    name, said, limits = "variants", [], []
    for placement, share in found.variants.items():
        before, lists = (
            live.number("lists_with_two_variants", placement),
            live.number("personal", placement, "lists"),
        )
        compared = found.personal.get(placement)
        if before is None or not lists or compared is None or min(compared.lists, lists) < FEWEST_LISTS:
            continue
        said.append(f"{placement} {share:.0%} after {before:.0%}")
        worse = _points_more(Share(share, compared.lists), Share(before, lists), "variants")
        limits.append(None if worse is None else f"{placement} {worse}")
    if not said:
        return Check.without(name, "There are too few lists of both versions to compare.")
    hint = "`recsvc-train doctor` shows which items are taken for variants, by their titles or `group_id`."
    return _verdict(name, f"Lists with two variants of one product: {', '.join(said)}", limits, hint)


def _churn(question: Question, result: QuestionResult, live: LiveReference) -> Check:
    name, churn = f"{question}: lists that change", result.churn_at_10
    if churn is None:
        return Check.without(name, "The lists were not compared with those of the live version.")
    before = live.recorded_churn(question)
    limit = max(CHURN, min(CHURN_TIMES * (before or 0.0), 1.0))
    usual = "" if before is None else f"; when the live version came, {before:.0%} did"
    found = f"On {question}, {churn.mean:.0%} of the first ten change for the average shopper{usual}"
    worse = f"more than {limit:.0%}" if churn.low > limit else None
    return _verdict(name, found, [worse], f"Did ids, settings of [training] or --catalogue change? {LOOK}.")


def _points_more(now: Share, before: Share, what: str) -> str | None:
    kind = {"identical": " that are the same", "empty": " that are empty"}.get(what, "")
    return (
        f"more than {100 * POINTS[what]:.0f} points more{kind}"
        if now.is_above(before, POINTS[what])
        else None
    )


def _points_less(now: Share, before: Share, what: str) -> str | None:
    return f"more than {100 * POINTS[what]:.0f} points less" if before.is_above(now, POINTS[what]) else None


def _verdict(name: str, found: str, limits: list[str | None], hint: str) -> Check:
    exceeded = [limit for limit in limits if limit is not None]
    if not exceeded:
        return Check.of(name, passed=True, sentence=f"{found}.")
    return Check.of(name, passed=False, sentence=f"{found}: {', '.join(exceeded)}. {hint} {ANYWAY}")


def _too_few(name: str, found: str) -> Check:
    return Check.without(name, f"{found}: too few to tell a change from chance.")
