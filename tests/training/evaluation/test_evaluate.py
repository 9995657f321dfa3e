"""The whole protocol on a shop of two tastes, whose answer is known."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from support.orders import order_lines

from recsvc.model.model import Model
from recsvc.ranking.query import Placement, Query
from recsvc.ranking.recommender import Recommender
from training.evaluation.baselines import Baseline
from training.evaluation.evaluate import EvaluationOptions, evaluate, evaluate_orders
from training.evaluation.evaluation import Evaluation, verdict
from training.evaluation.metrics import COVERAGE_AT_10, NDCG_AT_10, RECALL_AT_20
from training.evaluation.scores import evaluate_lists
from training.evaluation.segments import Segment
from training.evaluation.steady import with_changes
from training.evaluation.task import Question
from training.fit.counts import Counts
from training.fit.model import fit_model
from training.history.interactions import Interactions
from training.history.split import OrderLines, Split, time_split
from training.settings import TrainingSettings

OPTIONS = EvaluationOptions(threads=1, n_resamples=200)


class Quiet:
    @contextmanager
    def step(self, title: str, total: int | None = None) -> Iterator[Callable[[int], None]]:
        yield lambda done: None


def two_tastes() -> OrderLines:
    """Forty users, the even of whom buy even items of thirty; three orders, each with three new items."""
    lines = []
    for user in range(40):
        taste = [item for item in range(30) if item % 2 == user % 2]
        for place, age in enumerate((200, 150, 3)):
            for step in range(3):
                item = taste[(user + 3 * place + step) % len(taste)]
                lines.append((f"u{user:02}", f"i{item:02}", age, f"{user}-{place}"))
        lines.append((f"u{user:02}", "bread", 150, f"{user}-1"))
        lines.append((f"u{user:02}", "bread", 3, f"{user}-2"))
    lines.append(("last", "bread", 0, "last"))
    return OrderLines(order_lines(*lines), order_lines().clear())


def fit(_split: Split, interactions: Interactions) -> Model:
    return refit(interactions)


def unmoved(before: Model, _known: Interactions) -> Model:
    return before


def refit(interactions: Interactions) -> Model:
    settings = TrainingSettings(factors=8, neighbours=20, threads=1)
    return fit_model(Counts.of(interactions, settings), settings, Quiet())


@pytest.fixture(scope="module")
def split() -> Split:
    return time_split(two_tastes())


@pytest.fixture(scope="module")
def model(split: Split) -> Model:
    return fit(split, Interactions.of(split.train_lines, split.train_guest_lines))


@pytest.fixture(scope="module")
def evaluation(split: Split, model: Model) -> Evaluation:
    interactions = Interactions.of(split.train_lines, split.train_guest_lines)
    return with_changes(
        evaluate(model, interactions, split, EvaluationOptions(threads=1), Quiet()), model, model, Quiet()
    )


def test_both_questions_are_put_to_everybody(evaluation: Evaluation) -> None:
    asked = {
        question: (result.n_users, result.targets_per_user)
        for question, result in evaluation.questions.items()
    }
    assert asked == {Question.ALL: (40, 4), Question.NEW: (40, 3)}
    assert evaluation.data.repeat_share == 1 / 4


def test_recsvc_stands_first_and_all_baselines_beside_it(evaluation: Evaluation) -> None:
    for result in evaluation.questions.values():
        assert list(result.rankers) == ["recsvc", *Baseline]
        assert result.rankers["recsvc"].difference == {}


def test_taste_beats_popularity_where_taste_is_all_there_is(evaluation: Evaluation) -> None:
    difference = evaluation.questions[Question.NEW].rankers[Baseline.POPULAR].difference[RECALL_AT_20]
    assert difference.low > 0


def test_a_difference_is_that_of_the_means(evaluation: Evaluation) -> None:
    for result in evaluation.questions.values():
        ours = result.rankers["recsvc"].means
        for other in list(result.rankers.values())[1:]:
            for metric, difference in other.difference.items():
                assert difference.mean == pytest.approx(ours[metric].mean - other.means[metric].mean)


def test_the_lists_are_those_that_shoppers_get(evaluation: Evaluation, model: Model) -> None:
    answers = evaluation.questions[Question.NEW].answers
    served = Recommender(model).recommend(Query(Placement.DISCOVER, 20, answers.task.user_ids[7]))
    ids = list(answers.task.catalogue.index)
    shown = [ids[item] for item in answers.scores["recsvc"].lists[7]]
    assert shown == [item.item_id for item in served.items]


def test_lists_from_elsewhere_are_scored_the_same(evaluation: Evaluation, model: Model, split: Split) -> None:
    for question, result in evaluation.questions.items():
        recommender = Recommender(model)
        lists = {
            user: [item.item_id for item in recommender.recommend(Query(question.placement, 20, user)).items]
            for user in result.answers.task.user_ids
        }
        scores = evaluate_lists(lists, split, question)
        np.testing.assert_array_equal(scores.per_user, result.answers.scores["recsvc"].per_user)
        assert scores.figures[COVERAGE_AT_10] == result.rankers["recsvc"].figures[COVERAGE_AT_10]


def test_who_was_shown_nothing_or_unknown_items_scores_nothing(split: Split) -> None:
    nothing, unknown = {}, {f"u{user:02}": ["never heard of"] for user in range(40)}
    for lists in (nothing, unknown):
        assert evaluate_lists(lists, split, Question.ALL).per_user.sum() == 0


def test_a_list_with_an_item_twice_is_refused(split: Split) -> None:
    with pytest.raises(ValueError, match="'bread' twice"):
        evaluate_lists({"u00": ["bread", "i00", "bread"]}, split, Question.ALL)


def test_the_model_that_is_live_shows_the_same(evaluation: Evaluation) -> None:
    for result in evaluation.questions.values():
        assert result.churn_at_10 is not None
        assert result.churn_at_10.mean == 0


def test_segments_add_up_to_all_shoppers(evaluation: Evaluation) -> None:
    for result in evaluation.questions.values():
        users = {one.segment: one.n_users for one in result.segments}
        assert users[Segment.FEW_ORDERS] == users[Segment.HEAVY] + users[Segment.LIGHT] == result.n_users
        assert users[Segment.ONE_ORDER] == users[Segment.MANY_ORDERS] == 0
        whole = next(one for one in result.segments if one.segment is Segment.FEW_ORDERS)
        assert whole.recsvc[NDCG_AT_10].mean == pytest.approx(result.rankers["recsvc"].means[NDCG_AT_10].mean)


def test_json_says_all_of_it_without_nan(evaluation: Evaluation) -> None:
    as_json = json.loads(json.dumps(evaluation.to_json(), allow_nan=False))
    recsvc = as_json["questions"]["all"]["rankers"]["recsvc"]
    means = evaluation.questions[Question.ALL].rankers["recsvc"].means
    assert recsvc["recall_at_20"]["mean"] == means[RECALL_AT_20].mean
    assert as_json["questions"]["new"]["segments"]["one_order"]["recsvc"]["recall_at_20"]["mean"] is None
    assert as_json["data"]["window_days"] == 28
    assert as_json["questions"]["new"]["best_baseline"]["recall_at_20"] in set(Baseline)


def test_the_same_seed_gives_the_same_numbers(split: Split, model: Model) -> None:
    interactions = Interactions.of(split.train_lines, split.train_guest_lines)
    one, two = (evaluate(model, interactions, split, OPTIONS, Quiet()).to_json() for _ in range(2))
    assert one == two


def test_at_most_so_many_users_are_asked() -> None:
    options = EvaluationOptions((Baseline.POPULAR,), max_users=25, threads=1, n_resamples=10)
    evaluation = evaluate_orders(two_tastes(), fit, options, Quiet())
    assert evaluation.questions[Question.ALL].n_users == 25
    assert evaluation.data.test_users == 40


def test_without_baselines_there_is_nothing_to_compare_with() -> None:
    evaluation = evaluate_orders(two_tastes(), fit, EvaluationOptions((), n_resamples=10), Quiet())
    assert evaluation.questions[Question.ALL].best_baseline() is None
    assert "nothing to be compared with" in verdict(evaluation)
    json.dumps(evaluation.to_json(), allow_nan=False)


def test_orders_without_dates_are_measured_and_recency_changes_nothing() -> None:
    dated = two_tastes()
    undated = OrderLines(
        dated.lines.with_columns(pl.lit(None, dtype=pl.Int64).alias("ordered_at")), dated.guest_lines
    )
    rankers = evaluate_orders(undated, fit, OPTIONS, Quiet()).questions[Question.ALL].rankers
    assert rankers[Baseline.POPULAR_RECENT] == rankers[Baseline.POPULAR]
    assert rankers[Baseline.ALS_DECAYED] == rankers[Baseline.ALS]


def test_where_all_targets_are_repeats_only_all_is_asked() -> None:
    lines = [(f"u{user}", "tea", age) for user in range(30) for age in (150, 3)]
    lines += [("x", "milk", 150), ("x", "milk", 0)]
    orders = OrderLines(order_lines(*lines), order_lines().clear())
    evaluation = evaluate_orders(orders, fit, OPTIONS, Quiet())
    assert list(evaluation.questions) == [Question.ALL]
    assert verdict(evaluation).startswith("On all, recsvc cannot be told apart from the best baseline")


def test_a_day_that_changes_nothing_changes_no_list_and_one_that_does_is_told() -> None:
    options = replace(OPTIONS, go_on=lambda _before, known: refit(known), baselines=(), n_resamples=10)
    learned_from = []

    def forgetful(split: Split, known: Interactions) -> Model:
        learned_from.append(split.train_lines.height)
        return fit(split, known)

    busy = two_tastes()
    # On the newest day that is learned, the even shoppers turn to what the odd ones buy.
    turned = [
        (f"u{user:02}", f"i{item:02}", 29, f"{user}-turned")
        for user in range(0, 40, 2)
        for item in range(1, 30, 2)
    ]
    turning = OrderLines(pl.concat([busy.lines, order_lines(*turned)]), busy.guest_lines)
    found = evaluate_orders(turning, forgetful, options, Quiet()).merchandise
    assert found is not None
    assert found.steady is not None
    assert learned_from[0] - learned_from[1] == len(turned)
    assert found.steady.lines_share == pytest.approx(len(turned) / learned_from[0])
    assert found.steady.changed["for_you"] > 0.2

    same = fit(time_split(busy), Interactions.of(time_split(busy).train_lines, busy.guest_lines))
    still = replace(options, go_on=unmoved)
    nothing = evaluate_orders(turning, lambda _split, _known: same, still, Quiet()).merchandise
    assert nothing is not None
    assert nothing.steady is not None
    assert set(nothing.steady.changed.values()) == {0.0}


def test_without_dates_there_is_no_day_to_leave_out() -> None:
    busy = two_tastes()
    undated = OrderLines(
        busy.lines.with_columns(pl.lit(None, dtype=pl.Int64).alias("ordered_at")), busy.guest_lines
    )
    found = evaluate_orders(undated, fit, replace(OPTIONS, go_on=unmoved, baselines=()), Quiet()).merchandise
    assert found is not None
    assert found.steady is None
