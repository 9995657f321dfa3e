import numpy as np
import pytest
from support.models import CAKE, HAMMER, TEA
from support.orders import order_lines

from recsvc.model.model import Model
from recsvc.ranking.features import FEATURES
from recsvc.ranking.selection import EVERYTHING, Selection
from training.ranker.examples import Examples, Sampling, make_examples


@pytest.fixture
def three() -> Examples:
    """Three shoppers with 2, 0 and 3 candidates; each row holds its own number."""
    table = np.repeat(np.arange(5, dtype=np.float32)[:, np.newaxis], len(FEATURES), axis=1)
    bought = np.asarray([True, False, False, True, False])
    return Examples(
        table, bought, np.asarray([2, 0, 3]), np.asarray([1, 4, 2]), np.asarray([7, 8, 7, 8, 9], np.int32)
    )


def rows(examples: Examples) -> list[int]:
    return examples.features[:, 0].astype(int).tolist()


def make(model: Model, *lines: tuple, repeats: bool = True, max_users: int = 10, seed: int = 0) -> Examples:
    sampling = Sampling(max_users, seed)
    return make_examples(model, order_lines(*lines), {"a list": repeats}, sampling)["a list"]


def test_halves_share_out_the_shoppers_with_all_their_candidates(three: Examples) -> None:
    second, others = three.halves()
    assert (rows(second), second.groups.tolist(), second.targets.tolist()) == ([], [0], [4])
    assert (rows(others), others.groups.tolist(), others.targets.tolist()) == (
        [0, 1, 2, 3, 4],
        [2, 3],
        [1, 2],
    )


def test_thinned_examples_keep_what_was_bought_and_a_share_of_the_rest(three: Examples) -> None:
    many = Examples.together([three] * 400)
    thin = many.thinned(seed=1, share=0.25)
    assert thin.bought.sum() == many.bought.sum() == 800
    assert 250 < (~thin.bought).sum() < 350  # of 1200
    assert thin.groups.sum() == len(thin.bought)
    assert (thin.n_users, thin.targets.tolist()) == (1200, many.targets.tolist())


def test_what_is_thinned_is_not_thinned_again(three: Examples) -> None:
    thin = three.thinned(seed=1, share=0.25)
    assert not three.is_thinned
    assert thin.is_thinned
    assert thin.thinned(seed=2, share=0.25) is thin
    assert Examples.together([three, thin]).is_thinned


def test_examples_below_one_another_keep_their_groups(three: Examples) -> None:
    both = Examples.together([three, three])
    assert both.n_users == 6
    assert both.groups.tolist() == [2, 0, 3, 2, 0, 3]
    assert rows(both) == [*range(5), *range(5)]


def test_candidates_that_were_bought_next_are_marked(model: Model) -> None:
    made = make(model, ("ada", "tea"), ("ada", "cake"), ("bob", "hammer"))
    assert made.groups.tolist() == [7, 7]  # the whole small catalogue is proposed to each
    assert np.flatnonzero(made.bought).tolist() == [CAKE, TEA, 7 + HAMMER]
    assert made.targets.tolist() == [2, 1]
    assert made.features.shape == (14, len(FEATURES))


def test_where_only_the_new_counts_the_shoppers_own_items_are_neither_candidates_nor_targets(
    model: Model,
) -> None:
    made = make(model, ("ada", "tea"), ("ada", "cake"), repeats=False)
    assert (made.groups.tolist(), made.targets.tolist()) == ([5], [1])
    assert made.bought.sum() == 1
    assert not made.features[:, FEATURES.index("own_orders")].any()


def test_shoppers_who_bought_nothing_new_teach_nothing_of_the_new(model: Model) -> None:
    made = make(model, ("ada", "tea"), repeats=False)
    assert (made.n_users, made.features.shape) == (0, (0, len(FEATURES)))


def test_two_orders_of_an_item_are_one_target(model: Model) -> None:
    assert make(model, ("ada", "tea", 0, "o1"), ("ada", "tea", 1, "o2")).targets.tolist() == [1]


def test_users_and_items_that_the_model_does_not_know_are_left_out(model: Model) -> None:
    assert make(model, ("zoe", "tea"), ("ada", "soup")).n_users == 0
    assert make(model, ("ada", "tea"), ("ada", "soup")).targets.tolist() == [1]


def test_at_most_so_many_users_drawn_by_the_seed(model: Model) -> None:
    lines = [(user, "jam") for user in ("ada", "ann", "ben", "bob")]
    own = FEATURES.index("user_orders")
    drawn = {
        seed: tuple(np.unique(make(model, *lines, max_users=2, seed=seed).features[:, own]))
        for seed in range(8)
    }
    assert {make(model, *lines, max_users=2, seed=seed).n_users for seed in range(8)} == {2}
    assert len(set(drawn.values())) > 1
    assert drawn[3] == tuple(np.unique(make(model, *lines, max_users=2, seed=3).features[:, own]))


def test_a_shopper_who_bought_no_candidate_keeps_none_and_others_a_few_for_each_hit() -> None:
    n = 1000
    bought = np.zeros(2 * n, dtype=bool)
    bought[0] = True
    both = Examples(
        np.zeros((2 * n, len(FEATURES)), np.float32),
        bought,
        np.asarray([n, n]),
        np.asarray([1, 1]),
        np.arange(2 * n, dtype=np.int32),
    )
    one, none = both.thinned(seed=1, share=0.25).groups
    assert none == 0
    assert 25 < one - 1 < 60  # about a quarter of NEGATIVES_PER_HIT
    assert 5 < both.thinned(seed=1, share=0.1).groups[0] - 1 < 30


def test_another_variant_of_what_was_bought_is_not_new(model: Model) -> None:
    lines, sampling = order_lines(("ann", "milk", 1), ("ann", "jam", 1)), Sampling(10, 0)
    groups = np.full(model.n_items, -1, dtype=np.int32)
    groups[[TEA, model.items.index_of("milk")]] = 0
    for selection, n_targets in ((EVERYTHING, 2), (Selection(variants=groups), 1)):
        made = make_examples(model, lines, {"new": False, "all": True}, sampling, selection)
        assert made["new"].targets.tolist() == [n_targets]
        assert made["all"].targets.tolist() == [2]
