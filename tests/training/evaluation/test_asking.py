"""Many shoppers are asked about together, and each gets the list that the service would give."""

import numpy as np
import pytest
from support.models import random_model, with_heads

from recsvc.model.model import Model
from recsvc.ranking.query import Query
from recsvc.ranking.recommender import Recommender
from training.evaluation.asking import lists_of_model
from training.evaluation.catalogue import Catalogue
from training.evaluation.metrics import NO_ITEM
from training.evaluation.task import Question, Task

N_USERS = 150
"""More than are asked about together."""


@pytest.fixture(scope="module", params=[0, 40], ids=["without heads", "with heads"])
def model(request: pytest.FixtureRequest) -> Model:
    whole = random_model(7, n_users=N_USERS)
    return with_heads(whole, n=request.param) if request.param else whole


def task_of(model: Model, question: Question, users: list[str]) -> Task:
    catalogue = Catalogue(
        {item_id: i for i, item_id in enumerate(model.items.ids)}, np.arange(1, model.n_items + 1)
    )
    targets = np.zeros(len(users), dtype=np.int32)
    return Task(question, tuple(users), np.arange(len(users) + 1), targets, catalogue)


def one_by_one(model: Model, task: Task, diversity: float = 0.0) -> list[list[int]]:
    recommender = Recommender(model, diversity)
    queries = (Query(task.question.placement, 20, user) for user in task.user_ids)
    return [[task.catalogue.index[item] for item in recommender.item_ids(query)] for query in queries]


def test_lists_are_those_of_the_service(model: Model) -> None:
    users = list(model.users.ids)
    tasks = {
        Question.ALL: task_of(model, Question.ALL, users),
        Question.NEW: task_of(model, Question.NEW, users[1::2]),
    }
    told: list[int] = []
    lists = lists_of_model(model, tasks, on_done=told.append)
    for question, task in tasks.items():
        assert lists[question].tolist() == one_by_one(model, task)
    assert lists[Question.ALL].shape == (N_USERS, 20)
    assert told[-1] == N_USERS
    assert told == sorted(told)
    assert (lists[Question.NEW] != lists[Question.ALL][1::2]).any()


def test_somebody_whom_the_model_does_not_know_is_asked_about_too(model: Model) -> None:
    task = task_of(model, Question.ALL, ["u00003", "x-nobody"])
    lists = lists_of_model(model, {Question.ALL: task})[Question.ALL]
    assert lists.tolist() == one_by_one(model, task)
    assert (lists[1] != NO_ITEM).any()


def test_diversity_is_that_of_the_service(model: Model) -> None:
    task = task_of(model, Question.ALL, list(model.users.ids)[:30])
    lists = lists_of_model(model, {Question.ALL: task}, diversity=0.6)[Question.ALL]
    assert lists.tolist() == one_by_one(model, task, diversity=0.6)
    assert lists.tolist() != one_by_one(model, task)


def test_nobody_is_asked_about_nothing(model: Model) -> None:
    assert lists_of_model(model, {}) == {}
    empty = lists_of_model(model, {Question.NEW: task_of(model, Question.NEW, [])})
    assert empty[Question.NEW].shape == (0, 20)
