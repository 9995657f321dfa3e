from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from recsvc.model.artifact import FORMAT_VERSION, Manifest, PublishedModel
from recsvc.model.model import Model
from recsvc.ranking.features import FEATURES
from recsvc.ranking.personal_places import PersonalPlaces
from training.fit.als_choice import AlsSettings, ChosenAls
from training.ranker.examples import Examples
from training.ranker.fitted import FittedRanker
from training.ranker.keeping import Before, since
from training.settings import TrainingSettings

SETTINGS = TrainingSettings(threads=1)
NOW = datetime(2026, 7, 8, tzinfo=UTC)
BY_SALES, BY_ALS = '{"blend": {"month_sales": 1.0}}', '{"blend": {"als": 1.0}}'
SAID = {
    "kind": "month_sales",
    "personal_places": 0,
    "validation": {"month_sales": 0.5},
    "since": "2026-07-05T00:00:00+00:00",
}


def live(model: Model, said: object, **hyperparameters: object) -> PublishedModel:
    manifest = Manifest(
        FORMAT_VERSION,
        "v-1",
        "2026-07-07T00:00:00+00:00",
        None,
        {},
        SETTINGS.hyperparameters() | hyperparameters,
        {"ranker_all": said},
        {},
    )
    return PublishedModel(manifest, replace(model, ranker_all=BY_SALES))


def before(
    model: Model, said: object = SAID, now: datetime = NOW, **hyperparameters: object
) -> Before | None:
    return Before.of(live(model, said, **hyperparameters), SETTINGS, now)


def rankers_of(model: Model, said: object = SAID, now: datetime = NOW) -> list[str]:
    found = before(model, said, now)
    assert found is not None
    return list(found.rankers)


def bought(by: str, n_users: int = 50) -> Examples:
    """Of two candidates of each user the one with more of ``by`` was bought."""
    table = np.zeros((2 * n_users, len(FEATURES)), dtype=np.float32)
    table[:, FEATURES.index("month_sales")] = [1, 2] * n_users
    table[:, FEATURES.index("als")] = [2, 1] * n_users
    labels = table[:, FEATURES.index(by)] == 2
    groups, items = np.full(n_users, 2), np.arange(2 * n_users, dtype=np.int32)
    return Examples(table, labels, groups, np.ones(n_users, dtype=np.int64), items)


def test_a_young_ranker_is_kept_and_an_old_one_is_learned_anew(model: Model) -> None:
    assert rankers_of(model) == ["ranker_all"]
    assert rankers_of(model, now=NOW + timedelta(days=SETTINGS.ranker_days)) == []
    # A clock that was set back must not keep a ranker for years.
    assert rankers_of(model, now=NOW - timedelta(days=30)) == []


def test_what_was_learned_with_other_settings_is_nothing_to_go_on_from(model: Model) -> None:
    assert before(model, alpha=99.0) is None
    assert before(model) is not None


@pytest.mark.parametrize(
    "said",
    [
        None,
        "trees",
        {},
        SAID | {"since": None},
        SAID | {"since": "yesterday"},
        SAID | {"since": "2026-07-05"},
        SAID | {"kind": 3},
        SAID | {"personal_places": 2},
        SAID | {"validation": {"month_sales": "much"}},
    ],
    ids=str,
)
def test_what_a_manifest_does_not_say_as_this_release_does_is_not_kept(model: Model, said: object) -> None:
    assert rankers_of(model, said) == []


def test_trees_of_other_features_are_not_kept(model: Model) -> None:
    of_others = replace(live(model, SAID), model=replace(model, ranker_all="tree\nfeature_names=a b\n"))
    found = Before.of(of_others, SETTINGS, NOW)
    assert found is not None
    assert not found.rankers


def test_a_ranker_is_kept_with_its_personal_places(model: Model) -> None:
    places = PersonalPlaces(2, {"als": 1.0})
    version = live(model, SAID | {"personal_places": 2})
    found = Before.of(
        replace(version, model=replace(model, ranker_all=places.written(BY_SALES))), SETTINGS, NOW
    )
    assert found is not None
    assert (found.rankers["ranker_all"].text, found.rankers["ranker_all"].places) == (BY_SALES, places)


def test_a_ranker_is_kept_unless_what_is_learned_now_is_clearly_better(model: Model) -> None:
    found = before(model)
    assert found is not None
    learned = {"ranker_all": FittedRanker(BY_ALS, "als", {})}
    kept = found.kept(learned, {"ranker_all": bought("month_sales")})
    assert kept["ranker_all"].text == BY_SALES
    assert found.kept(learned, {"ranker_all": bought("als")}) == {}
    assert found.kept({}, {"ranker_all": bought("month_sales")}) == {}
    assert found.kept(learned, {}) == {}
    # A window in which nobody bought anything new says nothing against a ranker of what is new.
    assert found.kept(learned, {"ranker_all": bought("als", n_users=0)}) == kept


def test_a_kept_ranker_says_when_it_was_learned(model: Model) -> None:
    found = before(model)
    assert found is not None
    dated = since(
        {"ranker_all": found.rankers["ranker_all"], "ranker_new": FittedRanker("{}", "als", {})}, NOW
    )
    assert dated["ranker_all"].as_dict() == SAID
    assert dated["ranker_new"].since == NOW


def test_the_settings_of_als_are_those_that_the_version_chose(model: Model) -> None:
    chosen = AlsSettings(32, 2.0, 7.0)
    version = live(model, SAID)
    metrics = version.manifest.metrics | {"als": ChosenAls(chosen).as_dict()}
    version = replace(version, manifest=replace(version.manifest, metrics=metrics))
    found = Before.of(version, SETTINGS, NOW)
    assert found is not None
    assert found.als == chosen


def test_a_version_that_chose_nothing_has_the_settings_of_als_that_it_was_given(model: Model) -> None:
    found = before(model)
    assert found is not None
    assert found.als == AlsSettings.of(SETTINGS)
