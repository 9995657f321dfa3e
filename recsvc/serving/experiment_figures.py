"""The shoppers of an experiment and what each did, as the store knows it."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recsvc.outcomes.experiment import Assignment, Experiment, Metric
from recsvc.outcomes.experiment_results import BEFORE_DAYS, ShopperFigures
from recsvc.outcomes.recommendation_id import DAY_US, ListOrigin
from recsvc.outcomes.share import kept_lines
from recsvc.outcomes.shopper_sums import ShopperSums
from recsvc.ranking.query import UserKey
from recsvc.store.event import Event, EventType
from recsvc.store.experiment_reading import ExperimentReading, Period
from recsvc.store.outcome import Shopper

_DEEDS = (EventType.PURCHASE, EventType.RETURN, EventType.CLICK)
_OF_LISTS = (EventType.IMPRESSION, EventType.CLICK)
_AHEAD_US = DAY_US
"""A client's clock may be ahead by so much, so that an event is received before it occurred."""

OriginOf = Callable[[str], ListOrigin | None]
_Figures = dict[Metric, float]


def figures_of(
    experiment: Experiment,
    members: Mapping[str, str],
    reading: ExperimentReading,
    origin_of: OriginOf,
    now_us: int,
) -> ShopperFigures:
    """Return the shoppers who did anything since the start, each in the variant that is theirs, and what they did.

    Where a variant is a hold-out, impressions and clicks bring nobody in: its shoppers have none. Raises StoreError.

    Args:
        experiment: it has begun.
        members: user -> variant, of users who keep the one of a visit.
        reading: of the store.
        origin_of: returns what made the list of an id, or None.
        now_us: until when events are read, in microseconds since 1970.
    """
    start_us = experiment.start_us
    since = Period(start_us, min(now_us + _AHEAD_US, experiment.end_us or now_us + _AHEAD_US))
    before = Period(start_us - BEFORE_DAYS * DAY_US, start_us)
    earliest = reading.first_number(before.start_us - _AHEAD_US)
    first = reading.first_number(start_us - _AHEAD_US)
    shoppers = sorted(reading.shoppers(first, since, _OF_LISTS if experiment.has_hold_out else ()))
    past = sorted(reading.shoppers(earliest, before))
    deeds = defaultdict[Shopper, list[Event]](list)
    for events in reading.events(earliest, Period(before.start_us, since.end_us), _DEEDS):
        for event in events:
            deeds[_shopper_of(event)].append(event)
    done = {shopper: _both(theirs, since, before) for shopper, theirs in deeds.items()}
    assignment, place = Assignment(experiment, members), _places(experiment)
    variant = np.asarray(
        [place[assignment.variant_of(UserKey(*one)).name] for one in shoppers], dtype=np.int64
    )
    return ShopperFigures(
        variant,
        {metric: _column(shoppers, done, 0, metric) for metric in Metric},
        {metric: _column(shoppers, done, 1, metric) for metric in Metric},
        {metric: ShopperSums.of(_column(past, done, 1, metric)) for metric in Metric},
        _strayed(experiment, assignment, reading, origin_of, (first, since)),
    )


@dataclass(frozen=True)
class _Both:
    """What a shopper did since the start, and before it."""

    after: _Figures
    before: _Figures


def _both(events: list[Event], since: Period, before: Period) -> _Both:
    events.sort(key=lambda event: event.occurred_at_us)
    return _Both(
        _in(events, since), _in([event for event in events if event.occurred_at_us < before.end_us], before)
    )


def _in(events: list[Event], period: Period) -> _Figures:
    """Return what a shopper did in a period: orders of it, net of what came back of them, and clicks."""
    orders, revenue, clicks = set[tuple[str, str | int]](), 0.0, set[tuple[str, str]]()
    for line, earned in kept_lines(events):
        if period.start_us <= line.occurred_at_us < period.end_us:
            revenue += earned
            orders.add(("at", line.occurred_at_us) if line.order_id is None else ("id", line.order_id))
    for event in events:
        if event.type is EventType.CLICK and period.start_us <= event.occurred_at_us < period.end_us:
            clicks.add((event.recommendation_id or str(event.occurred_at_us), event.item_id))
    return {Metric.REVENUE: revenue, Metric.ORDERS: float(len(orders)), Metric.CLICKS: float(len(clicks))}


def _column(
    shoppers: Iterable[Shopper], done: Mapping[Shopper, _Both], side: int, metric: Metric
) -> NDArray[np.float64]:
    """Return what each shopper did after (side 0) or before the start; float64, shape (n_shoppers,)."""
    nothing: _Figures = dict.fromkeys(Metric, 0.0)
    none = _Both(nothing, nothing)
    found = (done.get(shopper, none) for shopper in shoppers)
    return np.asarray([(one.after, one.before)[side][metric] for one in found], dtype=np.float64)


def _places(experiment: Experiment) -> dict[str, int]:
    return {variant.name: place for place, variant in enumerate(experiment.variants)}


def _shopper_of(event: Event) -> Shopper:
    return (
        Shopper("session", event.session_id or "")
        if event.user_id is None
        else Shopper("user", event.user_id)
    )


def _strayed(
    experiment: Experiment,
    assignment: Assignment,
    reading: ExperimentReading,
    origin_of: OriginOf,
    read: tuple[int, Period],
) -> int:
    """Return how many shoppers did something with a list of another variant than theirs."""
    shown = {experiment.label(variant): variant.name for variant in experiment.variants}
    variants: dict[str, str | None] = {}
    strayed = set[Shopper]()
    for one in reading.seen(*read):
        if one.recommendation_id not in variants:
            origin = origin_of(one.recommendation_id)
            variants[one.recommendation_id] = None if origin is None else shown.get(origin.variant)
        variant = variants[one.recommendation_id]
        if variant is not None and assignment.variant_of(UserKey(*one.shopper)).name != variant:
            strayed.add(one.shopper)
    return len(strayed)
