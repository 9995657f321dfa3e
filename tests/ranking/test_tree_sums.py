from concurrent.futures import ThreadPoolExecutor

import lightgbm
import numpy as np
import pytest

from recsvc.ranking.tree_sums import TreeSums

RNG = np.random.default_rng(6)
FEATURES = RNG.random((300, 5)).astype(np.float32)
FEATURES[::7, 2] = np.nan
BOOSTER = lightgbm.train(
    {"objective": "regression", "verbose": -1, "num_threads": 1},
    lightgbm.Dataset(FEATURES, FEATURES[:, 0] + np.nan_to_num(FEATURES[:, 2])),
    30,
)


@pytest.mark.parametrize(("first", "n"), [(0, -1), (0, 20), (20, -1), (5, 3)])
@pytest.mark.parametrize("threads", [0, 1])
@pytest.mark.parametrize("rows", [FEATURES, FEATURES[:1], FEATURES[::2], np.asfortranarray(FEATURES)])
def test_the_sums_are_those_that_lightgbm_predicts(
    rows: np.ndarray, threads: int, first: int, n: int
) -> None:
    expected = BOOSTER.predict(rows, raw_score=True, start_iteration=first, num_iteration=n)
    found = TreeSums(BOOSTER).part(first, n).of(rows, threads)
    assert found.tolist() == np.asarray(expected, np.float32).tolist()


def test_no_rows_have_no_sums() -> None:
    assert TreeSums(BOOSTER).of(FEATURES[:0]).shape == (0,)


def test_rows_of_another_width_are_refused() -> None:
    with pytest.raises(ValueError, match="rows have 4 features, the trees 5"):
        TreeSums(BOOSTER).of(FEATURES[:, :4])


def test_many_threads_get_what_one_gets() -> None:
    sums = TreeSums(BOOSTER)
    expected = sums.of(FEATURES).tolist()
    with ThreadPoolExecutor(8) as threads:
        assert all(
            found.tolist() == expected for found in threads.map(lambda _: sums.of(FEATURES), range(100))
        )


def test_threads_that_want_different_trees_get_each_their_own() -> None:
    whole = TreeSums(BOOSTER)
    parts = [whole, whole.part(0, 20), whole.part(20)]
    expected = [part.of(FEATURES).tolist() for part in parts]
    with ThreadPoolExecutor(8) as threads:
        asked = threads.map(lambda i: (i % 3, parts[i % 3].of(FEATURES).tolist()), range(300))
        assert all(found == expected[part] for part, found in asked)
