"""The page of what lists led to, and the drawings."""

from collections.abc import Callable
from html import unescape
from threading import Event as Signal
from typing import Any

import pytest
from flask.testing import FlaskClient
from support.events import event

from recsvc.clock import now_us
from recsvc.outcomes.experiment import Experiment, Variant, VariantKind
from recsvc.outcomes.performance import GroupBy
from recsvc.outcomes.recommendation_id import ListOrigin, RecommendationIds
from recsvc.ranking.query import ReasonType, Source
from recsvc.serving.described_experiments import as_json
from recsvc.store.api_keys import Scope
from recsvc.store.event import DAY_US
from recsvc.store.experiments import StoredExperiment
from recsvc.store.store import Store
from recsvc.web.chart import WIDTH, Difference, bars_of, intervals_of, signed
from recsvc.web.console.performance import BY, REASONS, SOURCES, in_words

PAGE = "/console/performance"


def told(store: Store, n: int = 40) -> None:
    """Let ``n`` shoppers see an item of a list, every second one click it, and every fourth one buy it for 10."""
    ids = RecommendationIds(store.secret("recsvc lists"))
    now = now_us() // 1_000_000 - 3600
    events = []
    for number in range(n):
        origin = ListOrigin("for_you", "spring:B" if number % 2 else "", "1", now // 86_400)
        shown = ids.write(origin, str(number).encode(), [("als", "your_taste")])
        whose: dict[str, Any] = {"user_id": f"u{number}", "recommendation_id": shown, "position": 1}
        events.append(event("tea", now, "impression", seen=True, **whose))
        if number % 2 == 0:
            events.append(event("tea", now + 1, "click", **whose))
        if number % 4 == 0:
            order = f"o{number}"
            events.append(event("tea", now + 2, user_id=f"u{number}", unit_price=10.0, order_id=order))
    store.events.append(events)


def counted(client: FlaskClient, address: str = PAGE) -> str:
    """Return the page once all events are in its figures."""
    for _ in range(150):
        page = unescape(client.get(address).text)
        if "not in these figures yet" not in page and "Nothing that shoppers were shown" not in page:
            return page
        Signal().wait(0.1)
    raise AssertionError(page)


@pytest.fixture
def shown(anybody: FlaskClient, stored: Store) -> FlaskClient:
    told(stored)
    counted(anybody)
    return anybody


def test_nothing_known_says_what_to_do(anybody: FlaskClient) -> None:
    page = anybody.get(PAGE).text
    assert "Nothing that shoppers were shown is known" in page
    assert "The widget does that by itself" in page


def test_figures_are_told_apart(shown: FlaskClient) -> None:
    expected = {
        "placement": "For you", "position": "Place 1", "reason": "It suits their taste",
        "source": "What shoppers of like taste buy", "model_version": ">1<", "variant": "spring, B",
    }  # fmt: skip
    for by, words in expected.items():
        _check_row(unescape(shown.get(f"{PAGE}?by={by}&days=7").text), by, words)


def _check_row(page: str, by: str, words: str) -> None:
    row = next(part for part in page.split("<tr") if words in part and 'scope="row"' in part)
    n = "20" if by == "variant" else "40"
    assert f'<td class="n">{n}</td>' in row
    if by != "variant":
        assert "50.0\N{NO-BREAK SPACE}%" in row
        assert "\N{EURO SIGN}100.00" in row


def test_the_drawing_of_days_says_what_the_table_says(shown: FlaskClient) -> None:
    page = unescape(shown.get(f"{PAGE}?by=day&days=7").text)
    assert "\N{EURO SIGN}100.00 were earned" in page
    assert page.count('class="bar"') in (1, 2), "one or two days, where midnight was an hour ago"
    assert "\N{EURO SIGN}100.00" in page[page.index("<table>") :]
    assert "style=" not in page


def test_it_says_what_a_click_does_not_prove_and_leads_to_a_hold_out(
    shown: FlaskClient, stored: Store
) -> None:
    page = unescape(shown.get(PAGE).text)
    assert "It does not prove that the list sold the item" in page
    assert 'href="/console/experiments/new?kind=hold_out"' in page
    variants = (Variant("A", 0.9, VariantKind.CONTROL), Variant("B", 0.1, VariantKind.HOLD_OUT))
    experiment = Experiment("none", "trending", variants, now_us() - DAY_US)
    stored.experiments.put(StoredExperiment("none", as_json(experiment), 1), lambda _: None)
    page = shown.get(PAGE).text
    assert 'href="/console/experiments/none"' in page
    assert "kind=hold_out" not in page


def test_what_it_does_not_know_is_the_usual(shown: FlaskClient) -> None:
    for asked in ("?days=3", "?days=9999999999", "?days=-7", "?by=item", "?by=total&days=x"):
        page = shown.get(PAGE + asked)
        assert page.status_code == 200, asked
        assert ">28 days</a>" in page.text.split('aria-current="true"')[1], asked


def test_who_may_see_it(signed_in: Callable[..., FlaskClient]) -> None:
    assert signed_in(Scope.SUPPORT).get(PAGE).status_code == 403
    assert signed_in(Scope.MERCHANDISE).get(PAGE).status_code == 200


def test_a_placement_leads_to_its_row(shown: FlaskClient) -> None:
    assert (
        'href="/console/performance?by=placement#row-for_you"'
        in shown.get("/console/placements/for_you").text
    )
    assert 'id="row-for_you"' in shown.get(PAGE).text


def test_every_source_and_reason_has_words() -> None:
    assert set(SOURCES) == set(Source)
    assert set(REASONS) == set(ReasonType)
    for by in BY:
        if by is not GroupBy.DAY:
            assert in_words("unknown", by) in ("Not said", "No experiment")


def test_bars_are_as_high_as_their_amounts() -> None:
    drawing = bars_of([("1 May", 10.0), ("2 May", 0.0), ("3 May", 5.0)], lambda amount: f"{amount:g} EUR")
    assert [bar.height for bar in drawing.bars] == [84, 0, 42]
    assert all(bar.y + bar.height == drawing.base for bar in drawing.bars)
    assert drawing.bars[-1].x + drawing.bars[-1].width <= WIDTH
    assert drawing.says == "Between 1 May and 3 May 15 EUR were earned. The best day was 1 May with 10 EUR."
    assert bars_of([("1 May", 0.0)], str).says == "Between 1 May and 1 May nothing was earned."


def test_intervals_lie_where_they_should() -> None:
    drawing = intervals_of(
        [
            Difference("B", 0.02, -0.02, 0.06),
            Difference("C", 0.5, 0.2, 5.0),
            Difference("D", None, None, None),
        ],
        0.05,
    )
    b, c, d = drawing.lines
    assert b.x_low is not None
    assert b.x_mean is not None
    assert b.x_high is not None
    assert b.x_low < drawing.zero < b.x_mean < b.x_high
    assert (b.colour, c.colour, d.colour) == ("", "good", "")
    assert drawing.zero - drawing.effect[0] == pytest.approx(drawing.effect[1] - drawing.zero, abs=0.02)
    assert c.is_cut_high
    assert not c.is_cut_low
    assert c.x_high is not None
    assert c.x_high <= WIDTH
    assert d.x_mean is None
    assert drawing.says.endswith("D: not known yet.")
    assert 2 <= len(drawing.ticks) <= 7
    assert intervals_of([Difference("B", -0.3, -0.4, -0.2)], 0.05).lines[0].colour == "bad"


@pytest.mark.parametrize(
    ("share", "words"),
    [
        (0.05, "+5.0\N{NO-BREAK SPACE}%"),
        (-0.051, "\N{MINUS SIGN}5.1\N{NO-BREAK SPACE}%"),
        (0.0, "0.0\N{NO-BREAK SPACE}%"),
        (None, "\N{EN DASH}"),
    ],
)
def test_differences_are_signed(share: float | None, words: str) -> None:
    assert signed(share) == words
