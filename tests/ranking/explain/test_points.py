"""What is said of purchases is so, whatever trees have learned."""

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from itertools import product

import lightgbm
import numpy as np
import pytest
from support.models import random_model

from recsvc.model.model import Model
from recsvc.ranking.explain.explainer import explain
from recsvc.ranking.explain.explanation import Explanation, Standing
from recsvc.ranking.explain.languages.all import LANGUAGES
from recsvc.ranking.explain.languages.language import Language, Point, Reading
from recsvc.ranking.explain.sentence import sentence
from recsvc.ranking.explain.told import Told
from recsvc.ranking.features import FEATURES
from recsvc.ranking.history import history_of
from recsvc.ranking.query import Placement, Query, ReasonType
from recsvc.ranking.recommender import Recommender


def trained() -> Recommender:
    """Return a recommender whose trees look at everything."""
    rng = np.random.default_rng(0)
    table = rng.random((800, len(FEATURES)))
    wanted = table @ rng.random(len(FEATURES)) > 0.5 * rng.random(len(FEATURES)).sum()
    parameters = {"objective": "binary", "num_leaves": 15, "verbose": -1, "num_threads": 1}
    trees = lightgbm.train(parameters, lightgbm.Dataset(table, wanted), 40).model_to_string()
    return Recommender(replace(random_model(3), ranker_all=trees, ranker_new=trees))


def explained() -> Iterator[tuple[set[str], Standing, str, Explanation]]:
    """Yield what each of some shoppers bought, who they are, and explanations of items of all their lists."""
    recommender = trained()
    model = recommender.model
    users, items = ([names.id_of(index) for index in range(8)] for names in (model.users, model.items))
    for placement, user_id in product(Placement, (*users[:3], None)):
        history = set() if user_id is None else bought_by(model, user_id)
        query = Query(placement, 8, user_id, (items[0],) if placement.needs_items else ())
        standing = Standing.KNOWN if user_id else Standing.GUEST
        shown = [item.item_id for item in recommender.recommend(query).items]
        for item_id in dict.fromkeys((*shown, *sorted(history)[:5], *items)):
            yield history, standing, item_id, explain(recommender, query, item_id)


@cache
def everything() -> tuple[tuple[set[str], Standing, str, Explanation], ...]:
    return tuple(explained())


@pytest.mark.parametrize("language", LANGUAGES, ids=lambda language: language.tag)
def test_nothing_is_said_of_purchases_that_there_are_not(language: Language) -> None:
    reasons, readings, points = language.reasons, language.readings, (language.points, language.counterpoints)
    of_it = (
        reasons[ReasonType.YOU_BOUGHT_THIS][0],
        reasons[ReasonType.YOU_BUY_THIS_REGULARLY][0],
        readings[Reading.BOUGHT_AGO][0],
        readings[Reading.REGULARLY_EVERY][0],
        *(each[Point.OWN] for each in points),
    )
    of_any = (
        *(each[point] for each in points for point in (Point.COMPANY, Point.KIND)),
        *(language.counterpoints[point] for point in (Point.OTHER_KIND, Point.DEARER)),
        language.points[Point.CHEAPER],
    )
    n_own, n_any = 0, 0
    for history, standing, item_id, told in everything():
        words = sentence(Told(told, item_id, standing, {}, language))
        says_own, says_any = (any(is_in(phrase, words) for phrase in each) for each in (of_it, of_any))
        assert item_id in history or not says_own, words
        assert history or not says_any, words
        n_own, n_any = n_own + says_own, n_any + says_any
    assert n_own > 5
    assert n_any > 5


def is_in(phrase: str, words: str) -> bool:
    """Return whether ``phrase`` is among ``words``, whatever its fields hold."""
    return re.search("[^,.]+".join(map(re.escape, re.split(r"{\w+}", phrase))), words) is not None


def bought_by(model: Model, user_id: str) -> set[str]:
    index = model.users.index_of(user_id)
    assert index is not None
    return {model.items.id_of(int(item)) for item in history_of(model, index).bought().items}
