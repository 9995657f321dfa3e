from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from recsvc.errors import ConflictError, ExperimentError, OverloadedError
from recsvc.outcomes.experiment import Experiment, Variant, VariantKind
from recsvc.outcomes.verdict import Conclusion
from recsvc.serving import experiment_desk
from recsvc.serving.described_experiments import as_json
from recsvc.serving.experiment_desk import ExperimentDesk, progress_of
from recsvc.serving.shop import Shop
from recsvc.store.event import Event, EventType
from recsvc.store.experiments import StoredExperiment
from recsvc.store.store import Store, open_store

DAY_US = 86_400_000_000
NOW_US = 1000 * DAY_US
CONTROL = Variant("A", 0.5, VariantKind.CONTROL)
TEST = Experiment("first", "for_you", (CONTROL, Variant("B", 0.5, VariantKind.HOLD_OUT)), NOW_US)
NEWER = Variant("B", 0.5, VariantKind.MODEL_VERSION, model_version="2")


class Clock:
    now_us = NOW_US

    def __call__(self) -> int:
        return self.now_us


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(f"sqlite:///{tmp_path}/store.db")
    yield opened
    opened.close()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def desk(store: Store, clock: Clock) -> ExperimentDesk:
    return ExperimentDesk(store, Shop(), lambda: ["1", "2", "3"], lambda _label, _rules: None, clock)


def test_it_is_said_how_far_an_experiment_has_come() -> None:
    ends = replace(TEST, end_us=NOW_US + 7 * DAY_US)
    found = [progress_of(ends, NOW_US + days * DAY_US) for days in (-1, 2, 9)]
    assert [(one.days, one.has_ended) for one in found] == [(-1, False), (2, False), (7, True)]


def test_results_are_kept_for_a_minute(
    desk: ExperimentDesk, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.put(TEST)
    store.events.append([Event(EventType.VIEW, "tea", NOW_US + 1, NOW_US + 1, "ada")])
    assert desk.results("first").shoppers == 1
    store.events.append([Event(EventType.VIEW, "tea", NOW_US + 2, NOW_US + 2, "bob")])
    assert desk.results("first").shoppers == 1
    monkeypatch.setattr(experiment_desk, "KEPT_SECONDS", 0.0)
    assert desk.results("first").shoppers == 2
    assert desk.results("second") is None


def test_while_others_read_results_a_request_does_not_wait_for_ever(
    desk: ExperimentDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.put(TEST)
    monkeypatch.setattr(experiment_desk, "WAIT_SECONDS", 0.01)
    with desk._lock, pytest.raises(OverloadedError, match="ask again in a minute"):
        desk.results("first")


def test_nothing_is_concluded_before_the_start(desk: ExperimentDesk) -> None:
    desk.put(replace(TEST, start_us=NOW_US + DAY_US))
    assert desk.results("first").verdict.conclusion is Conclusion.NOT_STARTED


def test_one_version_beside_the_live_one_is_shown_at_a_time(desk: ExperimentDesk) -> None:
    two = (
        replace(CONTROL, share=0.2),
        replace(NEWER, share=0.4),
        replace(NEWER, name="C", share=0.4, model_version="3"),
    )
    with pytest.raises(ExperimentError, match="got 2 and 3: compare one after the other"):
        desk.put(replace(TEST, variants=two))
    desk.put(replace(TEST, variants=(CONTROL, NEWER), end_us=NOW_US + DAY_US))
    other = replace(
        TEST, name="second", placement="discover", variants=(CONTROL, replace(NEWER, model_version="3"))
    )
    with pytest.raises(ConflictError, match="experiment first shows version 2 at that time"):
        desk.put(other)
    assert desk.put(replace(other, start_us=NOW_US + DAY_US))


def test_there_are_only_so_many(desk: ExperimentDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(experiment_desk, "MAX_EXPERIMENTS", 1)
    desk.put(TEST)
    with pytest.raises(ConflictError, match="there are 1 experiments already"):
        desk.put(replace(TEST, name="second", placement="discover"))
    assert not desk.put(replace(TEST, end_us=NOW_US + DAY_US))


def test_what_shows_something_that_is_gone_is_ended_all_the_same(store: Store, clock: Clock) -> None:
    versions = ["1", "2"]
    desk = ExperimentDesk(store, Shop(), lambda: versions, lambda _label, _rules: None, clock)
    running = replace(TEST, variants=(CONTROL, NEWER), end_us=NOW_US + 9 * DAY_US)
    desk.put(running)
    versions.remove("2")
    clock.now_us += DAY_US
    with pytest.raises(ExperimentError, match="there is no version '2'"):
        desk.put(replace(running, end_us=None))
    with pytest.raises(ExperimentError, match="there is no version '2'"):
        desk.put(replace(running, end_us=clock.now_us, min_effect=0.5))
    assert not desk.put(replace(running, end_us=clock.now_us))
    [ended] = desk.all()
    assert ended.end_us == clock.now_us


def test_no_experiment_is_called_what_leads_to_the_form(desk: ExperimentDesk) -> None:
    with pytest.raises(ExperimentError, match=r"experiment new: .* choose another name"):
        desk.put(replace(TEST, name="new"))
    assert not desk.all()


def test_one_that_was_called_so_before_is_ended(desk: ExperimentDesk, store: Store, clock: Clock) -> None:
    called_new = replace(TEST, name="new")
    store.experiments.put(StoredExperiment("new", as_json(called_new), NOW_US), lambda _: None)
    clock.now_us += DAY_US
    assert not desk.put(replace(called_new, end_us=clock.now_us))
