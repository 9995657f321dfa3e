"""What is handed to LightGBM scores as the text did, and no text ends the process."""

import re
import subprocess
import sys

import lightgbm
import numpy as np
import pytest

from recsvc.errors import DamagedModelError
from recsvc.ranking.features import FEATURES
from recsvc.ranking.ranker import Trees
from recsvc.ranking.trees_text import strict


def rows(n: int = 200) -> np.ndarray:
    made = np.random.default_rng(0).normal(size=(n, len(FEATURES))).astype(np.float32)
    made[::7], made[::11] = 0, np.nan
    return made


def text_of(wanted: np.ndarray, n_trees: int = 3) -> str:
    parameters = {"objective": "regression", "num_leaves": 9, "verbosity": -1, "num_threads": 1}
    return lightgbm.train(parameters, lightgbm.Dataset(rows(len(wanted)), wanted), n_trees).model_to_string()


TEXT = text_of(np.nan_to_num(rows(500)[:, :3]).sum(axis=1))
END = TEXT.index("end of trees")


def test_scores_and_contributions_are_those_of_the_text() -> None:
    given, read = lightgbm.Booster(model_str=TEXT), lightgbm.Booster(model_str=strict(TEXT))
    for what in ({"raw_score": True}, {"pred_contrib": True}):
        assert np.array_equal(given.predict(rows(), **what), read.predict(rows(), **what), equal_nan=True)
    assert strict(strict(TEXT)) == strict(TEXT)


def test_trees_of_one_leaf_can_be_read() -> None:
    text = text_of(np.ones(100))
    assert "num_leaves=1\n" in text
    assert Trees(text).score(rows(5)).tolist() == [1.0] * 5


def test_a_text_that_is_cut_off_is_refused_wherever() -> None:
    for cut in [*range(0, END, 7), *range(END - 200, END)]:
        with pytest.raises(DamagedModelError, match="a ranker cannot be read"):
            strict(TEXT[:cut])


@pytest.mark.parametrize(
    ("line", "put"),
    [
        (r"num_leaves=\d+", "num_leaves=3"),
        (r"num_leaves=\d+", "num_leaves=999999"),
        (r"num_cat=0", "num_cat=1"),
        (r"is_linear=0", "is_linear=1"),
        (r"left_child=\S+", "left_child=0"),
        (r"left_child=\S+", "left_child=5000"),
        (r"right_child=\S+", "right_child=-5000"),
        (r"split_feature=\S+", "split_feature=5000"),
        (r"split_feature=\S+", "split_feature=-1"),
        (r"split_feature=\S+ ", "split_feature="),
        (r"decision_type=\S+", "decision_type=1"),
        (r"threshold=\S+", "threshold=nan"),
        (r"threshold=\S+", "threshold=1e999"),
        (r"leaf_value=\S+", "leaf_value=0x10"),
        (r"leaf_value=\S+ ", "leaf_value="),
        (r"leaf_count=", "leaf_counts="),
        (r"shrinkage=", "shrinkage=1\nshrinkage="),
        (r"Tree=0", "Tree=1"),
        (r"max_feature_idx=\d+", "max_feature_idx=1"),
        (r"max_feature_idx=\d+", "max_feature_idx=-1"),
        (r"num_class=1", "num_class=2"),
        (r"num_tree_per_iteration=1", "num_tree_per_iteration=0"),
        (r"tree_sizes=\d+", "tree_sizes="),
        (r"version=v4", "version=v5"),
    ],
)
def test_what_was_altered_is_refused(line: str, put: str) -> None:
    altered = re.sub(line, put, TEXT, count=1)
    assert altered != TEXT
    with pytest.raises(DamagedModelError, match="a ranker"):
        Trees(altered)


def test_what_lightgbm_needs_not_for_scores_is_not_handed_on() -> None:
    altered = TEXT.replace("\nparameters:", "\nparameters:\n[boosting: dart]\n[\x00", 1)
    altered = re.sub(
        r"tree_sizes=\d+", "tree_sizes=7", re.sub(r"objective=\S+", "objective=none", altered), count=1
    )
    assert strict(altered) == strict(TEXT)


ALTER = """
import random, sys
import numpy as np
from recsvc.errors import DamagedModelError
from recsvc.ranking.features import FEATURES
from recsvc.ranking.ranker import Trees
text, rng = sys.stdin.read(), random.Random(int(sys.argv[1]))
rows = np.random.default_rng(0).random((20, len(FEATURES))).astype(np.float32)
n_refused = 0
for _ in range(200):
    at = rng.randrange(len(text))
    end = at + rng.choice([0, 1, 1, 5, 100])
    put = "".join(rng.choice("0123456789 -=.\\nTreeabc") for _ in range(rng.choice([0, 1, 1, 5])))
    try:
        trees = Trees(text[:at] + put + text[end:])
        trees.score(rows)
        trees.contributions(rows, 0)
    except DamagedModelError:
        n_refused += 1
print(n_refused)
"""


@pytest.mark.parametrize("seed", range(5))
def test_no_altered_text_ends_the_process(seed: int) -> None:
    command = [sys.executable, "-c", ALTER, str(seed)]
    done = subprocess.run(command, input=TEXT, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    assert 20 < int(done.stdout.splitlines()[-1]) < 200


def test_a_split_between_known_and_missing_values_is_read_as_lightgbm_meant_it() -> None:
    known = np.random.default_rng(1).random(400) < 0.5
    table = np.random.default_rng(2).normal(size=(400, len(FEATURES))).astype(np.float32)
    table[~known, 0] = np.nan
    parameters = {"objective": "regression", "num_leaves": 2, "verbosity": -1, "num_threads": 1}
    made = lightgbm.train(parameters, lightgbm.Dataset(table, known.astype(float)), 3)
    text = made.model_to_string()
    assert "threshold=inf" in text
    assert Trees(text).score(table).tolist() == pytest.approx(made.predict(table).tolist())
