"""The reason of an item in words: what follows "because"."""

from collections.abc import Mapping

from recsvc.ranking.explain.explanation import Explanation, SourceView, Standing
from recsvc.ranking.explain.languages.language import Forms, Language, Reading, Unit
from recsvc.ranking.explain.told import Told
from recsvc.ranking.query import Placement, Reason, ReasonType, Source, Strategy
from recsvc.ranking.sources.all import SOURCES

WELL_SOLD_SHARE = 0.25
"""What is among this part of the items that sell, in any count of sales, is bought by many."""

_COUNTS = {source.name for source in SOURCES if source.public_name is Source.POPULAR}
"""Sources that count sales."""

_UNSOLD = 1.0
"""What sells fills lists: it gives so much to an item that was never sold."""

_UNITS = ((14, Unit.DAY, 1), (60, Unit.WEEK, 7), (700, Unit.MONTH, 30.44), (None, Unit.YEAR, 365.25))
"""Below so many days a span is told in this unit, which has so many days."""

_NAMING = {
    ReasonType.BECAUSE_YOU_BOUGHT,
    ReasonType.SIMILAR_TO_ITEM,
    ReasonType.ALSO_BOUGHT,
    ReasonType.BOUGHT_WITH_YOUR_CART,
}
"""Reasons that are none without a title."""

SELLING = {ReasonType.POPULAR, ReasonType.TRENDING}
"""Reasons of what fills lists."""


def because(told: Told, reason: Reason) -> str:
    """Return what follows "because"; "" where nothing can be said."""
    language = told.language
    named = told.named(item_id for item_id in reason.item_ids if item_id != told.item_id)
    forms = _forms(told, reason, named=bool(named))
    if forms is None:
        return ""
    why = language.form(forms, len(named)).format(
        items=language.joined(named) if named else "",
        ago=_span(language.ago, reason.last_days_ago, language) or language.lately,
        every=_span(language.every, reason.every_days, language),
    )
    return language.room_left.format(why=why) if _is_filler(told, reason) else why


def _forms(told: Told, reason: Reason, *, named: bool) -> Forms | None:
    """Return the words for a reason; None where it has none that are true."""
    reasons, reading = told.language.reasons, _reading(told, reason, named=named)
    if reading is not None:
        return told.language.readings[reading]
    if reason.type is ReasonType.POPULAR:
        return reasons[reason.type] if _sells_well(told.explanation) else None
    if reason.type not in _NAMING or named:
        return reasons[reason.type]
    is_own = reason.type is ReasonType.BECAUSE_YOU_BOUGHT and told.item_id in reason.item_ids
    return reasons[ReasonType.YOU_BOUGHT_THIS] if is_own else None


def _reading(told: Told, reason: Reason, *, named: bool) -> Reading | None:
    """Return how a reason is read, where not by its type alone."""
    match reason.type:
        case ReasonType.SIMILAR_TO_ITEM if _is_interest(told, reason):
            return Reading.INTEREST if named else Reading.INTEREST_IN_IT
        case ReasonType.YOU_BUY_THIS_REGULARLY if reason.every_days is not None:
            return Reading.REGULARLY_EVERY
        case ReasonType.YOU_BOUGHT_THIS if reason.last_days_ago is not None:
            return Reading.BOUGHT_AGO
        case ReasonType.POPULAR if _sells(told.explanation) and not _sells_well(told.explanation):
            return Reading.SOLD
    return None


def _is_interest(told: Told, reason: Reason) -> bool:
    """Return whether the items of the reason are what the shopper looked at or liked, and did not buy."""
    orders = {purchase.item_id: purchase.orders for purchase in told.explanation.because_of}
    # Of many, not all are told; what a ranker was moved by is a purchase, which has another reason, or an interest.
    untold = None if told.explanation.judgement is None else 0
    return bool(reason.item_ids) and all(orders.get(item_id, untold) == 0 for item_id in reason.item_ids)


def _is_filler(told: Told, reason: Reason) -> bool:
    """Return whether the item fills a list that has nothing else to hold for a shopper who is known, or anybody."""
    explanation = told.explanation
    if reason.type not in SELLING or explanation.placement == Placement.TRENDING:
        return False
    is_beside = explanation.candidate_rank is None or explanation.strategy is Strategy.TRENDING
    return is_beside and told.standing in (Standing.KNOWN, Standing.ANYBODY)


def _sells(explanation: Explanation) -> bool:
    return any(
        view.score > (0 if view.source in _COUNTS else _UNSOLD)
        for view in explanation.sources
        if _counts(view)
    )


def _sells_well(explanation: Explanation) -> bool:
    return any(
        _counts(view) and view.rank is not None and view.rank <= max(WELL_SOLD_SHARE * view.n_scored, 1)
        for view in explanation.sources
    )


def _counts(view: SourceView) -> bool:
    return view.source in _COUNTS or view.source == Source.POPULAR


def _span(forms: Mapping[Unit, Forms], days: int | None, language: Language) -> str:
    """Return a span of time in words; "" for none, or for less than a day."""
    if not days:
        return ""
    unit, length = next((unit, length) for below, unit, length in _UNITS if below is None or days < below)
    n = max(round(days / length), 1)
    return language.form(forms[unit], n).format(n=language.number(n))
