import json
from dataclasses import replace
from math import log2

import numpy as np
import pytest

from recsvc.ranking.features import FEATURES
from recsvc.ranking.ranker import Blend, Trees, read_ranker
from training.ranker import choice, trees
from training.ranker.choice import BLENDS, SINGLES, choose_ranker, relearn_ranker, scores_of, user_quality
from training.ranker.examples import Examples
from training.ranker.fitted import Aim, FittedRanker
from training.settings import TrainingSettings

SETTINGS = TrainingSettings(window_step_days=28, trees=30, threads=1)
N_CANDIDATES = 10
TREES = {"trees", "small trees"}
AIM, VARIED = Aim("lambdarank"), Aim("lambdarank", is_varied=True)


def window(follow: str | None, n_users: int = 300, seed: int = 0) -> Examples:
    """Random features; bought is what comes nearest to 0.5 by ``follow``, or anything."""
    rng = np.random.default_rng(seed)
    table = rng.random((n_users * N_CANDIDATES, len(FEATURES)), dtype=np.float32)
    by = rng.random(len(table)) if follow is None else -abs(table[:, FEATURES.index(follow)] - 0.5)
    best = by.reshape(n_users, N_CANDIDATES).argmax(axis=1) + np.arange(n_users) * N_CANDIDATES
    bought = np.zeros(len(table), dtype=bool)
    bought[best] = True
    groups, items = np.full(n_users, N_CANDIDATES), np.arange(len(table), dtype=np.int32)
    return Examples(table, bought, groups, np.ones(n_users, dtype=np.int64), items)


def following(single: str, n_users: int = 300) -> Examples:
    """Bought is what has the most of ``single``."""
    examples = window(None, n_users)
    values = examples.features[:, FEATURES.index(single)].reshape(n_users, N_CANDIDATES)
    bought = values == values.max(axis=1, keepdims=True)
    return replace(examples, bought=bought.ravel())


def choose(*windows: Examples, settings: TrainingSettings = SETTINGS) -> FittedRanker:
    return choose_ranker(list(windows), settings, aim=AIM)


@pytest.mark.parametrize("objective", ["lambdarank", "rank_xendcg"])
def test_trees_are_chosen_where_there_is_something_to_learn(objective: str) -> None:
    windows = [window("item_log_price", seed=seed) for seed in (1, 2)]
    fitted = choose_ranker(windows, SETTINGS, aim=Aim(objective))
    assert fitted.kind in TREES
    ranker = read_ranker(fitted.text)
    assert isinstance(ranker, Trees)
    unseen = window("item_log_price", seed=3)
    chance = user_quality(np.zeros(len(unseen.bought), np.float32), unseen).mean()
    assert user_quality(ranker.score(unseen.features), unseen).mean() > chance + 0.1


def n_trees(ranker: FittedRanker) -> int:
    return ranker.text.count("\nTree=")


def test_from_plenty_trees_that_are_learned_once_more_are_compared_before_all_are_there(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    windows = [window("item_log_price", seed=seed) for seed in (1, 2)]

    def compared(*, is_final: bool) -> int:
        return n_trees(choose_ranker(windows, SETTINGS, aim=AIM, is_final=is_final))

    assert compared(is_final=False) == 30
    monkeypatch.setattr(choice, "PLENTY_OF_POSITIVES", 200)
    assert compared(is_final=False) == 10
    assert compared(is_final=True) == 30


def test_where_there_is_plenty_fewer_trees_learn_more_each(monkeypatch: pytest.MonkeyPatch) -> None:
    windows = [window("item_log_price", seed=1)]
    ranker = FittedRanker("", "trees", {})
    usual = TrainingSettings(threads=1)
    few = relearn_ranker(ranker, windows, usual, aim=AIM)
    monkeypatch.setattr(trees, "PLENTY_OF_POSITIVES", 200)
    plenty = relearn_ranker(ranker, windows, usual, aim=AIM)
    assert (n_trees(few), n_trees(plenty)) == (usual.trees, 65)
    assert "[learning_rate: 0.16]" in plenty.text


@pytest.mark.parametrize("is_up_newer", [True, False])
def test_of_windows_that_say_the_opposite_the_newer_one_is_believed(is_up_newer: bool) -> None:
    up = replace(following("item_log_price", 2000), is_thinned=True)
    prices = -up.features[:, FEATURES.index("item_log_price")].reshape(-1, N_CANDIDATES)
    down = replace(up, bought=(prices == prices.max(axis=1, keepdims=True)).ravel())
    newer, older = (up, down) if is_up_newer else (down, up)
    again = relearn_ranker(FittedRanker("", "trees", {}), [newer, older], SETTINGS, aim=AIM)
    scores = read_ranker(again.text).score(up.features)
    assert user_quality(scores, newer).mean() > user_quality(scores, older).mean()


def test_where_one_figure_says_it_all_the_simple_answer_is_chosen() -> None:
    fitted = choose(following("als"), following("als"))
    assert fitted.kind == "als"
    assert fitted.quality["als"] == pytest.approx(1, abs=1e-3)
    assert json.loads(fitted.text)["blend"]["als"] == 1
    assert set(fitted.quality) >= TREES  # they took part


def test_in_noise_a_simple_answer_is_chosen() -> None:
    fitted = choose(window(None, seed=1), window(None, seed=2))
    assert fitted.kind not in TREES
    assert isinstance(read_ranker(fitted.text), Blend)


def test_trees_take_no_part_where_there_is_little_to_learn_from() -> None:
    fitted = choose(*(window("item_log_price", n_users=100, seed=seed) for seed in (1, 2)))
    assert not TREES & set(fitted.quality)


def test_every_simple_answer_is_measured_and_the_best_stands_first() -> None:
    fitted = choose(window(None, n_users=40), window(None, n_users=40))
    assert len(fitted.quality) == len(SINGLES) + len(BLENDS)
    assert list(fitted.quality.values()) == sorted(fitted.quality.values(), reverse=True)
    assert fitted.as_dict() == {"kind": fitted.kind, "personal_places": 0, "validation": fitted.quality}


def test_a_single_window_is_halved() -> None:
    fitted = choose(window("item_log_price", n_users=700))
    assert fitted.kind in TREES


def test_a_single_shopper_is_enough_for_a_simple_answer() -> None:
    assert choose(following("item_neighbours", n_users=1)).quality["item_neighbours"] == pytest.approx(1)


def test_shoppers_without_candidates_do_no_harm() -> None:
    lonely = Examples(
        np.empty((0, len(FEATURES)), np.float32),
        np.empty(0, bool),
        np.zeros(20, np.int64),
        np.ones(20, np.int64),
        np.empty(0, np.int32),
    )
    windows = [Examples.together([lonely, window("item_log_price", seed=seed), lonely]) for seed in (1, 2)]
    assert choose(*windows).kind in TREES


def test_the_same_examples_give_the_same_ranker() -> None:
    one, two = (choose(*(window("item_log_price", seed=seed) for seed in (1, 2))) for _ in range(2))
    assert one == two


def everybody_sees_the_same(by_taste: float, n_users: int = 300) -> Examples:
    """Of ten bestsellers, which all see alike, and two items of their own, users buy some: an own one by ``by_taste``.

    Of the bestsellers, that at the place of the user's number of ten is bought, so that each place is worth as much.
    """
    rng = np.random.default_rng(int(100 * by_taste))
    table = np.zeros((n_users, 12, len(FEATURES)), dtype=np.float32)
    table[:, :10, FEATURES.index("month_sales")] = np.arange(20, 10, -1)
    table[:, 10:, FEATURES.index("month_sales")] = 1
    table[:, 10, FEATURES.index("forward_new")] = 1
    bought = np.zeros((n_users, 12), dtype=bool)
    users = np.arange(n_users)
    bought[users, users % 10] = True
    taste = rng.random(n_users) < by_taste
    bought[taste] = np.arange(12) == 10
    items = np.tile(np.arange(12, dtype=np.int32), (n_users, 1))
    items[:, 10] = 100 + users
    items[:, 11] = 5000 + users
    groups, targets = np.full(n_users, 12), np.ones(n_users, dtype=np.int64)
    return Examples(table.reshape(-1, len(FEATURES)), bought.ravel(), groups, targets, items.ravel())


def different(ranker: FittedRanker, examples: Examples) -> int:
    """Return how many items are in the first ten of all users."""
    scores = scores_of(ranker, examples).reshape(examples.n_users, -1)
    first = np.argsort(-scores, axis=1, kind="stable")[:, :10]
    return len(np.unique(np.take_along_axis(examples.items.reshape(scores.shape), first, axis=1)))


@pytest.mark.parametrize(("by_taste", "aim", "n_places"), [(0.1, AIM, 0), (0.1, VARIED, 1), (0.0, VARIED, 0)])
def test_where_all_see_the_same_the_last_place_is_personal_if_that_loses_little(
    by_taste: float, aim: Aim, n_places: int
) -> None:
    windows = [everybody_sees_the_same(by_taste, n_users=400)] * 2
    fitted = choose_ranker(windows, SETTINGS, aim=aim)
    assert fitted.as_dict()["personal_places"] == n_places
    assert different(fitted, windows[0]) == (409 if n_places else 10)
    assert fitted.name in fitted.quality


def test_personal_places_outlive_that_the_ranker_is_learned_again() -> None:
    windows = [everybody_sees_the_same(0.1, n_users=400)] * 2
    fitted = choose_ranker(windows, SETTINGS, aim=VARIED)
    again = relearn_ranker(fitted, windows, SETTINGS, aim=VARIED)
    assert again.places == fitted.places
    one_list = windows[0].features[:12]
    served = read_ranker(again.written).score(one_list)
    assert np.argsort(-served)[9] == 10
    assert served.tolist() == scores_of(again, windows[0])[:12].tolist()


def quality(*shoppers: tuple[list[bool], int], scores: list[float] | None = None) -> list[float]:
    """Return the quality of (bought of each candidate, n targets); by default the best candidate is first."""
    bought = [one for candidates, _ in shoppers for one in candidates]
    examples = Examples(
        np.zeros((len(bought), len(FEATURES)), np.float32),
        np.asarray(bought, dtype=bool),
        np.asarray([len(candidates) for candidates, _ in shoppers]),
        np.asarray([n_targets for _, n_targets in shoppers]),
        np.arange(len(bought), dtype=np.int32),
    )
    falling = -np.arange(len(bought), dtype=np.float32)
    return user_quality(falling if scores is None else np.asarray(scores, np.float32), examples).tolist()


def at(place: int, n: int = 25) -> list[bool]:
    """Return ``n`` candidates of which that at ``place``, from 1, was bought."""
    return [i == place for i in range(1, n + 1)]


def test_quality_is_the_mean_of_recall_and_ndcg() -> None:
    # two bought, at the 1st and the 3rd place: all are found; 1 + 1/log2(4) of 1 + 1/log2(3)
    ndcg = (1 + 1 / log2(4)) / (1 + 1 / log2(3))
    assert quality(([True, False, True], 2)) == pytest.approx([(1 + ndcg) / 2])


def test_what_is_bought_but_no_candidate_counts_against_it() -> None:
    ndcg = (1 / log2(3)) / (1 + 1 / log2(3))
    assert quality(([False, True], 2)) == pytest.approx([(1 / 2 + ndcg) / 2])


def test_the_best_order_is_1_and_nothing_bought_is_0() -> None:
    assert quality(([True, True, False], 2), ([False, False], 1)) == pytest.approx([1, 0])


def test_more_purchases_than_places_can_still_be_perfect() -> None:
    assert quality(([True] * 30, 30)) == pytest.approx([1])


@pytest.mark.parametrize(
    ("place", "expected"),
    [(1, 1), (10, (1 + 1 / log2(11)) / 2), (11, 1 / 2), (20, 1 / 2), (21, 0)],
)
def test_recall_looks_at_20_places_and_ndcg_at_10(place: int, expected: float) -> None:
    assert quality((at(place), 1)) == pytest.approx([expected])


def test_each_shopper_is_ranked_alone_by_score() -> None:
    # the second shopper's purchase has a lower score than all of the first, but the best of its own
    scores = [9, 8, 0.1, 0.2]
    assert quality(([True, False], 1), ([False, True], 1), scores=scores) == pytest.approx([1, 1])


def test_a_shopper_without_candidates_is_0() -> None:
    assert quality(([], 1), ([True], 1)) == pytest.approx([0, 1])
