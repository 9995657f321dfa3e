"""The shoppers of an experiment and what each did, as the store knows it."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from operator import attrgetter
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from recsvc.outcomes.experiment import Assignment, Experiment, Metric
from recsvc.outcomes.experiment_results import BEFORE_DAYS, ShopperFigures
from recsvc.outcomes.recommendation_id import variant_in
from recsvc.outcomes.share import kept_lines
from recsvc.outcomes.shopper_sums import ShopperSums
from recsvc.outcomes.tail import cap_of
from recsvc.serving.experiment_units import Units
from recsvc.store.event import DAY_US, OF_LISTS, Event, EventType
from recsvc.store.experiment_reading import ExperimentReading, Period, Seen
from recsvc.store.outcome import Shopper

_DEEDS = (EventType.PURCHASE, EventType.RETURN, EventType.CLICK)
_AHEAD_US = DAY_US
"""A client's clock may be ahead by so much, so that an event is received before it occurred."""

_Figures: TypeAlias = tuple[float, ...]
_NOTHING: _Figures = (0.0,) * len(Metric)
_moment = attrgetter("occurred_at_us")


def figures_of(
    experiment: Experiment,
    members: Mapping[str, str],
    reading: ExperimentReading,
    now_us: int,
) -> ShopperFigures:
    """Return the shoppers who did anything since the start, each in the variant that is theirs, and what they did.

    Where a variant is a hold-out, impressions and clicks bring nobody in: its shoppers have none. Raises StoreError.

    Args:
        experiment: it has begun.
        members: user -> variant, of users who keep the one of a visit.
        reading: of the store.
        now_us: until when events are read, in microseconds since 1970.
    """
    start_us = experiment.start_us
    since = Period(start_us, min(now_us + _AHEAD_US, experiment.end_us or now_us + _AHEAD_US))
    before = Period(start_us - BEFORE_DAYS * DAY_US, start_us)
    earliest = reading.first_number(before.start_us - _AHEAD_US)
    first = reading.first_number(start_us - _AHEAD_US)
    came, came_before = reading.came(first, since), reading.came(earliest, before)
    units = Units((*came, *came_before))
    if experiment.has_hold_out:
        came = reading.came(first, since, OF_LISTS)
    deeds = defaultdict[Shopper, list[Event]](list)
    for events in reading.events(earliest, Period(before.start_us, since.end_us), _DEEDS):
        for event in events:
            deeds[units.of(event)].append(event)
    done = {shopper: _both(theirs, since, before) for shopper, theirs in deeds.items()}
    of_shoppers = units.variants(came, Assignment(experiment, members), members)
    variants, place = {shopper: variant.name for shopper, variant in of_shoppers.items()}, _places(experiment)
    past = sorted({units.of(one) for one in came_before})
    after_and_before, of_past = _table(list(variants), done), _table(past, done)
    revenue_before = of_past[:, len(Metric) + list(Metric).index(Metric.REVENUE)]
    cap = cap_of(revenue_before)
    return ShopperFigures(
        np.asarray([place[name] for name in variants.values()], dtype=np.int64),
        {metric: after_and_before[:, column] for column, metric in enumerate(Metric)},
        {metric: after_and_before[:, len(Metric) + column] for column, metric in enumerate(Metric)},
        {metric: ShopperSums.of(of_past[:, len(Metric) + column]) for column, metric in enumerate(Metric)},
        _strayed(experiment, variants, units, reading.seen(first, since)),
        cap,
        ShopperSums() if cap is None else ShopperSums.of(np.minimum(revenue_before, cap)),
    )


def _both(events: list[Event], since: Period, before: Period) -> _Figures:
    """Return what a shopper did since the start, and before it, each in the order of ``Metric``."""
    events.sort(key=_moment)
    if events[0].occurred_at_us >= since.start_us:
        return (*_in(events, since), *_NOTHING)
    earlier = [event for event in events if event.occurred_at_us < before.end_us]
    return (*_in(events, since), *_in(earlier, before))


def _in(events: list[Event], period: Period) -> _Figures:
    """Return what a shopper did in a period: revenue of its orders, net of what came back, these orders, and clicks."""
    orders, revenue, clicks = set[tuple[str, str | int]](), 0.0, set[tuple[str, str]]()
    for line, earned in kept_lines(events):
        if period.start_us <= line.occurred_at_us < period.end_us:
            revenue += earned
            orders.add(("at", line.occurred_at_us) if line.order_id is None else ("id", line.order_id))
    for event in events:
        if event.type is EventType.CLICK and period.start_us <= event.occurred_at_us < period.end_us:
            clicks.add((event.recommendation_id or str(event.occurred_at_us), event.item_id))
    return revenue, float(len(orders)), float(len(clicks))


def _table(shoppers: Sequence[Shopper], done: Mapping[Shopper, _Figures]) -> NDArray[np.float64]:
    """Return what each shopper did; float64, shape (n_shoppers, 2 * n_metrics)."""
    nothing = (*_NOTHING, *_NOTHING)
    rows = [done.get(shopper, nothing) for shopper in shoppers]
    return np.asarray(rows, dtype=np.float64).reshape(len(rows), len(nothing))


def _places(experiment: Experiment) -> dict[str, int]:
    return {variant.name: place for place, variant in enumerate(experiment.variants)}


def _strayed(
    experiment: Experiment, variants: Mapping[Shopper, str], units: Units, seen: Iterable[Seen]
) -> int:
    """Return how many of the shoppers did something with a list of another variant than theirs."""
    shown = {experiment.label(variant): variant.name for variant in experiment.variants}
    strayed = set[Shopper]()
    for one in seen:
        variant, shopper = shown.get(variant_in(one.recommendation_id)), units.of(one)
        if variant is not None and variants.get(shopper, variant) != variant:
            strayed.add(shopper)
    return len(strayed)
