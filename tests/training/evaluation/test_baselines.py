import numpy as np
import pytest
from support.orders import order_lines

from training.evaluation.baselines import Baseline, BaselineHistory, fit_baseline, rank_by_scores, top_n
from training.evaluation.catalogue import Catalogue
from training.evaluation.metrics import NO_ITEM
from training.evaluation.task import Question, Task
from training.history.interactions import Interactions

NO_GUESTS = order_lines().clear()


def interactions_of(*lines: tuple, guests: tuple = ()) -> Interactions:
    return Interactions.of(order_lines(*lines), order_lines(*guests) if guests else NO_GUESTS)


def ranked(baseline: Baseline, interactions: Interactions, user: str, question: Question) -> list[str]:
    """Return what the baseline shows to one user."""
    history = BaselineHistory.of(interactions)
    catalogue = Catalogue.of(interactions)
    nothing = np.empty(0, dtype=np.int32)
    task = Task(question, (user,), np.zeros(2, dtype=np.int64), nothing, catalogue)
    scores = fit_baseline(baseline, history, seed=0, threads=1)
    (items,) = rank_by_scores(scores, history, interactions, task)
    return [interactions.items.id_of(int(item)) for item in items if item != NO_ITEM]


# tea has three buyers, milk two, jam one; of late milk one and jam three orders of the same shopper
SHOP = (
    ("ada", "tea", 100, "o1"),
    ("bob", "tea", 100, "o2"),
    ("eve", "tea", 100, "o3"),
    ("ada", "milk", 90, "o4"),
    ("bob", "milk", 1, "o5"),
    ("eve", "jam", 0, "o6"),
    ("eve", "jam", 50, "o7"),
    ("eve", "jam", 60, "o8"),
)


def test_popular_goes_by_buyers_not_by_orders() -> None:
    assert ranked(Baseline.POPULAR, interactions_of(*SHOP), "ada", Question.ALL) == ["tea", "milk", "jam"]


def test_each_order_of_a_guest_is_a_buyer() -> None:
    guests = tuple((None, "jam", 100, f"g{number}") for number in range(3))
    shop = interactions_of(*SHOP, guests=guests)
    assert ranked(Baseline.POPULAR, shop, "ada", Question.ALL) == ["jam", "tea", "milk"]


def test_popular_of_late_counts_28_days_and_falls_back_on_all_time() -> None:
    got = ranked(Baseline.POPULAR_RECENT, interactions_of(*SHOP), "ada", Question.ALL)
    assert got == ["milk", "jam", "tea"]


def test_new_hides_what_the_user_bought() -> None:
    assert ranked(Baseline.POPULAR, interactions_of(*SHOP), "ada", Question.NEW) == ["jam"]
    assert ranked(Baseline.POPULAR, interactions_of(*SHOP), "bob", Question.NEW) == ["jam"]
    assert ranked(Baseline.POPULAR, interactions_of(*SHOP), "eve", Question.NEW) == ["milk"]


def test_own_frequency_comes_first_and_popularity_decides_between_equals() -> None:
    assert ranked(Baseline.OWN_FREQUENCY, interactions_of(*SHOP), "eve", Question.ALL) == [
        "jam",
        "tea",
        "milk",
    ]
    assert ranked(Baseline.OWN_FREQUENCY, interactions_of(*SHOP), "bob", Question.ALL) == [
        "tea",
        "milk",
        "jam",
    ]


def two_tastes() -> Interactions:
    """Even users buy even items, odd users odd ones; user and item 0 to 9, no user bought the own number."""
    lines = [
        (f"u{user}", f"i{item}", 1 + item, f"{user}-{item}")
        for user in range(10)
        for item in range(10)
        if (user + item) % 2 == 0 and user != item
    ]
    return interactions_of(*lines)


@pytest.mark.parametrize("baseline", [Baseline.ALS, Baseline.ALS_DECAYED, Baseline.ITEM_ITEM])
@pytest.mark.parametrize("user", [3, 4])
def test_collaborative_baselines_find_the_item_that_completes_a_taste(baseline: Baseline, user: int) -> None:
    assert ranked(baseline, two_tastes(), f"u{user}", Question.NEW)[0] == f"i{user}"


def test_item_item_fills_its_list_by_popularity() -> None:
    got = ranked(Baseline.ITEM_ITEM, two_tastes(), "u4", Question.ALL)
    assert {int(item[1:]) % 2 for item in got[:5]} == {0}
    assert {int(item[1:]) % 2 for item in got[5:]} == {1}
    assert len(got) == 10


def test_without_dates_recent_is_all_time_and_decayed_is_plain() -> None:
    history = BaselineHistory.of(interactions_of(*((*line[:2], None, line[3]) for line in SHOP)))
    assert not history.is_dated
    np.testing.assert_array_equal(history.popular_recent, history.popular)
    np.testing.assert_array_equal(history.decayed.toarray(), history.counts.toarray())


def test_an_order_counts_half_after_120_days() -> None:
    history = BaselineHistory.of(interactions_of(("ada", "tea", 120), ("ada", "milk", 0)))
    assert history.decayed.toarray().tolist() == [[1, 0.5]]
    assert history.counts.toarray().tolist() == [[1, 1]]


def test_all_baselines_answer_for_one_user_with_one_item() -> None:
    for baseline in Baseline:
        assert ranked(baseline, interactions_of(("ada", "tea")), "ada", Question.ALL) == ["tea"]
        assert ranked(baseline, interactions_of(("ada", "tea")), "ada", Question.NEW) == []


def test_top_n_is_best_first_of_equals_the_first_and_leaves_out_what_is_hidden() -> None:
    scores = np.asarray([[1, 3, 2, 3], [-1, -np.inf, -2, -np.inf]], dtype=np.float32)
    assert top_n(scores, 3).tolist() == [[1, 3, 2], [0, 2, NO_ITEM]]
    assert top_n(scores, 9).shape == (2, 4)
