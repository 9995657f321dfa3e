"""Experiments: made by a form, looked at, stopped; each refusal stands at the field that is wrong."""

import re
from collections.abc import Callable
from datetime import date
from html import unescape
from threading import Event as Signal
from typing import Any

import numpy as np
from flask.testing import FlaskClient
from support.events import event
from support.pages import send

from recsvc.clock import now_us
from recsvc.errors import OverloadedError
from recsvc.outcomes.experiment import Assignment, Experiment, Metric, Variant, VariantKind
from recsvc.outcomes.experiment_results import ShopperFigures, results_of
from recsvc.outcomes.recommendation_id import ListOrigin, RecommendationIds
from recsvc.outcomes.shopper_sums import ShopperSums
from recsvc.outcomes.verdict import Progress
from recsvc.ranking.query import UserKey
from recsvc.rules.placement_rules import PlacementRules
from recsvc.serving.described_experiments import as_json
from recsvc.serving.results_board import ResultsBoard
from recsvc.store.api_keys import Scope
from recsvc.store.event import DAY_US
from recsvc.store.experiments import StoredExperiment
from recsvc.store.store import Store
from recsvc.web.experiment_form import ExperimentForm, VariantRow, read

NEW = "/console/experiments/new"
GOOD: dict[str, Any] = {
    "name": "spring", "placement": "for_you", "start": "", "end": "", "min_effect": "5", "metric": "revenue",
    "variant-0": "control", "share-0": "50", "shows-0": "control",
    "variant-1": "B", "share-1": "50", "shows-1": "placement:trending",
}  # fmt: skip
SECOND_US = 1_000_000


def variants(*kinds: VariantKind) -> tuple[Variant, ...]:
    """Return variants A, B … of these kinds and of the same share."""
    return tuple(
        Variant(name, 1 / len(kinds), kind, rules={} if kind is VariantKind.RULES else None)
        for name, kind in zip("ABCD", kinds, strict=False)
    )


def put(
    store: Store, name: str = "spring", start: float = -10, end: float | None = None, **fields: Any
) -> Experiment:
    """Store an experiment that starts and ends some days from now."""
    moment = now_us()
    experiment = Experiment(
        name,
        **{"placement": "for_you", "variants": variants(VariantKind.CONTROL, VariantKind.RULES), **fields},
        start_us=moment + round(start * DAY_US),
        end_us=None if end is None else moment + round(end * DAY_US),
    )
    store.experiments.put(StoredExperiment(name, as_json(experiment), moment), lambda _: None)
    return experiment


def made(client: FlaskClient, **fields: Any) -> Any:
    return send(client, NEW, NEW, **{**GOOD, **fields})


def error_at(page: Any, field: str) -> str:
    """Return what a page says is wrong with a field, which names it as what describes it."""
    found = re.search(rf'<p class="error" id="{field}-error">(.*?)</p>', page.text)
    assert found, page.text
    assert re.search(rf'id="{field}"[^>]*aria-describedby="[^"]*{field}-error"', page.text)
    return unescape(found[1])


def test_an_experiment_is_made_by_a_form_and_noted(anybody: FlaskClient, stored: Store) -> None:
    answer = made(anybody, metric="orders", min_effect="2,5", end="2099-01-01T00:00")
    assert answer.status_code == 303
    assert answer.location == "/console/experiments/spring?done=made"
    found = stored.experiments.get("spring")
    assert found is not None
    assert found.body["metric"] == "orders"
    assert found.body["min_effect"] == 0.025
    assert [(one["name"], one["kind"], one["share"]) for one in found.body["variants"]] == [
        ("control", "control", 0.5), ("B", "placement", 0.5),
    ]  # fmt: skip
    entry = stored.audit.newest(1)[0]
    assert (entry.action, entry.subject) == ("experiment-started", "spring")
    assert entry.body == {"before": None, "after": found.body}
    assert "started the experiment spring" in anybody.get("/console/changes").text
    assert "It runs" in anybody.get(answer.location).text
    assert "spring" in anybody.get("/console/experiments").text


WRONG: list[tuple[dict[str, str], str, str]] = [
    ({"name": "Spring sale"}, "name", "small letters"),
    ({"name": "new"}, "name", "another name"),
    ({"placement": "nowhere"}, "placement", "no such placement"),
    ({"start": "2020-01-01T00:00"}, "start", "in the past"),
    ({"start": "soon"}, "start", "a day and a time"),
    ({"end": "2020-01-01T00:00"}, "end", "after it starts"),
    ({"start": "2099-02-01T00:00", "end": "2099-01-01T00:00"}, "end", "after it starts"),
    ({"end": "2099-13-01T00:00"}, "end", "a day and a time"),
    ({"min_effect": "0"}, "min_effect", "percent"),
    ({"metric": "joy"}, "metric", "one of the three"),
    ({"variant-1": ""}, "variant-1", "1 to 20 letters"),
    ({"variant-1": "control"}, "variant-1", "Two variants are called control"),
    ({"share-1": "half"}, "share-1", "percent"),
    ({"share-1": "-50"}, "share-1", "percent"),
    ({"shows-1": ""}, "shows-1", "what its shoppers see"),
    ({"shows-1": "rules:nowhere"}, "shows-1", "what its shoppers see"),
    ({"shows-1": "placement:similar"}, "shows-1", "needs item_ids"),
    ({"shows-1": "model_version:9"}, "shows-1", "no version"),
    ({"share-1": "40"}, "variants", "90\N{NO-BREAK SPACE}% together"),
    ({"shows-1": "control"}, "variants", "One is enough"),
    ({"shows-0": "rules", "shows-1": "rules"}, "variants", "the list as it is"),
    ({"variant-1": "", "share-1": "", "shows-1": ""}, "variants", "at least two"),
]  # fmt: skip


def test_what_is_wrong_is_said_at_the_field(anybody: FlaskClient, stored: Store) -> None:
    for fields, field, says in WRONG:
        page = made(anybody, **fields)
        assert page.status_code == 422, fields
        assert says in error_at(page, field)
        assert page.text.count('class="error"') == 1, fields
        assert f'<a href="#{field}">' in page.text, "the summary leads to it"
        for name, value in {**GOOD, **fields}.items():
            if name in ("name", "min_effect", "variant-0"):
                assert f'value="{value}"' in page.text, "what was written stays"
    assert stored.experiments.all() == []
    assert stored.audit.newest(9) == []


def test_two_of_a_name_or_on_a_placement_are_refused_at_the_field(anybody: FlaskClient) -> None:
    assert made(anybody).status_code == 303
    assert "of that name" in error_at(made(anybody), "name")
    assert "spring runs on for_you" in error_at(made(anybody, name="summer"), "placement")


def test_rules_of_another_placement_are_taken_and_the_ranking_stays(anybody: FlaskClient) -> None:
    rules = {"base": "discover", "min_stock": 2.0}
    assert anybody.put("/v1/placements/garden", json=rules).status_code in (200, 201)
    form = ExperimentForm.of_fields({**GOOD, "shows-1": "rules:garden"})
    placements = {"for_you": PlacementRules(), "garden": PlacementRules.model_validate(rules)}
    experiment, problems = read(form, placements, [], 1)
    assert problems == {}
    assert experiment is not None
    rules_of_b = experiment.variants[1].rules or {}
    assert rules_of_b["min_stock"] == 2.0
    assert "base" not in rules_of_b
    assert made(anybody, **{"shows-1": "rules:garden"}).status_code == 303


def test_a_row_more_loses_nothing_that_was_written(anybody: FlaskClient, stored: Store) -> None:
    page = made(anybody, more="1", name="Not yet right")
    assert page.status_code == 200
    assert 'value="Not yet right"' in page.text
    assert page.text.count('id="shows-') == 4
    assert stored.experiments.all() == []
    many = ExperimentForm(variants=(VariantRow("A"),)).with_rows(99)
    assert len(many.variants) == 10


def test_the_form_begins_with_a_hold_out_where_that_is_asked_for(anybody: FlaskClient) -> None:
    page = anybody.get(f"{NEW}?kind=hold_out&placement=trending").text
    assert '<option value="hold_out" selected>' in page
    assert '<option value="trending" selected>' in page


def test_one_that_runs_is_stopped_once_after_a_question(anybody: FlaskClient, stored: Store) -> None:
    experiment = put(stored)
    page = anybody.get("/console/experiments/spring/stop").text
    assert "Stop this experiment?" in page
    opened = "/console/experiments/spring/stop"
    assert anybody.post(opened, data={}).status_code == 403, "without the token of a form"
    before = now_us()
    answer = send(anybody, opened, opened)
    assert answer.location == "/console/experiments/spring?done=stopped"
    found = stored.experiments.get("spring")
    assert found is not None
    assert before <= found.body["end_us"] <= now_us()
    assert {**found.body, "end_us": None} == as_json(experiment)
    assert [entry.action for entry in stored.audit.newest(9)] == ["experiment-stopped"]
    again = send(anybody, opened, "/console/experiments/new")
    assert again.location == "/console/experiments/spring"
    assert len(stored.audit.newest(9)) == 1
    assert anybody.get(opened).location == "/console/experiments/spring"


def test_one_that_is_planned_is_called_off(anybody: FlaskClient, stored: Store) -> None:
    put(stored, start=3, end=9)
    page = anybody.get("/console/experiments/spring").text
    assert "It starts on" in page
    assert "Call it off" in page
    opened = "/console/experiments/spring/stop"
    assert send(anybody, opened, opened).location == "/console/experiments?done=called-off"
    assert stored.experiments.all() == []
    assert stored.audit.newest(1)[0].action == "experiment-called-off"
    assert anybody.get("/console/experiments/spring").status_code == 404


def test_who_may_see_and_stop_experiments(signed_in: Callable[..., FlaskClient], stored: Store) -> None:
    put(stored)
    pages = ("", "/new", "/spring", "/spring/stop")
    for scope, status in ((Scope.SUPPORT, 403), (Scope.MERCHANDISE, 200), (Scope.ADMIN, 200)):
        client = signed_in(scope)
        for page in pages:
            assert client.get(f"/console/experiments{page}").status_code == status, (scope, page)
    assert send(signed_in(Scope.SUPPORT), "/console/experiments/spring/stop").status_code == 403


def grown(store: Store, experiment: Experiment, n: int = 300) -> None:
    """Let ``n`` shoppers do something since the start; those of the second variant spend twice as much."""
    assignment, ids = Assignment(experiment), RecommendationIds(store.secret("recsvc lists"))
    start = experiment.start_us // SECOND_US + 1
    events = []
    for number in range(n):
        user = f"u{number}"
        variant = assignment.variant_of(UserKey("user", user))
        origin = ListOrigin("for_you", experiment.label(variant), "1", experiment.start_us // DAY_US)
        shown = ids.write(origin, user.encode(), [("als", "your_taste")])
        price = 10.0 + number % 3 + (10.0 if variant.name == "B" else 0.0)
        told = {"user_id": user, "recommendation_id": shown, "position": 1}
        events += [
            event("tea", start + 3 * number, "impression", **told),
            event("tea", start + 3 * number + 1, "click", **told),
            event("tea", start + 3 * number + 2, user_id=user, unit_price=price, order_id=f"o{number}"),
        ]
    store.events.append(events)


def counted(client: FlaskClient, address: str) -> str:
    """Return a page once its figures are counted."""
    for _ in range(100):
        page = unescape(client.get(address).text)
        if "being counted" not in page:
            return page
        Signal().wait(0.1)
    raise AssertionError(page)


def test_the_figures_are_drawn_and_stand_in_the_table(anybody: FlaskClient, stored: Store) -> None:
    grown(stored, put(stored))
    page = counted(anybody, "/console/experiments/spring")
    assert "There is a better one" in page
    assert "Variant B earns" in page
    drawn = re.search(r'<desc id="drawn-revenue-says">B: (.*?) \((.*?) to (.*?)\)\.</desc>', page)
    assert drawn, page
    table = page[page.index('<h2 id="revenue">') :]
    for figure in drawn.groups():
        assert figure in table[table.index("<table>") :]
    assert 'role="img" aria-labelledby="drawn-revenue-title drawn-revenue-says"' in page
    assert "300 shoppers" in page
    listed = counted(anybody, "/console/experiments")
    assert "There is a better one" in listed
    assert "style=" not in page, "the policy forbids it"


def test_uneven_groups_are_an_alarm_and_no_verdict(anybody: FlaskClient, stored: Store) -> None:
    experiment = put(stored)
    assignment = Assignment(experiment)
    of_a = [f"u{n}" for n in range(1200) if assignment.variant_of(UserKey("user", f"u{n}")).name == "A"]
    start = experiment.start_us // SECOND_US + 1
    stored.events.append(
        [event("tea", start + n, user_id=user, unit_price=5.0) for n, user in enumerate(of_a)]
    )
    page = counted(anybody, "/console/experiments/spring")
    assert "cannot be trusted" in page
    assert "the groups are not of the size they should be" in page
    assert "Do not trust it" in counted(anybody, "/console/experiments")


def test_shoppers_in_two_variants_are_an_alarm(anybody: FlaskClient, stored: Store) -> None:
    experiment = put(stored)
    assignment, ids = Assignment(experiment), RecommendationIds(stored.secret("recsvc lists"))
    start, events = experiment.start_us // SECOND_US + 1, []
    for n in range(200):
        theirs = assignment.variant_of(UserKey("user", f"u{n}"))
        other = next(one for one in experiment.variants if one is not theirs)
        shown = ids.write(ListOrigin("for_you", experiment.label(other), "1", 1), b"", [])
        events.append(event("tea", start + n, "click", user_id=f"u{n}", recommendation_id=shown, position=1))
    stored.events.append(events)
    assert "200 of 200 shoppers saw a variant that is not theirs" in counted(
        anybody, "/console/experiments/spring"
    )


def test_a_page_does_not_wait_for_what_takes_long_to_count() -> None:
    experiment = Experiment("spring", "for_you", variants(VariantKind.CONTROL, VariantKind.RULES), 0)
    goes_on, calls = Signal(), []

    def count(name: str) -> Any:
        calls.append(name)
        assert goes_on.wait(10)
        return _nothing(experiment)

    board = ResultsBoard(count)
    board.start()
    assert board.look(experiment).results is None
    assert board.look(experiment, wait_seconds=0.01).results is None
    goes_on.set()
    assert board.look(experiment, wait_seconds=10).results is not None
    assert calls == ["spring"], "who looks meanwhile has it counted once"
    changed = Experiment("spring", "for_you", experiment.variants, 0, 5)
    assert board.look(changed).results is None, "what was changed has no figures yet"
    board.stop()


def test_a_count_that_fails_is_said_and_tried_again() -> None:
    experiment = Experiment("spring", "for_you", variants(VariantKind.CONTROL, VariantKind.RULES), 0)
    answers: list[Any] = [OSError("no disk"), OverloadedError("others count"), _nothing(experiment)]

    def count(_name: str) -> Any:
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    board = ResultsBoard(count)
    board.start()
    assert board.look(experiment, wait_seconds=10).has_failed
    busy = board.look(experiment, wait_seconds=10)
    assert busy.results is None
    assert not busy.has_failed, "that others count is no failure"
    found = board.look(experiment, wait_seconds=10)
    assert found.results is not None
    assert not found.has_failed
    board.stop()


def _nothing(experiment: Experiment) -> Any:
    none = {metric: np.zeros(0) for metric in Metric}
    past = {metric: ShopperSums.of(np.zeros(0), np.zeros(0)) for metric in Metric}
    figures = ShopperFigures(np.zeros(0, dtype=np.int64), none, none, past)
    return results_of(experiment, figures, Progress(date(2026, 1, 1), 1.0))


def test_a_few_shoppers_who_make_most_of_the_revenue_are_said(anybody: FlaskClient, stored: Store) -> None:
    experiment = put(stored)
    start = experiment.start_us // SECOND_US
    for second, order in ((-900_000, "before"), (1, "since")):
        prices = [900.0 if number < 10 and order == "since" else 2.0 + number % 5 for number in range(400)]
        stored.events.append(
            [
                event("tea", start + second + n, user_id=f"u{n}", unit_price=price, order_id=f"{order}{n}")
                for n, price in enumerate(prices)
            ]
        )
    page = counted(anybody, "/console/experiments/spring").replace("\N{NO-BREAK SPACE}", " ")
    assert "10 shoppers make 85 % of the revenue, so chance decides over it for long." in page
    assert "With at most 6.00 of each counted, B earns between" in page
    assert '<h2 id="capped">Revenue, at most €6.00 of each, per shopper' in page
    assert "10 shoppers of 400 make 85 % of the revenue" in page
    told = anybody.get("/v1/experiments/spring/results").json
    assert told["revenue_tail"] == {"shoppers": 10, "share": 0.8523, "is_heavy": True, "cap": 6.0}
    assert [one["revenue_capped"]["compared"] is None for one in told["variants"]] == [True, False]
