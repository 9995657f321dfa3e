import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from support.models import random_model
from support.selections import ids

from recsvc.ranking.query import Placement, Query, Source
from recsvc.ranking.recommender import Recommender
from recsvc.ranking.selection import Capped, OverFetch, Pinned, Selection

SELECTIONS = st.builds(
    Selection,
    allowed=st.none() | st.integers(1, 6).map(lambda each: np.arange(60) % each == 0),
    factors=st.none()
    | st.integers(0, 9).map(
        lambda seed: np.random.default_rng(seed).uniform(0.01, 100, 60).astype(np.float32)
    ),
    pinned=st.lists(st.builds(Pinned, st.integers(0, 59), st.integers(1, 12)), max_size=4).map(tuple),
    caps=st.lists(
        st.builds(
            lambda n_groups, at_most: Capped((np.arange(60) % n_groups - 1).astype(np.int32), at_most),
            st.integers(1, 8),
            st.integers(1, 4),
        ),
        max_size=2,
    ).map(tuple),
    last=st.sets(st.integers(0, 59), max_size=9).map(lambda items: np.asarray(sorted(items), dtype=np.int32)),
    exclude_bought_days=st.none() | st.floats(0, 99),
    is_filled=st.booleans(),
)
RECOMMENDERS = [Recommender(random_model(3, n_items=60), diversity) for diversity in (0.0, 0.4)]


QUERIES = st.builds(
    lambda placement, n, user: Query(placement, n, f"u{user:05}", ("i00007",), ("i00012",)),
    st.sampled_from(Placement),
    st.integers(1, 20),
    st.integers(0, 7),
)


@settings(deadline=None, max_examples=150)
@given(
    selection=SELECTIONS,
    recommender=st.sampled_from(RECOMMENDERS),
    query=QUERIES,
    spare=st.sampled_from([0, 5]),
)
def test_whatever_the_rules_say_each_list_keeps_them(
    selection: Selection, recommender: Recommender, query: Query, spare: int
) -> None:
    made = recommender.recommend(query, over_fetch=OverFetch(spare), selection=selection)
    shown = [int(one[1:]) for one in ids(made)]
    is_pin = [item.source is Source.RULE for item in made.items]
    assert len(set(shown)) == len(shown)
    assert not {7, 12} & set(shown)
    assert selection.allowed is None or selection.allowed[shown].all()
    scores = [item.score for item in made.items]
    assert scores == sorted(scores, reverse=True)
    assert all(0 <= score <= 1 for score in scores)
    for cap in selection.caps:
        ordinary = [cap.groups[item] for item, pinned in zip(shown, is_pin, strict=True) if not pinned]
        pinned = [cap.groups[item] for item, pinned in zip(shown, is_pin, strict=True) if pinned]
        for group in set(ordinary) - {-1}:
            assert ordinary.count(group) <= max(0, cap.at_most - pinned.count(group))
    asked_for = {pin.item: pin.position for pin in reversed(selection.pinned)}
    for rank, item in enumerate(shown, start=1):
        if is_pin[rank - 1]:
            pushed = sum(position <= asked_for[item] for one, position in asked_for.items() if one != item)
            is_at_the_end = all(is_pin[rank:])
            assert asked_for[item] <= rank <= asked_for[item] + pushed or is_at_the_end
    others = [item in selection.last for item, pinned in zip(shown, is_pin, strict=True) if not pinned]
    assert others == sorted(others)
