from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from support.models import release, small_model

from recsvc.cache.key import tag_of
from recsvc.model.registry import Registry
from recsvc.outcomes.experiment import Assignment, Experiment, Variant, VariantKind
from recsvc.ranking.query import Placement, Query, UserKey
from recsvc.serving.described_experiments import as_json, from_json, read_experiments
from recsvc.serving.experiments import ExperimentsInForce
from recsvc.serving.live_model import LiveModel, SecondVersion
from recsvc.store.experiments import Drawn, StoredExperiment
from recsvc.store.store import Store, open_store

CONTROL = Variant("A", 0.5, VariantKind.CONTROL)
TEST = Experiment("first", "for_you", (CONTROL, Variant("B", 0.5, VariantKind.HOLD_OUT)), 100, 200)
NEWER = replace(
    TEST, variants=(CONTROL, Variant("B", 0.5, VariantKind.MODEL_VERSION, model_version="2")), end_us=None
)
RULES = replace(
    TEST, variants=(CONTROL, Variant("B", 0.5, VariantKind.RULES, {"base": "trending", "pins": []}))
)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(f"sqlite:///{tmp_path}/store.db")
    yield opened
    opened.close()


class Clock:
    now_us = 150

    def __call__(self) -> int:
        return self.now_us


def put(store: Store, experiment: Experiment) -> None:
    store.experiments.put(StoredExperiment(experiment.name, as_json(experiment), 1), lambda _stored: None)


def following(store: Store, clock: Any = None, **parts: Any) -> ExperimentsInForce:
    made = ExperimentsInForce(clock=clock or Clock(), **parts)
    made.follow(store, store.position())
    return made


def shopper_of(variant: str, experiment: Experiment = TEST) -> str:
    names = (f"u{n}" for n in range(99))
    return next(n for n in names if Assignment(experiment).variant_of(UserKey("user", n)).name == variant)


def label(experiments: ExperimentsInForce, user_id: str) -> str | None:
    treatment = experiments.treatment_of(Query(user_id=user_id))
    return None if treatment is None else treatment.label


@pytest.mark.parametrize("experiment", [TEST, NEWER, RULES])
def test_an_experiment_is_stored_and_read_as_it_is(experiment: Experiment) -> None:
    assert from_json("first", as_json(experiment)) == experiment


def test_what_another_version_stored_is_left_out(store: Store) -> None:
    put(store, TEST)
    store.experiments.put(StoredExperiment("second", {"variants": 3}, 1), lambda _stored: None)
    assert read_experiments(store.experiments.all()) == [TEST]


def test_it_begins_and_ends_by_the_clock_and_each_time_lists_are_based_on_something_else(
    store: Store,
) -> None:
    clock, numbers = Clock(), []
    put(store, TEST)
    experiments = following(store, clock)
    for clock.now_us, is_running in ((99, False), (100, True), (199, True), (200, False)):
        experiments.follow(store, store.position())
        assert (label(experiments, "ada") is not None) == is_running
        numbers.append(experiments.state.number)
    assert len(set(numbers)) == 3, "nothing changed from 100 to 199"


def test_only_its_placement_and_only_somebody_is_in_it(store: Store) -> None:
    put(store, TEST)
    experiments = following(store)
    assert experiments.treatment_of(Query(Placement.DISCOVER, user_id="ada")) is None
    assert experiments.treatment_of(Query()) is None
    assert experiments.treatment_of(Query(session_id="s")) is not None


def test_rules_that_are_not_used_are_said_and_the_control_is_given(store: Store) -> None:
    put(store, RULES)
    name = shopper_of("B", RULES)
    used = following(store)
    treatment = used.treatment_of(Query(user_id=name))
    assert (treatment.rules, treatment.placement, used.problem()) == ("first:B", Placement.TRENDING, None)
    refused = following(store, problem_of=lambda label: f"{label} costs too much")
    assert label(refused, name) == "first:A"
    assert refused.problem() == "experiment first: variant B shows the control: first:B costs too much"


def test_a_version_is_shown_once_it_is_loaded_and_stays_when_another_is_live(
    store: Store, registry: Registry
) -> None:
    registry.publish(small_model(), release("2"), activate=False)
    live_model = LiveModel(registry, 60)
    live_model.refresh()
    second = SecondVersion(live_model, 60)
    put(store, NEWER)
    experiments = following(store, second=second)
    name = shopper_of("B", NEWER)
    assert label(experiments, name) == "first:A"
    assert experiments.problem() == "experiment first: variant B shows the control: version 2 is not loaded"
    before = experiments.state.number
    second.refresh()
    experiments.follow(store, store.position())
    shown = experiments.treatment_of(Query(user_id=name))
    assert (shown.label, shown.live.manifest.model_version) == ("first:B", "2")
    assert (experiments.problem(), experiments.state.number != before) == (None, True)
    registry.activate("2")
    live_model.refresh()
    experiments.follow(store, store.position())
    assert experiments.treatment_of(Query(user_id=name)).live is live_model.version
    store.experiments.delete("first", 1)
    experiments.follow(store, store.position())
    assert second.wanted(None) is None


def test_a_version_that_cannot_be_loaded_is_said(store: Store, registry: Registry) -> None:
    live_model = LiveModel(registry, 60)
    live_model.refresh()
    second = SecondVersion(live_model, 60)
    put(store, NEWER)
    experiments = following(store, second=second)
    second.refresh()
    experiments.follow(store, store.position())
    assert "variant B shows the control: " in experiments.problem()
    assert "2" in second.problem


def test_members_are_followed_and_their_lists_end(store: Store) -> None:
    put(store, TEST)
    ended = []
    name = shopper_of("A")
    experiments = following(store, invalidate=ended.append)
    drawn = experiments.drawn_for(UserKey("session", "s"), UserKey("user", name))
    assert [(one.experiment, one.start_us, one.of_user) for one in drawn] == [("first", 100, "A")]
    changed = [Drawn("first", 100, "B", "A")]
    store.users.merge("session", "s", name, 5, drawn_for=lambda _source, _user: changed)
    experiments.follow(store, store.position())
    assert label(experiments, name) == "first:B"
    assert ended == [tag_of(UserKey("user", name))]
    assert experiments.members_of("first") == {name: "B"}
    store.users.erase(name, 6)
    experiments.follow(store, store.position())
    assert experiments.members_of("first") == {}
    assert label(experiments, name) == "first:A"


def test_two_variants_and_two_experiments_have_digests_of_their_own(store: Store) -> None:
    put(store, TEST)
    experiments = following(store)
    digests = {experiments.treatment_of(Query(user_id=shopper_of(name))).digest for name in ("A", "B")}
    put(store, replace(TEST, start_us=101))
    experiments.follow(store, store.position())
    digests |= {experiments.treatment_of(Query(user_id=shopper_of(name))).digest for name in ("A", "B")}
    assert len(digests) == 4
