"""The first page says what lists bring in beyond a hold-out, or that none is running and what to do."""

import time
from collections.abc import Callable
from datetime import date
from html import unescape
from threading import Event as Signal
from typing import Any

import numpy as np
import pytest
from flask.testing import FlaskClient
from support.events import event

from recsvc.clock import now_us
from recsvc.outcomes.experiment import Assignment, Experiment, Metric, Variant, VariantKind
from recsvc.outcomes.experiment_results import ExperimentResults, ShopperFigures, results_of
from recsvc.outcomes.recommendation_id import ListOrigin, RecommendationIds
from recsvc.outcomes.shopper_sums import ShopperSums
from recsvc.outcomes.verdict import Progress
from recsvc.ranking.query import UserKey
from recsvc.serving.described_experiments import as_json
from recsvc.serving.results_board import Posted
from recsvc.store.api_keys import Scope
from recsvc.store.event import DAY_US
from recsvc.store.experiments import StoredExperiment
from recsvc.store.store import Store
from recsvc.web.hold_outs import HoldOut, Telling, hold_outs_of

NOW = 20_574 * DAY_US  # 1 May 2026
SECOND_US = 1_000_000
CONTROL, HELD_OUT = Variant("control", 0.5, VariantKind.CONTROL), Variant("none", 0.5, VariantKind.HOLD_OUT)
TELLING = Telling({"for_you": "For you"}.get, "EUR", NOW)  # type: ignore[arg-type]  # it knows the one that is asked for


def an_experiment(
    name: str = "spring", start: float = -10, end: float | None = None, **fields: Any
) -> Experiment:
    """Return an experiment that starts and ends some days from ``NOW``."""
    end_us = None if end is None else NOW + round(end * DAY_US)
    told = {"placement": "for_you", "variants": (CONTROL, HELD_OUT)} | fields
    return Experiment(name, **told, start_us=NOW + round(start * DAY_US), end_us=end_us)


def results(
    experiment: Experiment, spent: tuple[float, float], n: tuple[int, int] = (20_000, 20_000)
) -> Posted:
    """Return results of shoppers who spend so much on average with the list, and without it."""
    rng = np.random.default_rng(7)
    place = np.repeat([0, 1], n)
    revenue = rng.gamma(1.0, np.repeat(spent, n))
    nothing = np.zeros(len(place))
    figures = ShopperFigures(
        place,
        dict.fromkeys(Metric, revenue),
        dict.fromkeys(Metric, nothing),
        dict.fromkeys(Metric, ShopperSums()),
    )
    return Posted(results_of(experiment, figures, Progress(date(2026, 5, 1), 10.0)))


def told(spent: tuple[float, float], n: tuple[int, int] = (20_000, 20_000), **fields: Any) -> HoldOut:
    experiment = an_experiment(**fields)
    found = hold_outs_of([experiment], lambda one: results(one, spent, n), TELLING)
    return found.told[0]


def plain(text: str) -> str:
    return text.replace("\N{NO-BREAK SPACE}", " ")


def test_what_lists_bring_in_is_said_in_a_sentence_with_its_interval() -> None:
    found = told((10.0, 8.0))
    assert plain(found.sentence) == (
        "Beyond the hold-out, “For you” brings in 20.7 % of what its shoppers spend (between 18.2 % and 23.1 %, 95 % "
        "sure)."
    )
    assert plain(found.details) == (
        "20,000 shoppers with the list spent €10.08 each on average, 20,000 without it €8.00, since 21 Apr 2026. That "
        "is decided, however often it was looked at."
    )


def test_what_is_undecided_says_until_when_it_takes() -> None:
    found = told((10.0, 10.0), (2_000, 2_000))
    assert "is not decided yet: of what its shoppers spend, between \N{MINUS SIGN}" in found.sentence
    assert "To see a difference of 5 %, it takes until about " in plain(found.details)
    over = told((10.0, 10.0), (2_000, 2_000), end=-1)
    assert "from 21 Apr 2026 to 30 Apr 2026" in over.details
    assert over.details.endswith("It ended before that was decided.")


def test_lists_that_cost_revenue_are_said_to() -> None:
    found = plain(told((8.0, 10.0)).sentence)
    assert found.startswith("“For you” costs revenue: beside the hold-out, its shoppers spend 2")
    assert "\N{MINUS SIGN}" not in found


def test_few_shoppers_say_what_is_needed() -> None:
    found = told((10.0, 8.0), (50, 3))
    assert found.sentence == "It is too early to say what “For you” brings in beyond the hold-out."
    assert "50 shoppers with the list and 3 without it" in found.details
    assert "at least 100 shoppers are needed" in found.details
    assert "spent" not in found.details


def test_a_share_that_nothing_bounds_is_said_in_money() -> None:
    rng = np.random.default_rng(3)
    experiment = an_experiment()
    revenue = np.where(rng.random(400) < 0.02, 50.0, 0.0)
    nothing = np.zeros(400)
    figures = ShopperFigures(
        np.repeat([0, 1], 200), dict.fromkeys(Metric, revenue), dict.fromkeys(Metric, nothing),
        dict.fromkeys(Metric, ShopperSums()),
    )  # fmt: skip
    posted = Posted(results_of(experiment, figures, Progress(date(2026, 5, 1), 10.0)))
    found = hold_outs_of([experiment], lambda _: posted, TELLING).told[0].sentence
    assert "brings in between \N{MINUS SIGN}€" in found
    assert "None" not in found


def test_a_few_shoppers_who_make_most_of_the_revenue_are_said() -> None:
    rng = np.random.default_rng(3)
    experiment = an_experiment()
    revenue, nothing = rng.lognormal(0, 2.5, 4000), np.zeros(4000)
    figures = ShopperFigures(
        np.repeat([0, 1], 2000), dict.fromkeys(Metric, revenue), dict.fromkeys(Metric, nothing),
        dict.fromkeys(Metric, ShopperSums()),
    )  # fmt: skip
    posted = Posted(results_of(experiment, figures, Progress(date(2026, 5, 1), 10.0)))
    found = plain(hold_outs_of([experiment], lambda _: posted, TELLING).told[0].details)
    assert " 40 shoppers make " in found
    assert found.endswith(" % of the revenue, so chance decides over it for long.")


def test_figures_that_cannot_be_trusted_are_not_said() -> None:
    found = told((10.0, 8.0), (20_000, 10_000))
    assert found.sentence.endswith("the figures of its hold-out cannot be trusted.")
    assert "the groups are not of the size" in found.details
    assert "€" not in found.details


def test_another_metric_that_decides_is_named() -> None:
    assert told((10.0, 8.0), metric=Metric.ORDERS).details.endswith("is decided by orders per shopper.")


def test_what_runs_is_told_before_what_ended_and_what_ended_long_ago_is_not() -> None:
    def look(experiment: Experiment) -> Posted:
        return results(experiment, (10.0, 8.0))

    runs, ended = an_experiment("runs"), an_experiment("over", -40, -20)
    later, old = an_experiment("later", -19, -11), an_experiment("old", -90, -31)
    without = an_experiment("without", variants=(CONTROL, Variant("B", 0.5, VariantKind.RULES, {})))
    found = hold_outs_of([ended, later, old, runs, without], look, TELLING)
    assert ([one.name for one in found.told], found.is_lacking) == (["runs"], False)
    found = hold_outs_of([ended, later, old, without], look, TELLING)
    assert ([one.name for one in found.told], found.is_lacking) == (["later"], True)
    assert hold_outs_of([old], look, TELLING).told == ()
    planned = hold_outs_of([old, an_experiment("soon", 3)], look, TELLING)
    assert not planned.is_lacking
    assert planned.told[0].sentence == (
        "What “For you” brings in is measured from 4 May 2026 on, when a hold-out starts."
    )


def test_the_form_begins_with_what_earns_most_where_nothing_runs() -> None:
    busy = an_experiment("busy", variants=(CONTROL, Variant("B", 0.5, VariantKind.RULES, {})))
    found = hold_outs_of([busy], lambda _: Posted(None), TELLING, ["for_you", "the & shop's"])
    assert found.form_address == "/console/experiments/new?kind=hold_out&placement=the+%26+shop%27s"
    found = hold_outs_of([busy], lambda _: Posted(None), TELLING)
    assert found.form_address.endswith("placement=for_you")


def shown(client: FlaskClient) -> None:
    """Let one suggestion be shown, so that something is known of what lists earn."""
    answer = client.get("/v1/recommend?user_id=ada&n=2").json
    impression = {
        "type": "impression", "user_id": "ada", "item_id": answer["items"][0]["item_id"],
        "recommendation_id": answer["recommendation_id"], "position": 1,
    }  # fmt: skip
    assert client.post("/v1/events", json=impression).status_code == 202


def wait_for(client: FlaskClient, words: str) -> str:
    deadline = time.monotonic() + 20
    while words not in (page := plain(unescape(client.get("/console").text))):
        assert time.monotonic() < deadline, page
        time.sleep(0.1)
    return page


def put(store: Store, start_days: float = -10) -> Experiment:
    moment = now_us()
    experiment = Experiment("spring", "for_you", (CONTROL, HELD_OUT), moment + round(start_days * DAY_US))
    store.experiments.put(StoredExperiment("spring", as_json(experiment), moment), lambda _: None)
    return experiment


def test_a_shop_without_a_hold_out_is_led_to_the_form_that_starts_one(
    anybody: FlaskClient, signed_in: Callable[..., FlaskClient]
) -> None:
    assert "hold-out" not in anybody.get("/console").text  # first, something has to be shown
    shown(anybody)
    page = wait_for(
        anybody, "No hold-out is running, so nobody knows what shoppers would have bought without"
    )
    address = "/console/experiments/new?kind=hold_out&placement=for_you"
    assert f'<a href="{address}">Make one with 5 % of the shoppers</a>' in page
    form = anybody.get(address).text
    assert 'name="name" value="hold-out"' in form
    assert 'name="share-0" value="95"' in form
    assert 'name="share-1" value="5"' in form
    assert "Beside shoppers" not in signed_in(Scope.SUPPORT).get("/console").text


def test_the_form_names_a_hold_out_that_there_is_not_yet(anybody: FlaskClient, stored: Store) -> None:
    experiment = Experiment("hold-out", "trending", (CONTROL, HELD_OUT), 0, 1)
    stored.experiments.put(StoredExperiment("hold-out", as_json(experiment), 0), lambda _: None)
    assert 'value="hold-out-2"' in anybody.get("/console/experiments/new?kind=hold_out").text


def test_the_page_says_what_the_shoppers_of_a_running_hold_out_do(
    anybody: FlaskClient, stored: Store
) -> None:
    experiment = put(stored)
    assignment, ids = Assignment(experiment), RecommendationIds(stored.secret("recsvc lists"))
    start, events = experiment.start_us // SECOND_US + 1, []
    for number in range(300):
        user = f"u{number}"
        is_shown = assignment.variant_of(UserKey("user", user)) == CONTROL
        price = 10.0 + number % 3 + 10.0 * is_shown
        events.append(event("tea", start + 2 * number, user_id=user, unit_price=price, order_id=f"o{number}"))
        if is_shown:
            origin = ListOrigin("for_you", "spring:control", "1", experiment.start_us // DAY_US)
            list_id = ids.write(origin, user.encode(), [("als", "your_taste")])
            events.append(
                event(
                    "tea",
                    start + 2 * number,
                    "impression",
                    user_id=user,
                    recommendation_id=list_id,
                    position=1,
                )
            )
    stored.events.append(events)
    page = wait_for(anybody, "“For you” brings in 4")
    assert "with the list spent €" in page
    assert '<a href="/console/experiments/spring">' in page
    assert "No hold-out is running" not in page
    assert "data-waiting" not in page


def test_the_page_does_not_wait_for_a_count(
    anybody: FlaskClient, stored: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    goes_on = Signal()

    def count(*_: object) -> ExperimentResults:
        goes_on.wait(30)
        raise ValueError

    monkeypatch.setattr("recsvc.serving.experiment_desk.figures_of", count)
    put(stored)
    shown(anybody)
    try:
        page = wait_for(anybody, "its figures are being counted.")
        assert "data-waiting" in page
    finally:
        goes_on.set()
    page = wait_for(anybody, "its figures cannot be counted now.")
    assert "data-waiting" not in page
