"""What lists bring in beyond a hold-out, in words, and what to do where none is running."""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from recsvc.outcomes.beyond import Beyond, beyond_of
from recsvc.outcomes.comparison import MIN_SHOPPERS, Interval
from recsvc.outcomes.experiment import Experiment, Metric, VariantKind
from recsvc.outcomes.verdict import day_in_words, days_left, until_of
from recsvc.ranking.query import Placement
from recsvc.serving.experiment_desk import progress_of
from recsvc.serving.results_board import Posted
from recsvc.store.event import DAY_US
from recsvc.web.words import count, day, money, percent

RECENT_DAYS = 30
"""So long after its end, a hold-out still says what lists bring in."""

MOST = 3


@dataclass(frozen=True)
class HoldOut:
    """What an experiment with a hold-out says.

    Attributes:
        name: of the experiment; "" where there is none.
        sentence: what lists bring in beyond it.
        details: of how many shoppers, and whether that is decided.
        is_waiting: whether it is being counted for the first time.
    """

    name: str
    sentence: str
    details: str = ""
    is_waiting: bool = False


@dataclass(frozen=True)
class HoldOuts:
    """What the hold-outs of a shop say.

    Attributes:
        told: one a hold-out.
        is_lacking: whether none runs and none is planned.
        form_address: of the form that starts one.
    """

    told: tuple[HoldOut, ...]
    is_lacking: bool
    form_address: str

    @property
    def is_waiting(self) -> bool:
        """Whether any of them is being counted for the first time."""
        return any(one.is_waiting for one in self.told)


@dataclass(frozen=True)
class Telling:
    """What sentences need to know beside an experiment.

    Attributes:
        titles: returns what people call a placement.
        currency: of the money.
        moment_us: now, in microseconds since 1970.
    """

    titles: Callable[[str], str]
    currency: str
    moment_us: int


def hold_outs_of(
    experiments: Sequence[Experiment],
    look: Callable[[Experiment], Posted],
    telling: Telling,
    earning: Iterable[str] = (),
) -> HoldOuts:
    """Return what the hold-outs that run say, else the one that ended last.

    Args:
        experiments: all of the shop.
        look: returns the last results of one that has begun, at once.
        telling: how it is said.
        earning: names of placements, the most rewarding one first: which one to hold out.
    """
    now = telling.moment_us
    with_hold_out = sorted((one for one in experiments if one.has_hold_out), key=lambda one: one.start_us)
    running = [one for one in with_hold_out if one.runs_at(now)]
    planned = [one for one in with_hold_out if one.start_us > now]
    since = now - RECENT_DAYS * DAY_US
    ended = [one for one in with_hold_out if one.is_over_at(now) and (one.end_us or 0) >= since]
    told = [_told(one, look(one), telling) for one in running[:MOST]]
    if not running and ended:
        last = max(ended, key=lambda one: one.end_us or 0)
        told.append(_told(last, look(last), telling))
    if not running and planned:
        told.append(_planned(planned[0], telling))
    busy = {one.placement for one in experiments if not one.is_over_at(now)}
    return HoldOuts(tuple(told), not running and not planned, _form_address(earning, busy))


def _form_address(earning: Iterable[str], busy: Collection[str]) -> str:
    free = [one for one in (*earning, str(Placement.FOR_YOU)) if one not in busy]
    wanted = {"kind": str(VariantKind.HOLD_OUT), "placement": free[0] if free else str(Placement.FOR_YOU)}
    return f"/console/experiments/new?{urlencode(wanted)}"


def _planned(experiment: Experiment, telling: Telling) -> HoldOut:
    title = telling.titles(experiment.placement)
    starts = (
        f"What “{title}” brings in is measured from {day(experiment.start_us)} on, when a hold-out starts."
    )
    return HoldOut(experiment.name, starts)


def _told(experiment: Experiment, posted: Posted, telling: Telling) -> HoldOut:
    name, title = experiment.name, telling.titles(experiment.placement)
    if posted.results is None:
        why = "its figures cannot be counted now" if posted.has_failed else "its figures are being counted"
        return HoldOut(name, f"A hold-out tells what “{title}” brings in; {why}.", "", not posted.has_failed)
    if posted.results.alarms.texts():
        return HoldOut(
            name,
            f"What “{title}” brings in is not known: the figures of its hold-out cannot be trusted.",
            posted.results.verdict.text,
        )
    found = beyond_of(posted.results)
    if found is None:
        return HoldOut(name, f"Nobody has a list in the experiment with the hold-out of “{title}”.")
    details, tail = _details(found, experiment, telling), posted.results.tail
    if tail.is_heavy:
        most = f"{count(tail.n, 'shopper')} make {percent(tail.share, 0)} of the revenue"
        details += f" {most}, so chance decides over it for long."
    return HoldOut(name, _sentence(found, title, telling.currency), details)


def _sentence(found: Beyond, title: str, currency: str) -> str:
    """Return what a list brings in of what its shoppers spend."""
    if found.difference.low is None or found.difference.high is None:
        return f"It is too early to say what “{title}” brings in beyond the hold-out."
    share = found.share
    if share.low is None or share.high is None:
        low, high = (_signed(end, currency) for end in (found.difference.low, found.difference.high))
        return (
            f"Beyond the hold-out, “{title}” brings in between {low} and {high} of what each of its shoppers spends "
            "(95 % sure)."
        )
    if not found.is_called:
        return (
            f"Whether “{title}” brings in anything beyond the hold-out is not decided yet: of what its shoppers spend, "
            f"between {_signed_percent(share.low)} and {_signed_percent(share.high)} is due to it (95 % sure)."
        )
    if share.low > 0:
        return (
            f"Beyond the hold-out, “{title}” brings in {percent(share.mean)} of what its shoppers spend "
            f"({_range(share)}, 95 % sure)."
        )
    lost = Interval(-(share.mean or 0.0), -share.high, -share.low)
    return (
        f"“{title}” costs revenue: beside the hold-out, its shoppers spend {percent(lost.mean)} less of what they do "
        f"({_range(lost)}, 95 % sure)."
    )


def _details(found: Beyond, experiment: Experiment, telling: Telling) -> str:
    shoppers, without = count(found.shoppers, "shopper"), f"{found.held_out:,}"
    ended = experiment.end_us is not None and experiment.is_over_at(telling.moment_us)
    days = f"since {day(experiment.start_us)}"
    if ended:
        days = f"from {day(experiment.start_us)} to {day(experiment.end_us)}"
    if found.difference.mean is None:
        seen = f"There are {shoppers} with the list and {without} without it, {days}."
    else:
        amounts = (found.per_shopper, found.per_shopper - found.difference.mean)
        each, other = (_signed(one, telling.currency) for one in amounts)
        seen = f"{shoppers} with the list spent {each} each on average, {without} without it {other}, {days}."
    told = f"{seen} {_progress(found, experiment, telling, ended=ended)}"
    if experiment.metric is not Metric.REVENUE:
        told += f" The experiment itself is decided by {experiment.metric} per shopper."
    return told


def _progress(found: Beyond, experiment: Experiment, telling: Telling, *, ended: bool) -> str:
    """Return whether it is decided, or until when it may be."""
    if found.is_called:
        return "That is decided, however often it was looked at."
    if ended:
        return "It ended before that was decided."
    if found.difference.low is None:
        return f"On each side, at least {MIN_SHOPPERS} shoppers are needed, and some who bought something."
    progress = progress_of(experiment, telling.moment_us)
    days, effect = days_left(found.further, progress), percent(experiment.min_effect, 0)
    if days is None:
        return f"At this rate, a difference of {effect} will not be seen within ten years: hold out more shoppers."
    if days <= 0:
        return f"A difference of {effect} would most likely have been seen by now."
    until = day_in_words(until_of(days, progress), progress.today)
    return f"To see a difference of {effect}, it takes until about {until}."


def _range(of: Interval) -> str:
    return f"between {percent(of.low)} and {percent(of.high)}"


def _signed(amount: float, currency: str) -> str:
    """Return an amount with a minus of its own width where it is below nothing."""
    return money(amount, currency).replace("-", "\N{MINUS SIGN}")


def _signed_percent(share: float) -> str:
    return percent(round(share, 3) + 0.0).replace("-", "\N{MINUS SIGN}")
