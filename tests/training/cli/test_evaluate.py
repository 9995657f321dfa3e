from dataclasses import replace

import numpy as np
import pytest
from rich.console import Console
from support.orders import order_lines

from training.cli.evaluate import evaluation_table
from training.evaluation.baselines import Baseline
from training.evaluation.bootstrap import Estimate, Resampling
from training.evaluation.catalogue import Catalogue
from training.evaluation.evaluation import Answers, DataDescription, Evaluation
from training.evaluation.metrics import CATEGORIES_AT_10
from training.evaluation.results import result_of
from training.evaluation.scores import Scores
from training.evaluation.segments import segments_of
from training.evaluation.task import Question, Task
from training.history.interactions import Interactions
from training.history.split import SplitKind


@pytest.fixture(scope="module")
def evaluation() -> Evaluation:
    """Ten users who want the item 0: recsvc shows it first, all baselines never."""
    users = tuple(f"u{number}" for number in range(10))
    lines = [(user, item, 40, user) for user in users for item in ("i0", "i1", "i2")]
    interactions = Interactions.of(order_lines(*lines), order_lines().clear())
    right, wrong = (np.tile(np.asarray(row, dtype=np.int32), (10, 1)) for row in ([0, 1], [1, 2]))
    results = {}
    for question in Question:
        task = Task(question, users, np.arange(11), np.zeros(10, dtype=np.int32), Catalogue.of(interactions))
        scores = {"recsvc": Scores.of(right, task), **{name: Scores.of(wrong, task) for name in Baseline}}
        answers = Answers(task, scores, segments_of(interactions, users))
        results[question] = result_of(answers, Resampling(n_resamples=20))
    data = DataDescription(SplitKind.TIME, 1_320_000_000, 28.0, 30, 10, 3, 10, 10, 0.5, ("a note",))
    return Evaluation(data, results, Resampling(n_resamples=20))


def rendered(evaluation: Evaluation) -> list[str]:
    console = Console(width=120)
    with console.capture() as captured:
        console.print(evaluation_table(evaluation))
    return captured.get().splitlines()


def row(lines: list[str], label: str) -> list[str]:
    return next(line for line in lines if line.startswith(label)).removeprefix(label).split()


def test_nothing_is_cut_off_at_120_columns(evaluation: Evaluation) -> None:
    lines = rendered(evaluation)
    assert max(map(len, lines)) <= 120
    assert not any("…" in line for line in lines)


def test_each_ranker_has_a_row_with_both_questions(evaluation: Evaluation) -> None:
    lines = rendered(evaluation)
    perfect = ["1.000", "±.000"] * 3 + ["66.7%", "2"]
    assert row(lines, "recsvc") == perfect * 2
    for baseline in Baseline:
        assert row(lines, baseline.label)[:2] == [".000", "±.000"]


def test_segments_without_shoppers_are_left_blank(evaluation: Evaluation) -> None:
    lines = rendered(evaluation)
    assert row(lines, "5+ earlier orders") == ["0", "0"]
    assert row(lines, "1 earlier order") == ["10", "1.000", ".000", "+1.000", "±.000"] * 2


def test_the_verdict_and_the_notes_stand_below(evaluation: Evaluation) -> None:
    text = " ".join(" ".join(rendered(evaluation)).split())
    assert "On new, recsvc beats the best baseline in Recall@20 (popular, all time: +1.000" in text
    assert "note: a note" in text


def test_categories_have_a_column_only_where_they_are_known(evaluation: Evaluation) -> None:
    assert "cats" not in "".join(rendered(evaluation))
    questions = {}
    for question, result in evaluation.questions.items():
        rankers = {
            name: replace(ranker, figures={**ranker.figures, CATEGORIES_AT_10: Estimate(4.25, 4.0, 4.5)})
            for name, ranker in result.rankers.items()
        }
        questions[question] = replace(result, rankers=rankers)
    lines = rendered(replace(evaluation, questions=questions))
    assert "cats" in "".join(lines)
    (ours,) = [line for line in lines if line.startswith("recsvc")]
    assert ours.count("4.2") == len(questions)
    assert max(map(len, lines)) <= 120
