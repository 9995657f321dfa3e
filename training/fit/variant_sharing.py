"""What is bought in one variant speaks for the other variants of the product as well."""

from collections import Counter
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from training.history.catalogue import ShopCatalogue
from training.history.interactions import Interactions

SHARE = 0.25
"""A purchase of a variant counts so much for each other variant of the product."""

MOST_VARIANTS = 100
"""Products with more variants are not shared: each purchase would be one of all of them."""


def variants_among(item_ids: Iterable[str], catalogue: ShopCatalogue) -> NDArray[np.int32] | None:
    """Return the product of which each item is a variant, -1 for none; int32, shape (n_items,).

    None where no two of them are variants of one product.
    """
    if not catalogue.groups:
        return None
    named = [catalogue.groups.get(item_id) for item_id in item_ids]
    counts = Counter(name for name in named if name is not None)
    numbers = {name: n for n, name in enumerate(one for one, k in counts.items() if 1 < k <= MOST_VARIANTS)}
    if not numbers:
        return None
    return np.asarray([-1 if name is None else numbers.get(name, -1) for name in named], dtype=np.int32)


def with_variants(bought: sparse.csr_matrix, interactions: Interactions) -> sparse.csr_matrix:
    """Return ``bought``, shape (n_users, n_items), in which purchases count for other variants of the product too.

    The same object where the catalogue knows no variants among the items.
    """
    return shared_among(bought, variants_among(interactions.items.ids, interactions.catalogue))


def shared_among(bought: sparse.csr_matrix, groups: NDArray[np.int32] | None) -> sparse.csr_matrix:
    """Return the same; ``groups`` as ``variants_among`` returns them."""
    if groups is None:
        return bought
    items = np.flatnonzero(groups >= 0)
    ones = np.ones(len(items), dtype=bought.dtype)
    shape = (bought.shape[1], int(groups.max()) + 1)
    of_group = sparse.csr_matrix((ones, (items, groups[items])), shape=shape)
    siblings = sparse.csr_matrix(of_group @ of_group.T)
    siblings.setdiag(0)
    siblings.eliminate_zeros()
    shared = sparse.csr_matrix(bought + SHARE * (bought @ siblings), dtype=bought.dtype)
    shared.sort_indices()
    return shared
