"""The made-up visits of the demo."""

import json
from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from urllib.request import Request

import numpy as np
import pytest
from flask.testing import FlaskClient
from rich.console import Console
from support.models import small_model, with_categories

from recsvc.app import EXTENSION, create_app
from recsvc.catalogue.item import Item
from recsvc.cli.demo import experiment_in
from recsvc.cli.simulated_experiment import SimulatedExperiment
from recsvc.cli.simulated_visits import ShownList, SimulatedShoppers
from recsvc.cli.simulation import EPOCH, Simulation
from recsvc.model.registry import Registry
from recsvc.outcomes.recommendation_id import RecommendationIds
from recsvc.ranking.query import UserKey
from recsvc.serving.described_experiments import as_json
from recsvc.settings.settings import Settings
from recsvc.store.event import DAY_US, EventType
from recsvc.store.experiments import StoredExperiment
from recsvc.store.store import Store, open_store

DAYS = [date(2026, 6, 1) + timedelta(days=ago) for ago in range(28)]
ADA, BOB = 0, 3
LIST = ShownList("list", ("tea", "hammer", "milk", "saw", "cake", "nails"))


def many_visits(user_index: int, seed: int = 1, n: int = 400) -> list[dict[str, Any]]:
    """Return what a shopper does who is given the same list again and again."""
    shoppers = SimulatedShoppers(with_categories(small_model()), {"tea": 3.0}, DAYS, seed)
    events = []
    for _ in range(n // len(DAYS)):
        events += shoppers.events_of(user_index, dict.fromkeys(DAYS, (LIST,)))
        shoppers = SimulatedShoppers(shoppers.model, shoppers.prices, DAYS, shoppers.seed + 1)
    return events


def counted(events: list[dict[str, Any]], kind: str, field: str) -> Counter[Any]:
    return Counter(event.get(field) for event in events if event["type"] == kind)


def test_the_same_seed_makes_the_same_visits_and_another_one_others() -> None:
    assert many_visits(ADA) == many_visits(ADA)
    assert many_visits(ADA) != many_visits(ADA, seed=100)


def test_shoppers_come_on_the_days_and_at_most_once_a_day() -> None:
    shoppers = SimulatedShoppers(small_model(), {}, DAYS)
    for user_index in range(4):
        days = shoppers.visits_of(user_index)
        assert days
        assert days == sorted(set(days))
        assert set(days) <= set(DAYS)


def test_what_stands_first_is_seen_and_opened_more_often() -> None:
    events = many_visits(ADA)
    seen = Counter(event["position"] for event in events if event.get("seen"))
    assert counted(events, "impression", "position")[6] == counted(events, "impression", "position")[1]
    assert seen[1] > seen[3] > seen[6] > 0


def test_shoppers_open_what_they_like() -> None:
    drinks, tools = {"tea", "milk", "cake"}, {"hammer", "saw", "nails"}
    for user_index, liked, other in ((ADA, drinks, tools), (BOB, tools, drinks)):
        opened = counted(many_visits(user_index), "click", "item_id")
        assert sum(opened[one] for one in liked) > 2 * sum(opened[one] for one in other)


def test_nothing_is_opened_unseen_put_in_unopened_or_sent_back_unbought() -> None:
    events = many_visits(ADA)
    for day in DAYS[:5]:
        of_day = [event for event in events if event["occurred_at"].startswith(day.isoformat())]
        seen = {event["item_id"] for event in of_day if event.get("seen")}
        clicked = {event["item_id"] for event in of_day if event["type"] == "click"}
        carted = {event["item_id"] for event in of_day if event["type"] == "add_to_cart"}
        assert carted <= clicked <= seen
    bought = {(event["order_id"], event["item_id"]) for event in events if event["type"] == "purchase"}
    back = {(event["order_id"], event["item_id"]) for event in events if event["type"] == "return"}
    assert back
    assert back <= bought
    assert max(event["occurred_at"] for event in events) < "2026-06-30"


def test_orders_name_the_price_where_it_is_known() -> None:
    events = many_visits(ADA)
    assert {event.get("unit_price") for event in events if event["type"] == "purchase"} == {3.0, None}


class TestOverHttp:
    @pytest.fixture
    def client(self, registry: Registry) -> Iterator[FlaskClient]:
        app = create_app(Settings(models_dir=registry.directory, log_level="error"))
        yield app.test_client()
        app.extensions[EXTENSION].close()

    @pytest.fixture
    def stored(self, registry: Registry) -> Iterator[Store]:
        store = open_store(f"sqlite:///{registry.directory}/recsvc.db")
        yield store
        store.close()

    def simulate(
        self, client: FlaskClient, stored: Store, log: Path, experiment: SimulatedExperiment | None = None
    ) -> str:
        def ask(request: Request) -> dict[str, Any]:
            path = request.full_url.removeprefix("http://shop")
            answer = client.post(path, data=request.data, content_type="application/json")
            assert answer.status_code in (200, 202), answer.text
            found: dict[str, Any] = json.loads(answer.text)
            return found

        with log.open("w") as file:
            simulation = Simulation(Console(file=file, width=200), ask, "http://shop", small_model(), stored)
            simulation.run(DAYS, experiment)
        return log.read_text()

    def test_events_name_lists_that_were_given_as_if_on_their_day(
        self, client: FlaskClient, stored: Store, tmp_path: Path
    ) -> None:
        stored.catalogue.put([Item("tea", price=3.5)])
        told = self.simulate(client, stored, tmp_path / "log")
        assert "Simulated 28 days of visits by 4 shoppers" in told
        ids = RecommendationIds(stored.secret("recsvc lists"))
        shown = [
            event
            for user_id in ("ada", "ann", "ben", "bob")
            for event in stored.events.history_of(user_id, types={EventType.IMPRESSION})
        ]
        assert shown
        for event in shown:
            origin = ids.read(event.recommendation_id or "")
            assert origin is not None
            assert EPOCH + timedelta(days=origin.day) == date.fromisoformat(
                str(np.datetime64(event.occurred_at_us, "us").astype("datetime64[D]"))
            )
            assert origin.placement in ("for_you", "discover", "buy_again")
            assert origin.kind_at(event.position) != ("", "")

    def test_it_says_one_line_where_there_is_no_terminal(
        self, client: FlaskClient, stored: Store, tmp_path: Path
    ) -> None:
        assert len(self.simulate(client, stored, tmp_path / "log").strip().splitlines()) == 1

    def test_who_is_held_out_sees_no_list_from_the_start_on_and_leaves_a_trace_of_each_visit(
        self, client: FlaskClient, stored: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("recsvc.cli.simulated_experiment.EVERYWHERE_SECONDS", 0.0)
        monkeypatch.setattr("recsvc.cli.simulated_visits.MEAN_VISITS", 20.0)
        start = DAYS[7]
        experiment = next(
            found
            for n in range(100)
            if (found := SimulatedExperiment.named(f"demo-{n}", start)).is_held_out(UserKey("user", "ada"))
            and not found.is_held_out(UserKey("user", "bob"))
        )
        self.simulate(client, stored, tmp_path / "log", experiment)
        name = experiment.experiment.name
        assert stored.experiments.get(name) is not None
        start_us = experiment.experiment.start_us
        ids = RecommendationIds(stored.secret("recsvc lists"))
        for user_id, variant in (("ada", "hold-out"), ("bob", "control")):
            done = stored.events.history_of(user_id)
            shown = [
                (event.occurred_at_us >= start_us, origin.placement, origin.variant)
                for event in done
                if event.type is EventType.IMPRESSION
                and (origin := ids.read(event.recommendation_id or "")) is not None
            ]
            before = {row[1:] for row in shown if not row[0]}
            since = {row[1:] for row in shown if row[0]}
            assert ("for_you", "") in before
            assert {of for _, of in before} == {""}
            assert (("for_you", f"{name}:control") in since) == (variant == "control")
            assert since
            assert f"{name}:hold-out" not in {of for _, of in since}
            viewed = {event.occurred_at_us // DAY_US for event in done if event.type is EventType.VIEW}
            assert {
                event.occurred_at_us // DAY_US for event in done if event.type is EventType.IMPRESSION
            } <= viewed

    def test_groups_stay_of_their_size_where_there_is_no_time_for_all_lists(
        self, client: FlaskClient, stored: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("recsvc.cli.simulation.ASKING_SECONDS", 0.0)
        monkeypatch.setattr("recsvc.cli.simulated_experiment.EVERYWHERE_SECONDS", 0.0)
        told = self.simulate(client, stored, tmp_path / "log", SimulatedExperiment.of(DAYS[7], []))
        assert "by 0 shoppers" in told


class TestTheExperiment:
    def test_it_lets_those_see_lists_whom_people_can_be_and_holds_out_a_third_of_the_others(self) -> None:
        seeing = ["ada", "ann", "ben", "bob", "somebody-new"]
        found = SimulatedExperiment.of(DAYS[7], seeing)
        assert not any(found.is_held_out(UserKey("user", one)) for one in seeing)
        others = [found.is_held_out(UserKey("user", f"u{n}")) for n in range(2_000)]
        assert 0.3 < sum(others) / 2_000 < 0.4
        assert found.experiment.start_us == 1_780_876_800_000_000

    def test_one_that_does_not_come_into_force_leaves_nothing(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("recsvc.cli.simulated_experiment.TAKEN_UP_SECONDS", 0.0)
        store = open_store(f"sqlite:///{tmp_path}/store.db")
        store.prepare()
        assert not SimulatedExperiment.of(DAYS[7], []).put(store, lambda: False)
        assert store.experiments.all() == []
        store.close()

    def test_it_begins_after_a_week_of_four_and_only_where_there_is_none(self, tmp_path: Path) -> None:
        store = open_store(f"sqlite:///{tmp_path}/store.db")
        store.prepare()
        found = experiment_in(DAYS, small_model(), store)
        assert found is not None
        assert found.start == DAYS[7]
        assert experiment_in(DAYS[:3], small_model(), store) is None
        body = as_json(found.experiment)
        store.experiments.put(StoredExperiment("spring", body, 0), lambda _: None)
        assert experiment_in(DAYS, small_model(), store) is None
        store.close()
