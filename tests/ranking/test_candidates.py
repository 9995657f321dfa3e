from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.models import (
    CAKE,
    HAMMER,
    ITEMS,
    MILK,
    TEA,
    random_model,
    rows,
    small_model,
    with_categories,
    with_heads,
)

from recsvc.model.model import Model
from recsvc.model.sparse import SparseRows
from recsvc.ranking.candidates import MAX_MORE, Candidates, Proposer
from recsvc.ranking.history import History, history_of
from recsvc.ranking.query import Source
from recsvc.ranking.scores import Subset
from recsvc.ranking.sources.all import SOURCES
from recsvc.ranking.sources.category import category_shares
from recsvc.ranking.sources.repurchase import MAX_OWN_ITEMS
from recsvc.ranking.sources.sales import sales
from recsvc.ranking.user_state import UserState

NAMES = tuple(source.name for source in SOURCES)
PER_SOURCE = {source.name: source.n_proposed for source in SOURCES}
NOTHING = np.empty(0, dtype=np.int32)


@pytest.fixture
def ada(model: Model) -> UserState:
    return UserState(0, history_of(model, 0), NOTHING)


def summed(neighbours: SparseRows, history: History, weights: np.ndarray) -> np.ndarray:
    scores = np.zeros(neighbours.n_columns)
    for item, weight in zip(history.items, weights, strict=True):
        columns, values = neighbours.row(int(item))
        scores[columns] += values * weight
    return scores.astype(np.float32)


def in_categories(model: Model, history: History) -> np.ndarray:
    shares = category_shares(model, history)
    scores = np.zeros(model.n_items)
    for category in range(len(model.categories)):
        items, values = model.category_items.row(category)
        scores[items] += values * shares[category]
    return scores.astype(np.float32)


def whole_catalogue(model: Model, user: UserState) -> dict[str, np.ndarray]:
    """Score every item by every source, one source after the other, as plainly as can be."""
    history, confidence = user.history, user.history.confidence
    scores = {
        "item_neighbours": summed(model.item_neighbours, history, confidence),
        "item_neighbours_recent": summed(model.item_neighbours, history, history.recent),
        "item_neighbours_even": summed(model.item_neighbours, history, np.ones(len(history), np.float32)),
        "basket_neighbours": summed(
            model.basket_neighbours, history, confidence / max(float(confidence.sum()), 1e-9)
        ),
        "week_sales": sales(model, 7),
        "month_sales": sales(model, 28),
        "all_sales": sales(model, 0),
        "category": in_categories(model, history),
    }
    tables = ("als", "forward_all", "forward_new", "user_neighbours")
    if user.user_index is None:
        return scores | {name: np.zeros(model.n_items, np.float32) for name in tables}
    taste = model.user_factors[user.user_index]
    unit = taste / float(np.linalg.norm(taste))
    return scores | {
        "als": model.item_factors @ taste,
        "forward_all": model.forward_all @ np.append(unit, np.float32(1)),
        "forward_new": model.forward_new @ np.append(unit, np.float32(1)),
        "user_neighbours": model.user_neighbours @ unit,
    }


def reference(model: Model, user: UserState, *, repeats: bool) -> Candidates:
    """Sort the whole catalogue by each source; of equal scores the first item comes first."""
    history, scores = user.history, whole_catalogue(model, user)
    excluded = set(user.excluded.tolist()) | (set() if repeats else set(history.items.tolist()))
    proposed: set[int] = set()
    for source, n in PER_SOURCE.items():
        best_first = np.argsort(-scores[source], kind="stable")[: n + len(excluded)].tolist()
        shown = [item for item in best_first if scores[source][item] > 0 and item not in excluded]
        proposed |= set(shown[: n + MAX_MORE])
    if repeats:
        order = np.argsort(-(history.recent + 0.01 * history.orders), kind="stable")
        proposed |= set(history.items[order][:MAX_OWN_ITEMS].tolist())
    items = np.asarray(sorted(proposed - excluded), dtype=np.int32)
    return Candidates(
        items, np.stack([scores[source][items] for source in NAMES], axis=1), Proposer(model).sources
    )


SHOPPERS = st.builds(
    lambda user, excluded: (user, np.asarray(sorted(excluded), dtype=np.int32)),
    st.integers(0, 7) | st.none(),
    st.sets(st.integers(0, 299), max_size=150),
)


@settings(deadline=None)
@given(seed=st.integers(0, 20), asked=SHOPPERS, repeats=st.booleans())
def test_candidates_are_those_of_sorting_the_whole_catalogue_by_each_source(
    seed: int, asked: tuple[int | None, np.ndarray], repeats: bool
) -> None:
    model = random_model(seed)
    user, excluded = asked
    history = History.of_items([1, 5, 9]) if user is None else history_of(model, user)
    user = UserState(user, history, excluded)
    found, expected = (
        Proposer(model).propose(user, repeats=repeats),
        reference(model, user, repeats=repeats),
    )
    np.testing.assert_array_equal(found.items, expected.items)
    np.testing.assert_array_equal(found.scores, expected.scores)
    assert (found.items.dtype, found.scores.dtype) == (np.int32, np.float32)


def test_one_who_bought_very_much_is_proposed_so_many_more_and_no_more() -> None:
    model = random_model(4, n_items=1000)
    bought = History.of_items(list(range(0, 1000, 2)))
    user = UserState(0, bought, NOTHING)
    items = Proposer(model).propose(user, repeats=False).items
    np.testing.assert_array_equal(items, reference(model, user, repeats=False).items)
    assert (items % 2 == 1).all()
    by_sales = Proposer(replace(model, popularity=0 * model.popularity)).propose(user, repeats=False).items
    assert len(by_sales) < len(items) < 500


def test_a_head_of_the_whole_table_changes_nothing() -> None:
    model = random_model(2)
    user = UserState(3, history_of(model, 3), NOTHING)
    found = Proposer(with_heads(model, model.n_items)).propose(user, repeats=True)
    expected = reference(model, user, repeats=True)
    assert found.items.tolist() == expected.items.tolist()
    np.testing.assert_allclose(found.scores, expected.scores, atol=1e-5)


def test_the_best_by_taste_come_from_the_head_and_all_candidates_are_scored_by_taste() -> None:
    model = random_model(2)
    nothing_else = rows(*[{}] * model.n_items, n_columns=model.n_items)
    in_none = rows(*[{}] * len(model.categories), n_columns=model.n_items)
    model = replace(
        model,
        item_neighbours=nothing_else,
        basket_neighbours=nothing_else,
        popularity=0 * model.popularity,
        category_items=in_none,
    )
    user = UserState(3, history_of(model, 3), NOTHING)
    assert Proposer(with_heads(model, 50)).propose(user, repeats=False).items.max() < 50
    found = Proposer(with_heads(model, 50)).propose(user, repeats=True)
    assert found.items.max() > 50
    taste = model.user_factors[3]
    np.testing.assert_allclose(found.scores[:, 0], model.item_factors[found.items] @ taste, atol=1e-5)


def test_many_threads_get_what_one_gets() -> None:
    model = random_model(1)
    proposer = Proposer(model)
    users = [UserState(user, history_of(model, user), NOTHING) for user in range(8)] * 20
    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(lambda one: proposer.propose(one, repeats=True), users))
    for user, candidates in zip(users, found, strict=True):
        np.testing.assert_array_equal(candidates.scores, reference(model, user, repeats=True).scores)


def test_candidates_are_distinct_and_in_order(model: Model, ada: UserState) -> None:
    items = Proposer(model).propose(ada, repeats=True).items.tolist()
    assert items == list(range(len(ITEMS)))


def test_without_repeats_the_shoppers_own_items_are_no_candidates(model: Model, ada: UserState) -> None:
    items = Proposer(model).propose(ada, repeats=False).items.tolist()
    assert not {TEA, MILK} & set(items)
    assert CAKE in items


def test_excluded_items_are_no_candidates(model: Model, ada: UserState) -> None:
    without = UserState(0, ada.history, np.asarray([TEA, CAKE], np.int32))
    assert not {TEA, CAKE} & set(Proposer(model).propose(without, repeats=True).items.tolist())


@pytest.mark.parametrize("source", NAMES)
def test_each_source_has_an_opinion(model: Model, ada: UserState, source: str) -> None:
    scores = Proposer(with_categories(model)).propose(ada, repeats=True).scores[:, NAMES.index(source)]
    assert scores.max() > 0


def test_a_shopper_without_a_taste_is_scored_by_what_is_bought_with_the_items(model: Model) -> None:
    guest = UserState(None, History.of_items([HAMMER]), NOTHING)
    found = Proposer(model).propose(guest, repeats=True)
    assert not found.scores[:, NAMES.index("als")].any()
    assert found.scores[:, NAMES.index("item_neighbours")].any()


@pytest.mark.parametrize("repeats", [True, False])
def test_with_some_items_allowed_each_source_proposes_as_many_of_them(repeats: bool) -> None:
    model = random_model(2, n_items=2000)
    user = UserState(3, history_of(model, 3), NOTHING)
    mask = np.arange(2000) % 10 == 0
    found = Proposer(model).propose(replace(user, allowed=Subset.of(mask, len(mask))), repeats=repeats)
    assert mask[found.items].all()
    own = len(np.intersect1d(found.items, user.history.items))
    assert len(found.items) - own >= max(PER_SOURCE.values())
    everything = replace(user, allowed=Subset.of(np.ones(2000, dtype=bool), 2000))
    again = Proposer(model).propose(everything, repeats=repeats)
    assert again.items.tolist() == Proposer(model).propose(user, repeats=repeats).items.tolist()


@pytest.mark.parametrize("heads", [0, 40])
def test_many_shoppers_are_scored_as_one_by_one(heads: int) -> None:
    model = random_model(5)
    if heads:
        model = with_heads(model, n=heads)
    proposer, every = Proposer(model), np.arange(model.n_items, dtype=np.int32)
    users = [UserState(user, history_of(model, user), NOTHING) for user in range(model.n_users)]
    for user, scores in zip(users, proposer.scores_of_all(users), strict=True):
        alone = proposer.scores(user)
        for source in proposer.sources:
            np.testing.assert_allclose(scores[source].of(every), alone[source].of(every), rtol=1e-5)
            assert set(scores[source].best(9)) == set(alone[source].best(9))


def candidates(**scores: list[float]) -> Candidates:
    """Return candidates 0, 1, … with these scores of sources, 0 of the others."""
    n = len(next(iter(scores.values())))
    table = np.zeros((n, len(NAMES)), np.float32)
    for source, column in scores.items():
        table[:, NAMES.index(source)] = column
    return Candidates(np.arange(n, dtype=np.int32), table, PROPOSER.sources)


PROPOSER = Proposer(small_model())
NOTHING_BOUGHT = History.of_items([])


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("als", Source.ALS),
        ("forward_new", Source.ALS),
        ("user_neighbours", Source.ALS),
        ("item_neighbours", Source.CO_PURCHASE),
        ("basket_neighbours", Source.CO_PURCHASE),
        ("week_sales", Source.POPULAR),
        ("all_sales", Source.POPULAR),
    ],
)
def test_a_source_is_called_by_what_it_looks_at(source: str, name: Source) -> None:
    assert candidates(**{source: [1.0]}).proposers(NOTHING_BOUGHT) == (source,)
    assert PROPOSER.public_name(source) is name


def test_an_item_is_from_the_source_that_ranks_it_highest() -> None:
    # als puts item 0 first, together item 1, all_sales item 2: how large its scores are does not matter
    found = candidates(als=[0.9, 0.8, 0.7], basket_neighbours=[0.01, 0.03, 0.02], all_sales=[500, 400, 900])
    assert found.proposers(NOTHING_BOUGHT) == ("als", "basket_neighbours", "all_sales")


def test_a_source_without_a_score_proposed_nothing() -> None:
    # item 0 is the first of those without a score by als, but only the third by sales
    found = candidates(als=[0, 0, 0], all_sales=[1, 2, 3])
    assert found.proposers(NOTHING_BOUGHT) == ("all_sales",) * 3


def test_the_shoppers_own_items_are_repurchases() -> None:
    found = candidates(als=[0.9, 0.8])
    assert found.proposers(History.of_items([1])) == ("als", Source.REPURCHASE)


def test_no_candidates_have_no_sources() -> None:
    assert candidates(als=[]).proposers(NOTHING_BOUGHT) == ()
