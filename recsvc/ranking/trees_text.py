"""LightGBM's text of trees, read strictly: what LightGBM is then given cannot end the process.

LightGBM trusts its own text. A tree that is cut off raises in a thread of its own, which ends the process; a child that
names no node is followed outside of the tree. So every line is checked here, by its form and by its count, and what
is handed on holds nothing else: no objective and no parameters, which are of no use for scores.
"""

import re
from collections.abc import Mapping, Sequence
from math import isfinite

from recsvc.errors import DamagedModelError

MAX_LEAVES = 4096
"""Of one tree; ours have fewer than a hundred."""

_NUMBER = r"-?[0-9]{1,30}(?:\.[0-9]{1,30})?(?:e[-+]?[0-9]{1,3})?"
_NUMBERS = re.compile(rf"(?:{_NUMBER}(?: {_NUMBER})*)?")
_INTEGERS = re.compile(r"(?:-?[0-9]{1,9}(?: -?[0-9]{1,9})*)?")
_COUNT = re.compile(r"[0-9]{1,6}")

_HEADER = {"version": "v4", "num_class": "1", "num_tree_per_iteration": "1", "label_index": "0"}
_OF_SPLITS = {
    "split_feature": _INTEGERS,
    "split_gain": _NUMBERS,
    "threshold": _NUMBERS,
    "decision_type": _INTEGERS,
    "left_child": _INTEGERS,
    "right_child": _INTEGERS,
    "internal_value": _NUMBERS,
    "internal_weight": _NUMBERS,
    "internal_count": _INTEGERS,
}
_OF_LEAVES = {"leaf_value": _NUMBERS, "leaf_weight": _NUMBERS, "leaf_count": _INTEGERS}
_OF_TREE = {
    "num_leaves": _COUNT,
    "num_cat": re.compile("0"),
    "is_linear": re.compile("0"),
    "shrinkage": re.compile(_NUMBER),
}
_FIELDS = _OF_TREE | _OF_SPLITS | _OF_LEAVES

_DECISIONS = frozenset({0, 2, 4, 6, 8, 10})
"""A number is compared (bit 0 is 0); missing values go left or right (bit 1); they are none, 0 or NaN (bits 2, 3)."""

_THRESHOLDS = re.compile(r"^threshold=.*$", re.MULTILINE)
_ENDLESS = "1e300"
"""For `inf`, which LightGBM writes where a split only parts known values from missing ones; it reads it so, too."""

_END = "end of trees\n\nfeature_importances:\n\nparameters:\nend of parameters\n\npandas_categorical:null\n"


def strict(text: str) -> str:
    """Return the trees of ``text`` for LightGBM.

    Raises DamagedModelError for what is cut off, was altered, or is no text of numeric trees with one output.
    """
    header, _, rest = text.partition("\n\n")
    trees, end, _ = rest.partition("\nend of trees\n")
    trees = _THRESHOLDS.sub(lambda found: found[0].replace("inf", _ENDLESS), trees)
    kind, *lines = header.split("\n")
    fields = _fields(lines)
    if kind != "tree" or not end or any(fields.get(name) != value for name, value in _HEADER.items()):
        raise _damaged("it does not begin or end as the text of LightGBM's trees does")
    n_features = _count(fields, "max_feature_idx") + 1
    blocks = [
        _block(number, tree, n_features) for number, tree in enumerate(re.split(r"\n\n+", trees.strip("\n")))
    ]
    if len(blocks) != len(fields.get("tree_sizes", "").split()):
        raise _damaged(f"it has {len(blocks)} trees, and its tree_sizes say otherwise")
    return f"tree\n{_header(n_features, blocks)}\n\n{''.join(blocks)}{_END}"


def _header(n_features: int, blocks: Sequence[str]) -> str:
    fields = _HEADER | {
        "max_feature_idx": str(n_features - 1),
        "feature_names": " ".join(f"feature_{number}" for number in range(n_features)),
        "feature_infos": " ".join(["none"] * n_features),
        "tree_sizes": " ".join(str(len(block)) for block in blocks),
    }
    return "\n".join(f"{name}={value}" for name, value in fields.items())


def _count(fields: Mapping[str, str], name: str) -> int:
    value = fields.get(name, "")
    if not _COUNT.fullmatch(value):
        raise _damaged(f"its {name} is no count")
    return int(value)


def _block(number: int, tree: str, n_features: int) -> str:
    """Return ``tree`` as LightGBM writes it."""
    first, *lines = tree.split("\n")
    fields = _fields(lines)
    if first != f"Tree={number}" or fields.keys() != _FIELDS.keys() or len(lines) != len(_FIELDS):
        raise _damaged(f"tree {number} lacks fields, or has others")
    for name, value in fields.items():
        if not _FIELDS[name].fullmatch(value) or not all(isfinite(float(one)) for one in value.split()):
            raise _damaged(f"{name} of tree {number} holds something else than finite numbers")
    if not _is_tree(fields, n_features):
        raise _damaged(f"the nodes of tree {number} are no tree")
    return "\n".join([first, *lines]) + "\n\n\n"


def _is_tree(fields: Mapping[str, str], n_features: int) -> bool:
    n_leaves = int(fields["num_leaves"])
    n_splits = n_leaves - 1
    if not 1 <= n_leaves <= MAX_LEAVES or len(fields["leaf_value"].split()) != n_leaves:
        return False
    if n_splits and any(len(fields[name].split()) != n_leaves for name in _OF_LEAVES):
        return False
    if any(len(fields[name].split()) != n_splits for name in _OF_SPLITS):
        return False
    left, right = _integers(fields["left_child"]), _integers(fields["right_child"])
    return (
        all(0 <= feature < n_features for feature in _integers(fields["split_feature"]))
        and _DECISIONS.issuperset(_integers(fields["decision_type"]))
        # Each leaf (-1, -2, …) and each split but the first hangs below one split that comes before it.
        and sorted(left + right) == [*range(-n_leaves if n_splits else 0, 0), *range(1, n_splits)]
        and all(child < 0 or child > split for side in (left, right) for split, child in enumerate(side))
    )


def _integers(value: str) -> list[int]:
    return [int(one) for one in value.split()]


def _fields(lines: Sequence[str]) -> dict[str, str]:
    return {name: value for name, _, value in (line.partition("=") for line in lines)}


def _damaged(what: str) -> DamagedModelError:
    return DamagedModelError(f"a ranker cannot be read: {what}")
