import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.models import random_model

from recsvc.model.model import Model
from recsvc.ranking.query import Source
from recsvc.ranking.ranking import Ranking
from recsvc.ranking.scores import Subset
from recsvc.ranking.sources.fallback import Fallback
from recsvc.ranking.sources.sales import sales


def positive(scores: np.ndarray, excluded: np.ndarray, source: Source) -> Ranking:
    shown = scores > 0
    shown[excluded] = False
    items = np.flatnonzero(shown).astype(np.int32)
    return Ranking.of(items, scores[items], (source,) * len(items))


def reference(model: Model, excluded: np.ndarray, n: int) -> Ranking:
    """Sort the whole catalogue."""
    all_time = model.popularity[0]
    selling = 1 + sales(model, 28) + all_time / (1 + all_time.max())
    rising = positive(model.trending, excluded, Source.TRENDING).first(2 * n)
    return rising.filled_from(positive(selling, excluded, Source.POPULAR).first(2 * n))


@settings(deadline=None)
@given(seed=st.integers(0, 9), excluded=st.sets(st.integers(0, 99), max_size=100), n=st.integers(1, 60))
def test_it_is_the_whole_catalogue_sorted_by_what_rises_then_by_what_sells(
    seed: int, excluded: set[int], n: int
) -> None:
    model, not_shown = random_model(seed, n_items=100), np.asarray(sorted(excluded), np.int32)
    found, expected = Fallback(model).ranking(not_shown, n), reference(model, not_shown, n)
    assert found.items.tolist() == expected.items.tolist()
    assert found.scores.tolist() == expected.scores.tolist()
    assert found.proposers == expected.proposers


@settings(deadline=None)
@given(seed=st.integers(0, 9), excluded=st.sets(st.integers(0, 99), max_size=50), each=st.integers(2, 20))
def test_of_what_is_allowed_it_is_the_same_as_with_the_rest_excluded(
    seed: int, excluded: set[int], each: int
) -> None:
    mask = np.arange(100) % each == 0
    others = np.asarray(sorted(excluded | set(np.flatnonzero(~mask).tolist())), np.int32)
    fallback = Fallback(random_model(seed, n_items=100))
    found = fallback.ranking(np.asarray(sorted(excluded), np.int32), 10, Subset.of(mask, len(mask)))
    expected = fallback.ranking(others, 10)
    assert found.items.tolist() == expected.items.tolist()
    assert found.scores.tolist() == expected.scores.tolist()


@pytest.mark.parametrize("kept", [1, 5])
def test_it_goes_on_behind_what_was_kept(kept: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("recsvc.ranking.scores.KEPT", kept)
    model, nothing = random_model(3, n_items=100), np.empty(0, np.int32)
    assert Fallback(model).ranking(nothing, 20).items.tolist() == reference(model, nothing, 20).items.tolist()
