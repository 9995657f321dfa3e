from concurrent.futures import Future
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from support.runs import forty_shoppers

from training.fit.als_choice import AlsSettings, ChosenAls
from training.fit.counts import Counts
from training.history.interactions import Interactions
from training.history.split import OrderHistory, Split, split_orders
from training.learning import CountedWhole, LastFit, Learned, learn
from training.progress import Silent
from training.ranker.keeping import Before
from training.settings import TrainingSettings

SETTINGS = TrainingSettings(factors=4, iterations=2, windows=2, trees=5, threads=1)
YESTERDAY = datetime(2026, 3, 3, tzinfo=UTC)
OTHER = AlsSettings(factors=4, alpha=10.0, regularization=1.0)


@pytest.fixture(scope="module")
def history() -> OrderHistory:
    return forty_shoppers()


@pytest.fixture(scope="module")
def split(history: OrderHistory) -> Split:
    return split_orders(history)


@pytest.fixture(scope="module")
def learned(split: Split) -> Learned:
    known = Interactions.of(split.train_lines, split.train_guest_lines)
    return learn(split.training_part, known, SETTINGS, Silent())


def last_fit(history: OrderHistory, before: Before | None) -> LastFit:
    counted: Future[Counts] = Future()
    known = Interactions.of(history.lines, history.guest_lines)
    counted.set_result(Counts.of(known, SETTINGS))
    return LastFit(CountedWhole(counted), SETTINGS, Silent(), before)


def before_with(learned: Learned, als: AlsSettings) -> Before:
    rankers = {name: replace(one, since=YESTERDAY) for name, one in learned.rankers.items()}
    return Before(learned.model, als, rankers)


def test_rankers_are_kept_where_als_has_the_settings_of_the_version_before(
    history: OrderHistory, split: Split, learned: Learned
) -> None:
    assert learned.rankers
    same = last_fit(history, before_with(learned, learned.als.settings)).learn_on(learned, split)
    assert {one.since for one in same.rankers.values()} == {YESTERDAY}


def test_nothing_goes_on_from_a_version_of_which_als_had_other_settings(
    history: OrderHistory, split: Split, learned: Learned
) -> None:
    other = last_fit(history, before_with(learned, OTHER)).learn_on(learned, split)
    assert {one.since for one in other.rankers.values()} == {None}


def test_what_goes_live_has_the_settings_that_were_measured(
    history: OrderHistory, split: Split, learned: Learned
) -> None:
    chosen = replace(learned, als=ChosenAls(OTHER))
    live = last_fit(history, None).learn_on(chosen, split).model
    # Counted before anything was chosen, confidence is what was chosen all the same.
    assert live.history.values.max() > 2 * learned.model.history.values.max()
    assert live.history.values == pytest.approx(OTHER.alpha * _decayed(history))


def _decayed(history: OrderHistory):
    return Counts.of(Interactions.of(history.lines, history.guest_lines), SETTINGS).user_items.decayed
