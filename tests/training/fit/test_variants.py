from collections.abc import Sequence

import numpy as np
import pytest

from training.fit.variants import MOST_VARIANTS, find_variants


def groups(
    *titles: str, prices: Sequence[float] | None = None, kinds: Sequence[object] | None = None
) -> list[int]:
    log_prices = np.log(prices or [5.0] * len(titles)).astype(np.float32)
    return find_variants(titles, log_prices, kinds or [()] * len(titles)).groups.tolist()


@pytest.mark.parametrize(
    "titles",
    [
        ("Bath mat, red", "Bath mat, blue", "BATH MAT GREEN"),
        ("Heart of wicker small", "Small white heart of wicker", "LARGE HEART OF WICKER"),
        ("Milk 1 litre", "Milk 500 ml", "Milk 2l"),
        ("Dishwasher tablets, pack of 20", "Dishwasher tablets, pack of 80"),
        ("Badematte rot", "Badematte grün"),
        ("Matto punainen", "Matto sininen"),
        ("Paper lantern", "Paper lantern"),
        ("Heart of wicker", "Ivory wicker hearts"),
        ("Filler pad 40x40cm", "Filler pad 45x45cm"),
        ("12 pencils in a tube", "36 pencils in a tube"),
        ("Shoe size 38", "Shoe size 41"),
    ],
)  # fmt: skip
def test_titles_that_differ_in_colour_size_or_pack_are_of_one_product(titles: tuple[str, ...]) -> None:
    assert set(groups(*titles)) == {0}


@pytest.mark.parametrize(
    "titles",
    [
        ("Cat bowl", "Dog bowl"),
        ("Bath mat red", "Bath towel red"),
        ("Red", "Blue"),
        ("12 ml", "24 ml"),
        ("", ""),
        ("Brake pad 48213", "Brake pad 99821"),
        ("Item 1", "Item 2", "Item 3"),
        ("Harry Potter 1", "Harry Potter 2"),
    ],
)
def test_titles_that_differ_in_what_it_is_or_do_not_say_are_not(titles: tuple[str, ...]) -> None:
    assert set(groups(*titles)) == {-1}


def test_prices_far_apart_and_other_categories_are_other_products() -> None:
    assert groups("Lamp red", "Lamp blue", "Lamp green", prices=[5, 6, 60]) == [0, 0, -1]
    assert groups("Red wine", "White wine", kinds=["red wines", "white wines"]) == [-1, -1]


def test_words_of_the_shop_that_take_the_place_of_colours_are_learned() -> None:
    things = ("lamp", "vase", "chair", "clock")
    titles = [f"{thing} {colour}" for thing in things for colour in ("red", "black", "montana")]
    assert groups(*titles) == [0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3]
    assert groups("lamp red", "lamp montana") == [-1, -1]


def test_words_that_take_each_others_place_again_and_again_are_learned_in_any_language() -> None:
    things = [f"věc{number * 'x'}" for number in range(10)]
    titles = [f"{thing} {colour}" for thing in things for colour in ("modrá", "žlutá", "fialová", "hnědá")]
    assert len(set(groups(*titles))) == 10
    assert -1 not in groups(*titles)


def test_kinds_of_things_are_not_learned_as_colours() -> None:
    titles = [
        f"{animal} {thing}" for animal in ("cat", "dog") for thing in ("bowl", "bed", "lead", "toy", "food")
    ]
    assert set(groups(*titles, "cat flap", "dog coat")) == {-1}


def test_titles_of_very_many_items_say_too_little() -> None:
    assert set(groups(*["Shirt red"] * (MOST_VARIANTS + 1))) == {-1}
