"""What lists led to: by placement, position, source, reason, version and day, with how sure that is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from urllib.parse import quote

from flask import render_template, request

from recsvc.clock import now_us
from recsvc.outcomes.performance import Figures, GroupBy
from recsvc.ranking.query import ReasonType, Source
from recsvc.web.asked import whole_in
from recsvc.web.chart import Bars, bars_of
from recsvc.web.console.shoppers import LISTS
from recsvc.web.earnings import lag_of
from recsvc.web.entry.abilities import Ability
from recsvc.web.page import Page, Routes, visitor
from recsvc.web.words import money, percent

PERIODS = (7, 28, 90)
DEFAULT_DAYS = 28
MOST_ROWS = 200
UNKNOWN_KEY = "unknown"
_EPOCH = date(1970, 1, 1)

BY: Mapping[GroupBy, str] = {
    GroupBy.PLACEMENT: "Placement",
    GroupBy.POSITION: "Position",
    GroupBy.REASON: "Reason",
    GroupBy.SOURCE: "Source",
    GroupBy.MODEL_VERSION: "Model version",
    GroupBy.VARIANT: "Experiment",
    GroupBy.DAY: "Day",
}
"""What figures are told apart by, in the order of the page."""

SOURCES: Mapping[str, str] = {
    Source.ALS: "What shoppers of like taste buy",
    Source.CO_PURCHASE: "What is bought together",
    Source.SIMILAR: "Similar items",
    Source.REPURCHASE: "What is due to be bought again",
    Source.CATEGORY: "Favourite categories",
    Source.TRENDING: "What sells more and more",
    Source.POPULAR: "What sells most",
    Source.RULE: "Rules of the shop",
}
REASONS: Mapping[str, str] = {
    ReasonType.BECAUSE_YOU_BOUGHT: "Because of something they bought",
    ReasonType.YOUR_TASTE: "It suits their taste",
    ReasonType.YOU_BUY_THIS_REGULARLY: "They buy it regularly",
    ReasonType.YOU_BOUGHT_THIS: "They bought it before",
    ReasonType.SIMILAR_TO_ITEM: "Similar to the item of the page",
    ReasonType.ALSO_BOUGHT: "Others bought both",
    ReasonType.BOUGHT_WITH_YOUR_CART: "It goes with the cart",
    ReasonType.TRENDING: "It sells more and more",
    ReasonType.POPULAR: "It sells most",
    ReasonType.PINNED: "Pinned by the shop",
    ReasonType.NEW: "New in the shop",
}


@dataclass(frozen=True)
class Row:
    """A row of the table: what it is of in words, where more is said of that, and its figures."""

    key: str
    words: str
    address: str
    figures: Figures


def rows_of(found: Sequence[Figures], by: GroupBy) -> list[Row]:
    """Return the rows as people read them."""
    return [Row(row.key, in_words(row.key, by), _address(row.key, by), row) for row in found]


def in_words(key: str, by: GroupBy) -> str:
    """Return what a row is of."""
    if by is GroupBy.DAY:
        return _day(_EPOCH + timedelta(days=int(key)))
    if by is GroupBy.VARIANT and key in ("", UNKNOWN_KEY):
        return "No experiment"
    if key in ("", UNKNOWN_KEY):
        return "Not said"
    if by is GroupBy.POSITION:
        return f"Place {key}"
    if by is GroupBy.VARIANT:
        experiment, _, variant = key.partition(":")
        return f"{experiment}, {variant}"
    names: Mapping[GroupBy, Mapping[str, str]] = {
        GroupBy.PLACEMENT: LISTS,
        GroupBy.SOURCE: SOURCES,
        GroupBy.REASON: REASONS,
    }
    return names.get(by, {}).get(key, key)


def _address(key: str, by: GroupBy) -> str:
    """Return where more is said of what a row is of; "" for nowhere, or where whoever asks may not look."""
    rooms = {
        GroupBy.PLACEMENT: ("placements", Ability.SEE_PLACEMENTS),
        GroupBy.MODEL_VERSION: ("versions", Ability.SEE_VERSIONS),
        GroupBy.VARIANT: ("experiments", Ability.SEE_EXPERIMENTS),
    }
    if by not in rooms or key in ("", UNKNOWN_KEY) or not visitor().may(rooms[by][1]):
        return ""
    return (
        f"/console/{rooms[by][0]}/{quote(key.partition(':')[0] if by is GroupBy.VARIANT else key, safe='')}"
    )


def revenue_by_day(found: Sequence[Figures], first: date, last: date, currency: str) -> Bars:
    """Return the drawing of what was earned on each day, by the figures of days."""
    earned = {int(row.key): row.counts["revenue"] for row in found}
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    amounts = [(_day(day), earned.get((day - _EPOCH).days, 0.0)) for day in days]
    return bars_of(amounts, lambda amount: money(amount, currency))


def _day(day: date) -> str:
    return f"{day.day} {day:%b} {day.year}"


def _add(routes: Routes) -> None:
    service = routes.site.service

    @routes.show()
    def performance() -> str:
        asked, wanted = whole_in("days"), request.args.get("by", "")
        days = asked if asked in PERIODS else DEFAULT_DAYS
        by = next((one for one in BY if one == wanted), GroupBy.PLACEMENT)
        last = datetime.now(UTC).date()
        first = last - timedelta(days=days - 1)
        whole = service.performance.of(first, last, GroupBy.TOTAL)
        by_day = service.performance.of(first, last, GroupBy.DAY).rows
        found = by_day if by is GroupBy.DAY else service.performance.of(first, last, by).rows
        rows = rows_of(found, by)
        return render_template(
            "console/performance.html",
            days=days,
            periods=PERIODS,
            by=by,
            bys=BY,
            first=_day(first),
            last=_day(last),
            whole=whole,
            lag=lag_of(whole, now_us()),
            total=whole.rows[0] if whole.rows else None,
            rows=rows[:MOST_ROWS],
            n_more=max(0, len(rows) - MOST_ROWS),
            drawing=revenue_by_day(by_day, first, last, whole.currency),
            measured=_measured(routes),
            in_percent=percent,
            amount=lambda amount: money(amount, whole.currency),
        )


def _measured(routes: Routes) -> list[str]:
    """Return the names of the experiments that run now and have a hold-out."""
    moment = now_us()
    running = (one for one in routes.site.service.experiments.all() if one.runs_at(moment))
    return [one.name for one in running if one.has_hold_out]


PAGE = Page("performance", "Performance", Ability.SEE_EARNINGS, _add)
