from dataclasses import replace

import numpy as np
from scipy import sparse
from support.models import rows

from recsvc.model.content import words_of
from recsvc.model.product_name import product_digest, product_name
from recsvc.model.sparse import SparseRows
from training.fit.alternatives import N_ALTERNATIVES, AlternativeWeights, content_arrays, fit_alternatives
from training.fit.item_content import ItemContent

TITLES = ["Tuna in oil", "Tuna in brine", "Mackerel", "Toothpaste", "Mint toothpaste", "Garden chair"]
TUNA, BRINE, MACKEREL, PASTE, MINT, CHAIR = range(6)
FISH, TEETH = {0: 1, 1: 1}, {2: 1, 3: 1}
NOBODY = rows(*[{}] * 6, n_columns=6)
WEIGHTS = AlternativeWeights()


def content(titles: list[str] = TITLES, prices: tuple[float, ...] = (2, 2, 2, 2, 2, 40)) -> ItemContent:
    shop = np.zeros((6, 4), dtype=np.float32)
    shop[:3, :2] = shop[3:5, 2:] = 1
    log_prices = np.log(np.asarray(prices, dtype=np.float32))
    levels = np.asarray([1, 2, 1, 2], dtype=np.int32)
    return ItemContent(titles, sparse.csr_matrix(shop), levels, log_prices, np.ones(6, np.float32), 1)


def alternatives(shop: ItemContent, item: int, neighbours: SparseRows = NOBODY) -> list[int]:
    return fit_alternatives(shop, neighbours, WEIGHTS).row(item)[0].tolist()


def test_alternatives_are_of_the_category_and_the_likest_come_first() -> None:
    assert alternatives(content(), TUNA) == [BRINE, MACKEREL]
    assert alternatives(content(), PASTE) == [MINT]


def test_what_the_same_shoppers_buy_is_no_alternative_where_it_is_of_another_kind() -> None:
    bought = rows({PASTE: 9.0, MACKEREL: 1.0}, {}, {}, {}, {}, {}, n_columns=6)
    assert alternatives(content(), TUNA, bought) == [BRINE, MACKEREL]


def test_of_things_of_one_kind_those_of_the_same_shoppers_and_of_a_near_price_come_first() -> None:
    nameless = content([""] * 6)
    bought = rows({MACKEREL: 1.0}, {}, {}, {}, {}, {}, n_columns=6)
    assert alternatives(nameless, TUNA, bought) == [MACKEREL, BRINE]
    dear = content([""] * 6, prices=(2, 30, 2, 2, 2, 2))
    assert alternatives(dear, TUNA) == [MACKEREL, BRINE]


def test_a_like_title_of_another_kind_comes_behind_what_is_of_the_kind() -> None:
    shop = content(
        ["Tuna in oil", "", "", "Toothpaste", "Mint toothpaste", "Tuna in oil"], prices=(2, 30, 2, 2, 2, 2)
    )
    assert alternatives(shop, TUNA) == [MACKEREL, BRINE, CHAIR]


def test_without_a_catalogue_titles_tell_the_kind() -> None:
    shop = replace(content(), categories=sparse.csr_matrix((6, 0)), levels=np.empty(0, dtype=np.int32))
    assert alternatives(shop, TUNA) == [BRINE]
    assert alternatives(shop, MINT) == [PASTE]
    assert alternatives(shop, CHAIR) == []


def test_without_titles_and_categories_there_are_no_alternatives() -> None:
    shop = replace(
        content([""] * 6), categories=sparse.csr_matrix((6, 0)), levels=np.empty(0, dtype=np.int32)
    )
    assert not len(fit_alternatives(shop, NOBODY, WEIGHTS).indices)


def test_categories_beside_the_narrowest_follow_where_they_share_more_than_the_broadest() -> None:
    levels = np.asarray([1, 2, 3, 3, 2], dtype=np.int32)
    shop = np.asarray([[1, 1, 1, 0, 0], [1, 1, 1, 0, 0], [1, 1, 0, 1, 0], [1, 0, 0, 0, 1]], dtype=np.float32)
    eggs = ItemContent(
        [""] * 4, sparse.csr_matrix(shop), levels, np.zeros(4, np.float32), np.ones(4, np.float32), 1
    )
    found = fit_alternatives(eggs, rows(*[{}] * 4, n_columns=4), WEIGHTS)
    assert found.row(0)[0].tolist() == [1, 2]


def test_what_else_the_shop_says_of_an_item_counts_like_its_title() -> None:
    said = replace(content([""] * 6), texts=["canned", "fresh", "canned", "", "", ""])
    assert alternatives(said, TUNA) == [MACKEREL, BRINE]


def test_variants_that_the_shop_names_come_before_those_by_title() -> None:
    shop = content(["Tuna small", "Tuna large", "Mackerel", "", "", ""])
    assert shop.variants.groups.tolist() == [0, 0, -1, -1, -1, -1]
    named = replace(shop, group_ids=[None, "fish", "fish", None, None, None])
    assert named.variants.groups.tolist() == [0, 1, 1, -1, -1, -1]


def test_an_item_has_so_many_alternatives_at_most_and_their_scores_fall() -> None:
    n = 3 * N_ALTERNATIVES
    shop = ItemContent(
        ["Chair"] * n, sparse.csr_matrix((n, 0)), np.empty(0, np.int32), np.zeros(n, np.float32),
        np.arange(n, dtype=np.float32), 1,
    )  # fmt: skip
    found = fit_alternatives(shop, rows(*[{}] * n, n_columns=n), WEIGHTS)
    items, scores = found.row(5)
    assert len(items) <= N_ALTERNATIVES
    assert 5 not in items
    assert (np.diff(scores) <= 0).all()
    assert 0 < scores.min() <= scores.max() <= 1


def test_the_service_names_products_as_training_did() -> None:
    titles = ["Tuna red", "Tuna tin 200 g", "Tins of tuna", "Toothpaste", "Toothpastes mint", "Mint"]
    arrays = content_arrays(content(titles), NOBODY, WEIGHTS)
    groups, digests = arrays["variant_groups"], arrays["product_digests"]
    assert groups[1] == groups[2] >= 0
    assert digests[1] == digests[2] != digests[0]
    assert "red" in list(arrays["variant_words"].ids)
    varying, narrowest = frozenset(arrays["variant_words"].ids), content().narrowest
    for item, title in enumerate(titles):
        kind = narrowest.indices[narrowest.indptr[item] : narrowest.indptr[item + 1]].tolist()
        assert product_digest(product_name(words_of(title), varying), kind) == digests[item]
