"""What an experiment says, in words."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from recsvc.outcomes.comparison import MAX_DAYS, MIN_SHOPPERS, Comparison, Interval
from recsvc.outcomes.sample_ratio import ALARM_P

ALARM_SHARE = 0.01
"""More shoppers than this share who saw another variant than theirs are an alarm: they make variants alike."""

MIN_STRAYED = 5
"""Fewer shoppers who saw another variant are no alarm, whatever their share: tests by hand make some."""


class Conclusion(StrEnum):
    """What to do."""

    NOT_STARTED = "not_started"
    TOO_EARLY = "too_early"
    KEEP_RUNNING = "keep_running"
    KEEP_VARIANT = "keep_variant"
    DROP_VARIANT = "drop_variant"
    NO_DIFFERENCE = "no_difference"
    STOPPED = "stopped"


@dataclass(frozen=True)
class Verdict:
    """What to do, and why in one or two sentences; ``until`` is when more may be known, or None."""

    conclusion: Conclusion
    text: str
    until: date | None = None


@dataclass(frozen=True)
class Words:
    """What is compared: "Variant B has 4 % more orders" than "the control".

    Attributes:
        variant: its name.
        control: what the others are compared with.
        verb, figure: "earns" and nothing, or "has" and "orders".
    """

    variant: str
    control: str = "the control"
    verb: str = "earns"
    figure: str = ""

    @property
    def less(self) -> str:
        """Return "less", or "fewer" of what is counted."""
        return "fewer" if self.figure else "less"

    @property
    def per_shopper(self) -> str:
        """Return "per shopper", or "orders per shopper"."""
        return f"{self.figure} per shopper".strip()


@dataclass(frozen=True)
class Progress:
    """How far an experiment has come.

    Attributes:
        today: the day of the figures.
        days: since it started; negative before.
        end: when it ends, or None.
        has_ended: whether it did.
    """

    today: date
    days: float
    end: date | None = None
    has_ended: bool = False


@dataclass(frozen=True)
class Alarms:
    """What makes the figures of an experiment worthless.

    Attributes:
        sample_ratio_p: the always-valid p-value of the sizes of the groups.
        strayed: shoppers who saw a variant that is not theirs.
        shoppers: all of them.
    """

    sample_ratio_p: float = 1.0
    strayed: int = 0
    shoppers: int = 0

    @property
    def is_uneven(self) -> bool:
        """Whether the groups are not of the size that they should be."""
        return self.sample_ratio_p < ALARM_P

    @property
    def is_mixed(self) -> bool:
        """Whether many shoppers saw two variants."""
        return self.strayed >= MIN_STRAYED and self.strayed > ALARM_SHARE * self.shoppers

    def texts(self) -> list[str]:
        """Return a sentence for each alarm."""
        found = []
        if self.is_uneven:
            found.append(
                "Stopped: the groups are not of the size they should be, so something beside chance decides who is "
                f"counted (p = {self.sample_ratio_p:.1g}). Find out what, and start again under another name."
            )
        if self.is_mixed:
            found.append(
                f"Stopped: {self.strayed} of {self.shoppers} shoppers saw a variant that is not theirs. See that "
                "user_id and session_id of each list and each event are the same, and start again under another name."
            )
        return found


def verdict_on(words: Words, compared: Comparison, min_effect: float, progress: Progress) -> Verdict:
    """Return what the comparison of a variant with the control says.

    Args:
        words: what is compared.
        compared: the figure.
        min_effect: the effect that is looked for; .05 is 5 %.
        progress: how far the experiment has come.
    """
    if progress.days < 0:
        return Verdict(Conclusion.NOT_STARTED, "The experiment has not started yet.")
    low, high = compared.difference.low, compared.difference.high
    told = f"Variant {words.variant} {words.verb}"
    if low is None or high is None:
        return Verdict(
            Conclusion.TOO_EARLY,
            f"Too early to say: each variant needs at least {MIN_SHOPPERS} shoppers, and some that did something.",
        )
    if low > 0:
        return Verdict(
            Conclusion.KEEP_VARIANT, f"{told} {_span(compared.relative)} more {words.per_shopper}: keep it."
        )
    if high < 0:
        less = f"{told} {_span(_turned(compared.relative))} {words.less} {words.per_shopper}"
        return Verdict(Conclusion.DROP_VARIANT, f"{less}: keep {words.control}.")
    if _is_within(compared.relative, min_effect):
        percent = _percent(min_effect)
        neither = f"{told} neither {percent} more nor {percent} {words.less} {words.per_shopper}"
        return Verdict(Conclusion.NO_DIFFERENCE, f"{neither}: keep the simpler one.")
    return _go_on(words, compared, min_effect, progress)


def stopped(alarms: Alarms) -> Verdict | None:
    """Return the verdict where the figures are worthless; None where they are not."""
    texts = alarms.texts()
    return Verdict(Conclusion.STOPPED, " ".join(texts)) if texts else None


def whole_verdict(of_variants: Sequence[Verdict]) -> Verdict:
    """Return one verdict on all variants: each one's own where they differ."""
    texts = list(dict.fromkeys(one.text for one in of_variants))
    order = (Conclusion.KEEP_VARIANT, Conclusion.KEEP_RUNNING, Conclusion.TOO_EARLY, Conclusion.DROP_VARIANT)
    found = {one.conclusion for one in of_variants}
    conclusion = next((one for one in order if one in found), of_variants[0].conclusion)
    until = max((one.until for one in of_variants if one.until is not None), default=None)
    return Verdict(conclusion, " ".join(texts), until)


def _go_on(words: Words, compared: Comparison, min_effect: float, progress: Progress) -> Verdict:
    seen = f"No difference seen so far between {words.variant} and {words.control}"
    bounds = f"{words.variant} {words.verb} between {_bounds(compared.relative, words)}"
    so_far = f" ({bounds} {words.per_shopper})" if _is_bounded(compared) else ""
    days = days_left(compared.further, progress)
    if progress.has_ended:
        return Verdict(
            Conclusion.NO_DIFFERENCE,
            f"{seen}{so_far}, and the experiment has ended: it was too small for a difference of "
            f"{_percent(min_effect)}, or there is none.",
        )
    if days is None:
        return Verdict(
            Conclusion.KEEP_RUNNING,
            f"{seen}{so_far}; at this rate a difference of {_percent(min_effect)} will not be seen within ten years: "
            "look for a larger one, or show it to more shoppers.",
        )
    if days <= 0:
        return Verdict(
            Conclusion.KEEP_RUNNING,
            f"{seen}{so_far}; one of {_percent(min_effect)} would most likely have been seen by now. Keep it running "
            "for smaller ones, or stop it.",
        )
    until = until_of(days, progress)
    told = f"{seen}{so_far}; keep it running until about {day_in_words(until, progress.today)}"
    if progress.end is not None and progress.end < until:
        told += f", longer than its end on {day_in_words(progress.end, progress.today)},"
    return Verdict(Conclusion.KEEP_RUNNING, f"{told} to see one of {_percent(min_effect)}.", until)


def days_left(further: float | None, progress: Progress) -> float | None:
    """Return in how many days a difference of the planned size would be seen; None where not within ten years.

    0 or less where it would most likely have been seen by now.

    Args:
        further: how many times as much has to be known, or None.
        progress: how far the experiment has come.
    """
    days = None if further is None else progress.days * (further - 1)
    return None if days is None or days > MAX_DAYS else days


def until_of(days: float, progress: Progress) -> date:
    """Return the day on which that many days are over: tomorrow at the earliest."""
    return progress.today + timedelta(days=max(1, round(days)))


def _is_bounded(compared: Comparison) -> bool:
    return compared.relative.low is not None and compared.relative.high is not None


def _is_within(relative: Interval, min_effect: float) -> bool:
    low, high = relative.low, relative.high
    return low is not None and high is not None and -min_effect < low and high < min_effect


def _turned(relative: Interval) -> Interval:
    """Return the interval of how much less it is."""
    mean, low, high = (None if one is None else -one for one in (relative.mean, relative.low, relative.high))
    return Interval(mean, high, low)


def _span(relative: Interval) -> str:
    if relative.low is None or relative.high is None:
        return "clearly"
    digits = 0 if relative.high - relative.low >= 0.02 else 1
    low, high = (f"{max(100 * one, 0):.{digits}f}" for one in (relative.low, relative.high))
    if digits == 0 and low == "0":
        low = "up to" if relative.low < 0.0005 else f"{100 * relative.low:.1f}"
        return f"{low} {high} %" if low == "up to" else f"{low} to {high} %"
    return f"{low} to {high} %" if low != high else f"{low} %"


def _bounds(relative: Interval, words: Words) -> str:
    """Return "4 % less and 9 % more"; both ends are there."""
    ends = [one or 0.0 for one in (relative.low, relative.high)]
    return " and ".join(f"{_percent(abs(one))} {words.less if one < 0 else 'more'}" for one in ends)


def _percent(share: float) -> str:
    percent = 100 * share
    return f"{percent:.0f} %" if percent >= 10 or abs(percent - round(percent)) < 0.05 else f"{percent:.1f} %"


def day_in_words(day: date, today: date) -> str:
    """Return ``12 May``, with the year where that is another one than that of ``today``."""
    told = f"{day.day} {day:%B}"
    return told if day.year == today.year else f"{told} {day.year}"
