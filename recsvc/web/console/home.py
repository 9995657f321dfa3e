"""The first page: how the service is, what lists earn, and what is worth doing."""

from datetime import UTC, datetime

from flask import render_template

from recsvc.clock import now_us
from recsvc.errors import StoreError
from recsvc.outcomes.experiment import Experiment
from recsvc.serving.results_board import Posted
from recsvc.store.event import DAY_US
from recsvc.store.shop_counts import EventCounts, ItemCounts
from recsvc.web.advice import advice_of
from recsvc.web.console.data import DAYS
from recsvc.web.console.shoppers import LISTS
from recsvc.web.earnings import Earnings, earnings_of
from recsvc.web.entry.abilities import Ability
from recsvc.web.hold_outs import HoldOuts, Telling, hold_outs_of
from recsvc.web.page import Page, Routes, visitor
from recsvc.web.quality import gate_of, in_words, measured_of
from recsvc.web.site import Site
from recsvc.web.words import ago


def problems_of(site: Site) -> list[str]:
    """Return what is wrong with the service, one sentence each."""
    checks = (check() for check in site.service.checks())
    return [found for found in (site.service.live_model.problem, *checks, site.keys.problem) if found]


def _read(site: Site) -> tuple[ItemCounts, EventCounts, Earnings | None] | None:
    """Return what the store knows; None while it does not answer: this page shows that, too."""
    moment, counts = now_us(), site.service.store.counts
    try:
        earnings = None
        if visitor().may(Ability.SEE_EARNINGS):
            earnings = earnings_of(site.service.performance, datetime.now(UTC).date())
        return counts.items(moment), counts.events(moment - DAYS * DAY_US), earnings
    except StoreError:
        return None


def _hold_outs(site: Site, earnings: Earnings) -> HoldOuts | None:
    """Return what hold-outs say, as far as it was counted; None while the store does not answer."""
    service, moment = site.service, now_us()

    def look(one: Experiment) -> Posted:
        return service.results_board.look(one, has_ended=one.is_over_at(moment))

    telling = Telling(lambda name: LISTS.get(name, name), earnings.currency, moment)
    try:
        return hold_outs_of(
            service.experiments.all(), look, telling, [one.key for one in earnings.placements]
        )
    except StoreError:
        return None


def _add(routes: Routes) -> None:
    site = routes.site

    @routes.show()
    def home() -> str:
        live, read = site.service.live_model.version, _read(site)
        manifest, earnings = None if live is None else live.manifest, None if read is None else read[2]
        advice = [] if read is None else advice_of(site, *read)
        return render_template(
            "console/home.html",
            problems=problems_of(site),
            manifest=manifest,
            trained=ago(site.service.live_model.age_seconds()),
            gate=None if manifest is None else gate_of(manifest),
            measured=[] if manifest is None else [in_words(one) for one in measured_of(manifest)],
            earnings=earnings,
            hold_outs=_hold_outs(site, earnings) if earnings is not None and earnings.is_known else None,
            advice=[one for one in advice if _may_open(one.address)],
            lists=LISTS,
        )


_NEEDS = {
    "/console/data": Ability.SEE_DATA,
    "/console/versions": Ability.SEE_VERSIONS,
    "/console/placements": Ability.SEE_PLACEMENTS,
}


def _may_open(address: str) -> bool:
    """Return whether whoever asks may open what advice leads to."""
    needed = (ability for start, ability in _NEEDS.items() if address.startswith(start))
    return all(visitor().may(ability) for ability in needed)


PAGE = Page("", "Home", Ability.SEE_HOME, _add)
