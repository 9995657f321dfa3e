import json
from dataclasses import replace
from math import log2

import numpy as np
import pytest

from recsvc.ranking.features import FEATURES
from recsvc.ranking.ranker import Blend, Trees, read_ranker
from training.ranker import choice, trees
from training.ranker.choice import BLENDS, SINGLES, choose_ranker, relearn_ranker, user_quality
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
    assert fitted.as_dict() == {"kind": fitted.kind, "rarity": 0.0, "validation": fitted.quality}


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


def what_everybody_or_one_buys(share: float, n_users: int = 1000) -> Examples:
    """Of two candidates, what everybody buys (item 0) and what nobody else does; bought is the first by ``share``."""
    table = np.zeros((2 * n_users, len(FEATURES)), dtype=np.float32)
    sells = np.arange(2 * n_users) % 2 == 0
    for name, (much, little) in {"item_buyers": (100, 0.1), "month_sales": (9, 0.5), "als": (0.1, 2)}.items():
        table[:, FEATURES.index(name)] = np.where(sells, much, little)
    first = np.arange(n_users) < share * n_users
    bought = np.stack([first, ~first], axis=1).ravel()
    items = np.where(sells, 0, np.arange(2 * n_users)).astype(np.int32)
    return Examples(table, bought, np.full(n_users, 2), np.ones(n_users, dtype=np.int64), items)


def shown_first(ranker: FittedRanker) -> set[int]:
    seen = what_everybody_or_one_buys(0.5)
    scores = read_ranker(ranker.text).score(seen.features).reshape(-1, 2)
    return {int(item) for item in seen.items.reshape(-1, 2)[np.arange(len(scores)), scores.argmax(axis=1)]}


@pytest.mark.parametrize(("rarity", "shows"), [(0.0, 1), (0.3, 1000)])
def test_a_purchase_of_what_few_buy_can_count_more(rarity: float, shows: int) -> None:
    windows = [what_everybody_or_one_buys(0.55)]
    again = relearn_ranker(FittedRanker("", "trees", {}, rarity=rarity), windows, SETTINGS, aim=AIM)
    assert len(shown_first(again)) == shows


@pytest.mark.parametrize(
    ("share", "aim", "is_personal"), [(0.55, AIM, False), (0.55, VARIED, True), (0.65, VARIED, False)]
)
def test_of_what_is_level_users_see_different_items_but_not_at_any_price(
    share: float, aim: Aim, is_personal: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(choice, "SHOWN", 1)
    # Both in one list: only their order can be better or worse.
    windows = [what_everybody_or_one_buys(share, n_users=300)] * 2
    fitted = choose_ranker(windows, SETTINGS, aim=aim)
    assert (len(shown_first(fitted)) > 300) == is_personal
    assert is_personal == (fitted.rarity > 0)
    assert fitted.name in fitted.quality


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
