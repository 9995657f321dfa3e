"""The first sentence of a report and of what `run` and `evaluate` print."""

from dataclasses import replace

import numpy as np
import pytest
from support.orders import order_lines

from training.evaluation.baselines import Baseline
from training.evaluation.bootstrap import Resampling
from training.evaluation.catalogue import Catalogue
from training.evaluation.evaluation import LIVE, RECSVC, Answers, DataDescription, Evaluation, QuestionResult
from training.evaluation.results import result_of
from training.evaluation.scores import Scores
from training.evaluation.segments import segments_of
from training.evaluation.task import Question, Task
from training.gate import Check
from training.history.interactions import Interactions
from training.history.split import SplitKind
from training.report import opening_of, unsaid

WANTED, OTHER = 0, 1


def result(question: Question, n_users: int, **found: int) -> QuestionResult:
    """Return a question to so many users, each of whom wants one item, and how many of them each ranker serves."""
    users = tuple(f"u{number:04}" for number in range(n_users))
    known = Interactions.of(order_lines(*((user, "tea", 40, user) for user in users)), order_lines().clear())
    targets = np.full(n_users, WANTED, dtype=np.int32)
    task = Task(question, users, np.arange(n_users + 1), targets, Catalogue.of(known))
    lists = {name: np.full((n_users, 1), OTHER, dtype=np.int32) for name in found}
    scores = {}
    for name, n_found in found.items():
        lists[name][:n_found] = WANTED
        catalogue = replace(task.catalogue, ranks=np.arange(1, 3))
        scores[name] = Scores.of(lists[name], replace(task, catalogue=catalogue))
    return result_of(Answers(task, scores, segments_of(known, users)), Resampling(n_resamples=200))


def evaluation(*results: QuestionResult, kind: SplitKind = SplitKind.TIME, n_items: int = 500) -> Evaluation:
    data = DataDescription(kind, None, None, 1, 1, n_items, 1, 1, 0.5, ())
    return Evaluation(data, {one.question: one for one in results}, Resampling(n_resamples=200))


def said(*results: QuestionResult, kind: SplitKind = SplitKind.TIME, n_items: int = 500) -> tuple[str, ...]:
    return opening_of(evaluation(*results, kind=kind, n_items=n_items), None)


def test_both_questions_are_answered_in_a_sentence_each() -> None:
    everything = result(Question.ALL, 200, recsvc=176, popular_recent=128)
    assert said(everything, result(Question.NEW, 150, recsvc=60, popular_recent=30)) == (
        "88 of 100 returning shoppers found something they then bought among ten suggestions; last month's "
        "bestsellers: 64.",
        "Of those who then bought something for the first time, 40 of 100 found such an item among ten suggestions "
        "of discover; last month's bestsellers: 20.",
    )


def test_fewer_than_a_hundred_shoppers_are_counted_one_by_one() -> None:
    (sentence,) = said(result(Question.ALL, 24, recsvc=17, popular_recent=4))
    assert sentence.startswith("17 of 24 returning shoppers")
    assert sentence.endswith("last month's bestsellers: 4.")


@pytest.mark.parametrize(
    ("theirs", "end"),
    [
        (40, "; last month's bestsellers: 40."),
        (86, "; last month's bestsellers: 86, a difference that may be chance."),
        (88, "; with last month's bestsellers as many did."),
        (99, "; last month's bestsellers do better: 99."),
    ],
)
def test_bestsellers_that_are_level_or_better_are_called_so(theirs: int, end: str) -> None:
    one = result(Question.ALL, 100, recsvc=88, popular_recent=theirs)
    # Who is served by both is the same for the one with fewer: 86 of them are a difference of two shoppers.
    assert said(one)[0].endswith(end)


def test_another_simple_answer_that_is_ahead_is_named() -> None:
    (sentence,) = said(result(Question.ALL, 100, recsvc=50, popular_recent=20, own_frequency=80, als=70))
    assert sentence.endswith("A simple answer does better: what each shopper bought most often, 80.")
    (sentence,) = said(result(Question.ALL, 100, recsvc=50, popular_recent=20, als_decayed=70))
    assert sentence.endswith("A simple answer does better: ALS, decayed, 70.")


def test_the_live_versions_settings_are_no_simple_answer() -> None:
    (sentence,) = said(result(Question.ALL, 100, **{RECSVC: 50, "popular_recent": 20, LIVE: 90}))
    assert sentence.endswith("last month's bestsellers: 20.")


def test_without_dates_there_is_no_month_and_nothing_is_bought_then() -> None:
    results = [result(question, 30, recsvc=20, popular=2, popular_recent=2) for question in Question]
    for kind in (SplitKind.ORDERS, SplitKind.ITEMS):
        everything, new = said(*results, kind=kind)
        assert everything == (
            f"A fifth of each shopper's {kind} was hidden: 20 of 30 shoppers found something of it among ten "
            "suggestions; the bestsellers: 2."
        )
        assert new == (
            "Of those from whom an item was hidden entirely, 20 of 30 found such an item among ten suggestions of "
            "discover; the bestsellers: 2."
        )


def test_nearly_all_are_not_all() -> None:
    assert said(result(Question.ALL, 1000, recsvc=999))[0].startswith("more than 99 of 100 returning")
    assert said(result(Question.ALL, 1000, recsvc=1))[0].startswith("fewer than 1 of 100 returning")
    assert said(result(Question.ALL, 1000, recsvc=1000))[0].startswith("100 of 100 returning")


def test_where_a_list_holds_the_whole_shop_there_is_nothing_to_measure() -> None:
    everything = result(Question.ALL, 30, recsvc=30, popular_recent=30)
    assert said(everything, n_items=1) == (
        "The shop sells a single item, which every list holds: there is nothing to choose from.",
    )
    assert "sells 10 items, and ten suggestions hold all" in said(everything, n_items=10)[0]
    assert said(everything, n_items=11)[0].startswith("30 of 30")


def test_without_a_measurement_the_reason_is_the_sentence() -> None:
    assert opening_of(None, "only 3 known shoppers came back.") == (
        "How good the lists are could not be measured: only 3 known shoppers came back.",
    )


def test_what_a_check_beside_it_says_is_not_said_twice() -> None:
    sentences = opening_of(None, "too few shoppers")
    assert (
        unsaid(sentences, [Check.of("lists", False, f"{sentences[0]} The live version was measured.")]) == []
    )
    assert unsaid(sentences, [Check.of("size", False, "Half is gone.")]) == list(sentences)


def test_without_a_baseline_nothing_is_compared() -> None:
    assert said(result(Question.ALL, 100, recsvc=88))[0].endswith("among ten suggestions.")


def test_every_baseline_can_be_named() -> None:
    for baseline in Baseline:
        assert said(result(Question.ALL, 100, **{RECSVC: 1, baseline: 99}))[0].count("99") == 1
