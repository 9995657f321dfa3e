"""What is bought in one variant speaks for the other variants of the product as well."""

import numpy as np
import polars as pl
import pytest
from scipy import sparse

from training.fit.variant_sharing import MOST_VARIANTS, SHARE, with_variants
from training.history.catalogue import ShopCatalogue
from training.history.interactions import Interactions


def interactions(items: list[str], groups: dict[str, str]) -> Interactions:
    lines = pl.DataFrame(
        {
            "user_id": ["ann"] * len(items),
            "item_id": items,
            "ordered_at": pl.Series([1] * len(items), dtype=pl.Int64),
            "order_id": ["o"] * len(items),
            "quantity": [1.0] * len(items),
            "unit_price": [1.0] * len(items),
            "title": items,
        }
    ).with_columns(pl.col("user_id", "item_id", "title").cast(pl.Categorical).cast(pl.Enum(["ann", *items])))
    return Interactions.of(lines, lines.clear(), ShopCatalogue(groups=groups))


def test_a_purchase_counts_for_the_other_variants_of_its_product() -> None:
    known = interactions(
        ["mug", "tee-l", "tee-m", "tee-s"], {f"tee-{size}": "tee" for size in "lms"} | {"gone": "tee"}
    )
    bought = sparse.csr_matrix(np.asarray([[1, 2, 0, 0], [0, 4, 2, 0]], dtype=np.float32))
    shared = with_variants(bought, known)
    expected = [[1, 2, 2 * SHARE, 2 * SHARE], [0, 4 + 2 * SHARE, 2 + 4 * SHARE, 6 * SHARE]]
    assert shared.toarray().tolist() == expected
    assert shared.dtype == bought.dtype


@pytest.mark.parametrize(
    "groups",
    [
        {},
        {"mug": "mug", "tee": "tee"},
        {"mug": "one", "another": "one"},
        {f"x{n:03}": "all" for n in range(MOST_VARIANTS + 1)},
    ],
    ids=["no groups", "groups of one", "variants that nobody bought", "a group of everything"],
)
def test_without_variants_of_what_was_bought_nothing_changes(groups: dict[str, str]) -> None:
    items = sorted({"mug", "tee", *(item for item in groups if item.startswith("x"))})
    bought = sparse.csr_matrix(np.ones((2, len(items)), dtype=np.float32))
    assert with_variants(bought, interactions(items, groups)) is bought
