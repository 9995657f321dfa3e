import json
from dataclasses import replace

import lightgbm
import numpy as np
import pytest

from recsvc.ranking.features import FEATURES
from recsvc.ranking.personal_places import PersonalPlaces
from training.ranker.fitted import FittedRanker
from training.report.feature_words import FEATURE_WORDS, words_of
from training.report.sections.ranking import MAX_FEATURES, reliance_of

QUALITY = {"trees": 0.4, "als": 0.3, "als+similar": 0.35}


def trees(*follow: str, names: tuple[str, ...] = FEATURES) -> FittedRanker:
    """Trees that foresee the sum of some features."""
    table = np.random.default_rng(0).random((400, len(names)))
    wanted = table[:, [names.index(name) for name in follow]].sum(axis=1)
    data = lightgbm.Dataset(table, wanted, feature_name=list(names))
    parameters = {"verbose": -1, "num_threads": 1, "deterministic": True}
    return FittedRanker(lightgbm.train(parameters, data, 5).model_to_string(), "trees", QUALITY)


def test_every_feature_has_words() -> None:
    assert [name for name in FEATURES if name not in FEATURE_WORDS] == []


def test_no_two_features_have_the_same_words() -> None:
    assert len(set(FEATURE_WORDS.values())) == len(FEATURE_WORDS)


def test_a_feature_without_words_is_called_by_its_name() -> None:
    assert words_of("moon_phase") == "moon phase"


def test_trees_rely_most_on_what_they_follow() -> None:
    found = reliance_of("ranker_all", trees("own_due"))
    assert found.weights[0].words == words_of("own_due")
    assert found.weights[0].share > 0.9
    assert len(found.weights) <= MAX_FEATURES
    assert [one.share for one in found.weights] == sorted((one.share for one in found.weights), reverse=True)


def test_trees_of_unknown_features_are_read() -> None:
    assert (
        reliance_of("ranker_new", trees("moon_phase", names=("moon_phase", "tide"))).weights[0].words
        == "moon phase"
    )


def test_trees_that_split_nothing_rely_on_nothing() -> None:
    data = lightgbm.Dataset(np.zeros((50, 2)), np.zeros(50))
    text = lightgbm.train({"verbose": -1, "num_threads": 1}, data, 1).model_to_string()
    assert reliance_of("ranker_all", FittedRanker(text, "trees", {})).weights == ()


def test_trees_say_what_they_beat() -> None:
    sentence = reliance_of("ranker_all", trees("own_due")).sentence
    assert "LightGBM): .400 on the window" in sentence
    assert "the best fixed blend .350" in sentence


def test_a_blend_relies_on_its_weights() -> None:
    text = json.dumps({"blend": {"month_sales": 0.1, "als": 0.3}})
    found = reliance_of("ranker_new", FittedRanker(text, "als+similar", QUALITY))
    assert [(one.words, one.share) for one in found.weights] == [
        (words_of("als"), pytest.approx(0.75)), (words_of("month_sales"), pytest.approx(0.25)),
    ]  # fmt: skip
    assert "the best other blend .300" in found.sentence


@pytest.mark.parametrize("text", ['{"blend": {"als": 1}}', trees("own_due").text])
@pytest.mark.parametrize(("n", "words"), [(1, "the last place goes to"), (2, "the last 2 places go to")])
def test_places_that_go_to_taste_are_told(text: str, n: int, words: str) -> None:
    ranker = FittedRanker(text, "any", QUALITY)
    assert "places" not in reliance_of("ranker_new", ranker).sentence
    sentence = reliance_of("ranker_new", replace(ranker, places=PersonalPlaces(n, {"category": 1}))).sentence
    assert sentence.endswith(f"of the first ten {words} what is most personal: {words_of('category')}.")


def test_where_nothing_was_learned_the_default_blend_is_shown() -> None:
    found = reliance_of("ranker_all", None)
    assert "no past to learn from" in found.sentence
    assert found.weights
