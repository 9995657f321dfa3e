"""An experiment as fields of a form, and what is wrong with each of them."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import count
from typing import Any

from recsvc.clock import to_us
from recsvc.errors import ConflictError, ExperimentError, QueryError, RulesError
from recsvc.outcomes.experiment import (
    BUILT_IN,
    NAME_PATTERN,
    SHARES_TOLERANCE,
    VARIANT_PATTERN,
    Experiment,
    Metric,
    Variant,
    VariantKind,
)
from recsvc.rules.placement_rules import PlacementRules
from recsvc.web.words import percent

ROWS, MOST_ROWS = 3, 10
LATE_US = 60_000_000
NO_RULES = str(VariantKind.RULES)
_FIELDS = ("name", "placement", "start", "end", "min_effect", "metric")


@dataclass(frozen=True)
class VariantRow:
    """A variant as written: its name, its share in percent, and what it shows as ``kind`` or ``kind:which``."""

    name: str = ""
    share: str = ""
    shows: str = ""

    @property
    def is_blank(self) -> bool:
        """Whether nothing was written."""
        return not (self.name or self.share or self.shows)


@dataclass(frozen=True)
class ExperimentForm:
    """An experiment as written; times are ``2026-05-01T12:30`` in UTC, blank for now and for no end."""

    name: str = ""
    placement: str = "for_you"
    start: str = ""
    end: str = ""
    min_effect: str = "5"
    metric: str = Metric.REVENUE
    variants: tuple[VariantRow, ...] = ()

    @classmethod
    def blank(cls, placement: str) -> "ExperimentForm":
        """Return the form that a new experiment begins with."""
        return cls(
            placement=placement,
            variants=(VariantRow("control", "50", VariantKind.CONTROL), VariantRow("B", "50")),
        )

    @classmethod
    def hold_out(cls, placement: str, taken: Collection[str]) -> "ExperimentForm":
        """Return the form of an experiment with a hold-out, under a name that is not ``taken``."""
        free = (name for n in count(1) if (name := f"hold-out-{n}" if n > 1 else "hold-out") not in taken)
        control = VariantRow("control", "95", VariantKind.CONTROL)
        return cls(
            next(free), placement, variants=(control, VariantRow("hold-out", "5", VariantKind.HOLD_OUT))
        )

    @classmethod
    def of_fields(cls, fields: Mapping[str, str]) -> "ExperimentForm":
        """Return the form that somebody sent."""

        def said(name: str) -> str:
            return fields.get(name, "").strip()[:200]

        rows = [
            VariantRow(said(f"variant-{n}"), said(f"share-{n}"), said(f"shows-{n}")) for n in range(MOST_ROWS)
        ]
        while rows and rows[-1].is_blank:
            rows.pop()
        return cls(**{name: said(name) for name in _FIELDS}, variants=tuple(rows))

    def with_rows(self, n: int) -> "ExperimentForm":
        """Return the form with blank rows at the end, ``n`` rows or more, and ``MOST_ROWS`` at most."""
        missing = min(n, MOST_ROWS) - len(self.variants)
        return replace(self, variants=(*self.variants, *[VariantRow()] * missing))


Problems = dict[str, str]
"""What is wrong, by the field; "" for what is wrong with the whole."""


def read(
    form: ExperimentForm, placements: Mapping[str, PlacementRules], taken: Sequence[str], moment_us: int
) -> tuple[Experiment | None, Problems]:
    """Return the experiment that a form says, or None and what is wrong with which fields.

    Args:
        form: as it was sent.
        placements: the rules of all placements, by name.
        taken: names of experiments that there are.
        moment_us: now, in microseconds since 1970.
    """
    problems: Problems = {}
    if not re.fullmatch(NAME_PATTERN, form.name):
        problems["name"] = "Write 1 to 35 small letters, digits, _ and -, such as spring-prices."
    elif form.name in taken:
        problems["name"] = (
            "There is an experiment of that name. Choose another one: shoppers are told apart by it."
        )
    if form.placement not in placements:
        problems["placement"] = "There is no such placement. Choose one of the list."
    start_us, end_us = _times(form, moment_us, problems)
    min_effect = _number(form.min_effect)
    if min_effect is None or not 0.1 <= min_effect <= 1000:
        problems["min_effect"] = "Write a number of percent from 0.1 to 1000, such as 5."
    if form.metric not in set(Metric):
        problems["metric"] = "Choose one of the three."
    variants = _variants(form, placements, problems)
    if problems or min_effect is None:
        return None, problems
    try:
        return (
            Experiment(
                form.name, form.placement, variants, start_us, end_us, min_effect / 100, Metric(form.metric)
            ),
            {},
        )
    except ExperimentError as error:
        return None, {"": _sentence(str(error))}


def refused(error: Exception, form: ExperimentForm) -> Problems:
    """Return which field an experiment was refused for, after it had been read."""
    text = str(error)
    for n, row in enumerate(form.variants):
        if row.name and re.search(
            rf"(?:variant |{re.escape(form.name)}:){re.escape(row.name)}(?![A-Za-z0-9_-])", text
        ):
            return {f"shows-{n}": _sentence(text)}
    if isinstance(error, ConflictError) and "runs on" in text:
        return {"placement": _sentence(text)}
    if isinstance(error, QueryError):
        return {"placement": _sentence(text)}
    if "choose another name" in text:
        return {"name": _sentence(text)}
    if "start is in the past" in text:
        return {"start": _sentence(text)}
    return {"": _sentence(text)}


REFUSALS = (ConflictError, ExperimentError, QueryError, RulesError)
"""What an experiment may be refused with after it was read."""


def _times(form: ExperimentForm, moment_us: int, problems: Problems) -> tuple[int, int | None]:
    start_us, end_us = moment_us, None
    if form.start:
        start = _moment(form.start)
        if start is None:
            problems["start"] = "Write a day and a time, such as 2026-05-01T12:30, or nothing to start now."
        elif start < moment_us - LATE_US:
            problems["start"] = (
                "That is in the past, when shoppers were not told apart. Write nothing to start now."
            )
        else:
            start_us = start
    if form.end:
        end_us = _moment(form.end)
        if end_us is None:
            problems["end"] = (
                "Write a day and a time, such as 2026-06-01T00:00, or nothing to end it by hand."
            )
        elif end_us <= start_us:
            problems["end"] = "It must end after it starts, and in the future."
    return start_us, end_us


def _variants(
    form: ExperimentForm, placements: Mapping[str, PlacementRules], problems: Problems
) -> tuple[Variant, ...]:
    found, names = [], set[str]()
    for n, row in enumerate(form.variants):
        if row.is_blank:
            continue
        before = len(problems)
        if not re.fullmatch(VARIANT_PATTERN, row.name):
            problems[f"variant-{n}"] = "Write 1 to 20 letters, digits, _ and -."
        elif row.name in names:
            problems[f"variant-{n}"] = f"Two variants are called {row.name}. Give each its own name."
        names.add(row.name)
        share = _number(row.share)
        if share is None or not 0.01 <= share <= 100:
            problems[f"share-{n}"] = "Write a number of percent above 0, such as 50."
        made = _shown(row, placements)
        if made is None:
            problems[f"shows-{n}"] = "Choose what its shoppers see."
        elif share is not None and len(problems) == before:
            found.append(Variant(row.name, share / 100, **made))
    rows = [row for row in form.variants if not row.is_blank]
    if len(rows) < 2:
        problems["variants"] = "An experiment compares at least two variants. Fill in another row."
    elif len(found) == len(rows):
        _check_whole(found, problems)
    return tuple(found)


def _check_whole(variants: Sequence[Variant], problems: Problems) -> None:
    whole = sum(variant.share for variant in variants)
    kinds = [variant.kind for variant in variants]
    controls, hold_outs = kinds.count(VariantKind.CONTROL), kinds.count(VariantKind.HOLD_OUT)
    if abs(whole - 1) > SHARES_TOLERANCE:
        left = 1 - whole
        remedy = "give {} more to one of them" if left > 0 else "take {} from one of them"
        problems["variants"] = (
            f"The shares are {plain_percent(whole)} together and must be 100\N{NO-BREAK SPACE}%: "
            f"{remedy.format(plain_percent(abs(left)))}."
        )
    elif controls > 1:
        problems["variants"] = (
            "Two variants are the list as it is. One is enough: the others are compared with it."
        )
    elif controls == 0 and hold_outs != 1:
        problems["variants"] = (
            "Let one variant be the list as it is, or nothing: the others are compared with it."
        )


def _shown(row: VariantRow, placements: Mapping[str, PlacementRules]) -> dict[str, Any] | None:
    """Return what a variant shows, as arguments of Variant; None where nothing was chosen, or what is not there."""
    kind, _, which = row.shows.partition(":")
    if kind in (VariantKind.CONTROL, VariantKind.HOLD_OUT) and not which:
        return {"kind": VariantKind(kind)}
    if kind == VariantKind.PLACEMENT and which in BUILT_IN:
        return {"kind": VariantKind.PLACEMENT, "placement": BUILT_IN[which]}
    if kind == VariantKind.RULES and (which in placements or row.shows == NO_RULES):
        rules = placements[which].as_json() if which else {}
        rules.pop("base", None)  # the list is ranked as ever
        return {"kind": VariantKind.RULES, "rules": rules}
    if kind == VariantKind.MODEL_VERSION and 0 < len(which) <= 64:
        return {"kind": VariantKind.MODEL_VERSION, "model_version": which}
    return None


def _moment(text: str) -> int | None:
    if not re.fullmatch(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d)?", text):
        return None
    try:
        moment = to_us(datetime.fromisoformat(text).replace(tzinfo=UTC))
    except ValueError:
        return None
    return moment if moment >= 0 else None


def _number(text: str) -> float | None:
    plain = text.replace(",", ".").rstrip("% ")
    return float(plain) if re.fullmatch(r"\d{1,6}(\.\d{1,6})?", plain) else None


def plain_percent(share: float) -> str:
    """Return .5 as ``50 %`` and .333 as ``33.30 %``."""
    whole = abs(100 * share - round(100 * share)) < 0.005
    return percent(share, 0 if whole else 2)


def _sentence(text: str) -> str:
    """Return the message of an error as a sentence, without the name of the experiment in front."""
    found = re.sub(r"^experiment [a-z0-9_-]+: ", "", text)
    return f"{found[:1].upper()}{found[1:]}".rstrip(".") + "."
