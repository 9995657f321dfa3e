"""When a shopper orders next, as a sentence."""

import math
from datetime import UTC, datetime

from recsvc.moments.states import STATES, State
from recsvc.serving.moments import ShopperMoment
from recsvc.store.event import DAY_US
from recsvc.web.words import day, percent

STATE_WORDS = {
    State.NEW: "new",
    State.ACTIVE: "not due yet",
    State.DUE: "due",
    State.LATE: "late",
    State.AWAY: "away",
    State.GONE: "most likely gone",
}


def moment_sentence(found: ShopperMoment) -> str:
    """Return when the shopper orders next, or why that is not known, as one sentence."""
    moments = found.moments
    if moments is None:
        return f"When the next order comes is not known: {found.not_learned}."
    low, _, high = moments.next_order_days[0].tolist()
    month = moments.chances[0, 1]
    state = STATES[int(moments.states[0])]
    if found.orders > 1:
        rhythm = f"Orders about every {_days(float(moments.usual_gap_days[0]))}; the"
    else:
        rhythm = "Ordered once; the"
    since = _since(float(moments.state_since_days[0]), found.at_us)
    stands = f"last ordered {since}" if state in (State.NEW, State.ACTIVE) else f"since {since}"
    separator = ", " if state in (State.NEW, State.ACTIVE) else " "
    return (
        f"{rhythm} next order {_between(low, high, found.at_us)} (chance within 30 days: "
        f"{percent(float(month), 0)}); {STATE_WORDS[state]}{separator}{stands}."
    )


def _days(days: float) -> str:
    if days < 1.5:
        return "day"
    return f"{days:.0f} days" if days < 60 else f"{days / 30.44:.0f} months"


def _between(low: float, high: float, at_us: int) -> str:
    if math.isnan(low):
        return "is not to be expected within two years"
    first = day(at_us + round(low * DAY_US))
    if math.isnan(high):
        return f"comes on {first} at the earliest, if at all"
    last = day(at_us + round(high * DAY_US))
    return f"is likely on {first}" if first == last else f"is likely between {first} and {last}"


def _since(days: float, at_us: int) -> str:
    began_us = at_us - round(days * DAY_US)
    apart = (_date(at_us) - _date(began_us)).days
    return {0: "today", 1: "yesterday"}.get(apart, day(began_us))


def _date(moment_us: int) -> datetime:
    return datetime.fromtimestamp(moment_us / 1_000_000, UTC).replace(
        hour=0, minute=0, second=0, microsecond=0
    )
