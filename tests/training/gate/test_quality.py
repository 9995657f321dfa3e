"""The gate on a shop of two tastes: a good model, and one that puts the worst first."""

import json
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from support.orders import order_lines

from recsvc.model.model import Model
from training.evaluation.bootstrap import Resampling
from training.evaluation.evaluate import EvaluationOptions, evaluate
from training.evaluation.evaluation import Answers, Evaluation
from training.evaluation.task import Question
from training.fit.counts import Counts
from training.fit.model import fit_model
from training.gate.gate import judge
from training.gate.live import LiveReference
from training.gate.order_profile import OrderProfile
from training.gate.quality import Margin
from training.gate.verdict import State, Verdict
from training.history.interactions import Interactions
from training.history.split import OrderLines, Split, time_split
from training.progress import Silent
from training.settings import TrainingSettings

SETTINGS = TrainingSettings(factors=8, neighbours=20, threads=1)
WORST_FIRST = json.dumps({"blend": {"own_age_days": 1.0}})


def two_tastes() -> OrderLines:
    """A hundred users, the even of whom buy even items of thirty again and again, and bread."""
    lines = []
    for user in range(100):
        taste = [item for item in range(30) if item % 2 == user % 2]
        for place, age in enumerate((200, 150, 100, 3)):
            for step in range(3):
                item = taste[(user + step + (place == 3)) % len(taste)]
                lines.append((f"u{user:02}", f"i{item:02}", age, f"{user}-{place}"))
            lines.append((f"u{user:02}", "bread", age, f"{user}-{place}"))
    lines.append(("last", "bread", 0, "last"))
    return OrderLines(order_lines(*lines), order_lines().clear())


@cache
def fitted() -> tuple[Split, Interactions, Model]:
    split = time_split(two_tastes())
    known = Interactions.of(split.train_lines, split.train_guest_lines)
    return split, known, fit_model(Counts.of(known, SETTINGS), SETTINGS, Silent())


def bad(model: Model) -> Model:
    return replace(model, ranker_all=WORST_FIRST, ranker_new=WORST_FIRST)


def measured(model: Model, live_settings: Model | None = None) -> Evaluation:
    split, known, _ = fitted()
    options = EvaluationOptions(threads=1, n_resamples=200, live_settings=live_settings)
    return evaluate(model, known, split, options, Silent())


def live_version(evaluation: Evaluation) -> LiveReference:
    _, known, _ = fitted()
    orders = OrderProfile.of(known)
    counts = {"purchases": orders.purchases}
    kept = {"users": 1.0, "items": 1.0}
    return LiveReference("1", orders.data_through, counts, kept, orders, {}, evaluation.to_json())


def verdict(evaluation: Evaluation | str, live: Evaluation | None, *, forced: bool = False) -> Verdict:
    _, known, _ = fitted()
    before = None if live is None else live_version(live)
    return judge(evaluation, OrderProfile.of(known), before, SETTINGS, forced=forced)


@pytest.fixture(scope="module")
def good() -> Evaluation:
    return measured(fitted()[2])


def test_a_model_as_good_as_the_live_one_is_accepted(good: Evaluation) -> None:
    found = verdict(measured(fitted()[2], live_settings=fitted()[2]), good)
    assert found.accepted, found.refusals
    assert any("live settings" in check.sentence for check in found.checks)


def test_a_model_that_is_worse_than_the_live_settings_is_refused_with_the_figures(good: Evaluation) -> None:
    model = fitted()[2]
    found = verdict(measured(bad(model), live_settings=model), good)
    assert not found.accepted
    sentences = " ".join(check.sentence for check in found.refusals)
    assert "On all, Recall@20" in sentences
    assert "live settings" in sentences
    assert "margin of 2%" in sentences


def test_a_model_that_is_worse_than_a_simple_answer_is_refused(good: Evaluation) -> None:
    found = verdict(measured(bad(fitted()[2])), good)
    assert any(check.name.startswith("all: NDCG@10 against") for check in found.refusals)


def test_the_first_version_goes_live_and_the_loss_is_told() -> None:
    found = verdict(measured(bad(fitted()[2])), None)
    assert found.accepted
    lost = [check for check in found.checks if "worse by more than the margin" in check.sentence]
    assert lost
    assert {check.state for check in lost} == {State.DOES_NOT_APPLY}
    assert all("first version goes live all the same" in check.sentence for check in lost)


def test_a_check_that_could_not_be_made_is_no_check_that_passed(good: Evaluation) -> None:
    def without(*found: Verdict) -> list[list[str]]:
        return [[check.name for check in one.checks_in(State.DOES_NOT_APPLY)] for one in found]

    only_repeats = replace(good, questions={Question.ALL: good.questions[Question.ALL]})
    first, later, unmeasured = without(
        verdict(good, None), verdict(only_repeats, good), verdict("too few", None)
    )
    assert first == ["the live version"]
    assert {"new: lists", "new: then and now"} <= set(later)
    assert unmeasured == ["lists", "the live version"]
    of_another_release = replace(live_version(good), evaluation={"questions": {}})
    _, known, _ = fitted()
    assert {"all: then and now", "new: then and now"} <= set(
        *without(judge(good, OrderProfile.of(known), of_another_release, SETTINGS))
    )


def test_the_manifest_has_the_state_and_the_boolean_of_earlier_releases(good: Evaluation) -> None:
    checks = verdict(good, None).as_dict()["checks"]
    assert {(check["state"], check["passed"]) for check in checks} == {
        ("passed", True),
        ("does_not_apply", True),
    }
    failed = verdict("too few", good).as_dict()["checks"][-1]
    assert (failed["state"], failed["passed"]) == ("failed", False)


def test_forcing_publishes_and_keeps_the_reasons(good: Evaluation) -> None:
    found = verdict(measured(bad(fitted()[2])), good, forced=True)
    assert found.accepted
    assert found.refusals
    assert found.as_dict()["forced"] is True


def test_figures_that_collapse_are_refused_even_where_nothing_else_is_better(good: Evaluation) -> None:
    recorded = live_version(good)
    for result in recorded.evaluation["questions"].values():
        result["rankers"]["recsvc"]["recall_at_20"]["mean"] = 2.0
    _, known, _ = fitted()
    found = judge(good, OrderProfile.of(known), recorded, SETTINGS)
    assert [check.name for check in found.refusals] == [
        "all: Recall@20 then and now",
        "new: Recall@20 then and now",
    ]


def test_what_was_measured_is_not_replaced_by_what_could_not_be(good: Evaluation) -> None:
    assert not verdict("too few shoppers", good).accepted
    assert verdict("too few shoppers", None).accepted


def test_a_few_shoppers_who_all_lose_about_as_much_are_not_beyond_chance() -> None:
    margin, resampling = Margin(0.02, 0.999), Resampling(n_resamples=500)
    losses = np.asarray([-0.1, -0.3, -0.25, -0.15, -0.4])
    assert not margin.is_exceeded(losses, 0.3, resampling)
    assert margin.is_exceeded(np.tile(losses, 6), 0.3, resampling)
    assert not margin.is_exceeded(losses[:1], 0.3, resampling)


def test_a_segment_of_a_few_shoppers_is_not_judged(good: Evaluation) -> None:
    model = fitted()[2]
    worse = measured(bad(model), live_settings=model)
    assert any("segments" in check.name for check in verdict(worse, good).refusals)
    few = {question: replace(one, answers=fewer(one.answers)) for question, one in worse.questions.items()}
    found = verdict(replace(worse, questions=few), good)
    segments = [check for check in found.checks if "segments" in check.name]
    assert {check.state for check in segments} == {State.DOES_NOT_APPLY}
    assert "no segment has 20 shoppers" in segments[0].sentence


def fewer(answers: Answers) -> Answers:
    segments = {one: members & (np.arange(len(members)) < 19) for one, members in answers.segments.items()}
    return replace(answers, segments=segments)


def test_a_discover_that_shows_everybody_the_same_is_refused(good: Evaluation) -> None:
    same_for_all = replace(fitted()[2], ranker_new=json.dumps({"blend": {"sales_quarter": 1.0}}))
    found = {check.name: check.sentence for check in verdict(measured(same_for_all), good).refusals}
    assert "of them the same" in found["discover: personal"]
