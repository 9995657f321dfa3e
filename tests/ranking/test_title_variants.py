from dataclasses import replace

import numpy as np
import pytest
from scipy import sparse
from support.models import HAMMER, NAILS, SAW, TEA, small_model, with_categories

from recsvc.model.arrays import ITEM_STATISTICS
from recsvc.model.model import Model
from recsvc.model.vocabulary import TextColumn, Vocabulary
from recsvc.ranking.title_variants import Titled, TitleVariants
from training.fit.item_content import ItemContent
from training.fit.variants import find_variants

TITLES = ["Cake", "Blue hammer", "Jam", "Milk", "Red nails", "Saw", "Tea"]


def shop(*titles: str) -> Model:
    """Return the small shop with these titles, and what training finds out of them."""
    named, no_prices = list(titles or TITLES), np.zeros(7, np.float32)
    found = find_variants(named, no_prices, [()] * 7)
    return replace(
        small_model(),
        titles=TextColumn.of(named),
        variant_groups=found.groups,
        product_digests=found.digests,
        variant_words=Vocabulary.of(found.words),
        item_statistics=np.zeros((7, len(ITEM_STATISTICS)), np.float32),
    )


def groups(model: Model, *new: str | Titled, renamed: dict[int, str] | None = None) -> list[int] | None:
    titled = [Titled(one) if isinstance(one, str) else one for one in new]
    found = TitleVariants(model).groups(titled, renamed or {})
    return None if found is None else found.tolist()


def test_cold_start_items_whose_titles_differ_in_colour_size_or_pack_are_variants() -> None:
    assert groups(shop(), "Mug red", "Bowl", "Blue mug", "Mug 300 ml") == [-1] * 7 + [0, -1, 0, 0]


def test_a_cold_start_item_is_a_variant_of_one_that_is_sold() -> None:
    found = groups(shop(), "Red hammer", "Fine tea")
    assert found is not None
    assert found == [-1, 0, -1, -1, -1, -1, -1, 0, -1]


def test_a_cold_start_item_joins_the_group_that_was_learned() -> None:
    model = shop("Cake", "Blue hammer", "Jam", "Milk", "Hammer red", "Saw", "Tea")
    found = groups(model, "Hammer, green")
    assert found is not None
    assert found[HAMMER] == found[NAILS] == found[-1] == model.variant_groups[HAMMER] >= 0


def test_where_nothing_is_a_variant_there_are_no_groups() -> None:
    assert groups(shop(), "Mug", "Bowl red") is None
    assert groups(shop()) is None


def test_words_that_the_training_learned_count_as_colours() -> None:
    model = shop()
    assert groups(model, "Mug montana", "Mug red") is None
    learned = replace(model, variant_words=Vocabulary.of([*model.variant_words.ids, "montana"]))
    assert groups(learned, "Mug montana", "Mug red") == [-1] * 7 + [0, 0]


def test_prices_far_apart_and_other_categories_are_other_products() -> None:
    assert groups(shop(), Titled("Lamp red", price=5), Titled("Lamp blue", price=60)) is None
    assert groups(shop(), Titled("Lamp red", (1,)), Titled("Lamp blue", (2,))) is None
    assert groups(shop(), Titled("Lamp red", (1, 2), 5), Titled("Lamp blue", (2, 1), 6)) == [-1] * 7 + [0, 0]
    priced = shop()
    priced.item_statistics[HAMMER, ITEM_STATISTICS.index("log_price")] = np.log(5)
    assert groups(priced, Titled("Red hammer", price=50)) is None
    assert groups(priced, Titled("Red hammer", price=6)) is not None


def test_an_item_of_another_narrowest_category_is_no_variant_of_one_that_is_sold() -> None:
    categories = with_categories(small_model())
    content = ItemContent(
        TITLES, matrix_of(categories), categories.category_levels, np.zeros(7, np.float32), np.ones(7)
    )
    model = replace(
        shop(),
        product_digests=content.variants.digests,
        categories=categories.categories,
        category_levels=categories.category_levels,
        item_categories=categories.item_categories,
        category_items=categories.category_items,
    )
    kind = TitleVariants(model).kind_of(HAMMER)
    assert groups(model, Titled("Red hammer", kind)) is not None
    assert groups(model, Titled("Red hammer", TitleVariants(model).kind_of(TEA))) is None


def matrix_of(model: Model) -> sparse.csr_matrix:
    rows = model.item_categories
    return sparse.csr_matrix((rows.values, rows.indices, rows.indptr), shape=(7, rows.n_columns))


def test_an_item_that_is_called_by_another_name_now_is_a_variant_by_that() -> None:
    variants = TitleVariants(shop("Cake", "Blue hammer", "Jam", "Milk", "Hammer red", "Saw", "Tea"))
    assert variants.says_another(NAILS, "Nails red")
    assert not variants.says_another(NAILS, "Hammer red")
    assert not variants.says_another(NAILS, "Big green hammer")
    found = variants.groups([Titled("Green saw")], {NAILS: "Red saw"})
    assert found is not None
    assert found[HAMMER] != found[NAILS]
    assert found[NAILS] == found[SAW] == found[7] >= 0


def test_what_the_shop_put_into_groups_stays_in_them() -> None:
    model = shop("Cake", "Blue hammer", "Jam", "Milk", "Hammer red", "Saw", "Tea")
    model = replace(model, variant_groups=np.asarray([-1, 3, -1, -1, 5, -1, -1], np.int32))
    found = groups(model, "Hammer green")
    assert found is not None
    assert (found[HAMMER], found[NAILS], found[-1]) == (3, 5, 3)


def test_titles_of_very_many_items_say_too_little() -> None:
    assert groups(shop(), *(["Shirt red"] * 41)) is None


@pytest.mark.parametrize("title", ["", "Red", "12 ml", "🍵"])
def test_titles_that_say_nothing_make_no_variants(title: str) -> None:
    assert groups(shop(), title, title) is None


def test_a_version_of_before_has_variants_among_cold_start_items_alone() -> None:
    nothing = {"product_digests": np.zeros(7, np.int64), "variant_words": Vocabulary.of([])}
    model = replace(shop("Cake", "Blue hammer", "Jam", "Milk", "Hammer red", "Saw", "Tea"), **nothing)
    found = groups(model, "Mug red", "Mug blue", "Red hammer")
    assert found is not None
    assert found[7] == found[8] >= 0
    assert found[9] == -1
    assert found[HAMMER] == found[NAILS] >= 0
