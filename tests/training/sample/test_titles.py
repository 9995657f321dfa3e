"""Titles of products are all different."""

import numpy as np

from training.sample.aisles import ProductType
from training.sample.catalogue import draw_titles
from training.sample.words import COLOURS, MAKERS

MUG = ProductType("Mug", 9.0, ("Ribbed", "Speckled"))
BEANS = ProductType("Beans", 9.0, ("Dark",), ("250 g", "500 g", "1 kg"), every_days=28)


def test_in_a_small_shop_a_thing_is_named_without_its_maker():
    titles, _ = draw_titles(MUG, 0, 3, np.random.default_rng(0))
    assert len(set(titles)) == 3
    assert set(titles) <= {
        f"{word} Mug, {colour}" for word in ("Ribbed", "Speckled") for colour in COLOURS[0]
    }


def test_a_packet_names_its_maker_and_its_size():
    titles, sizes = draw_titles(BEANS, 2, 21, np.random.default_rng(0))
    assert set(titles) == {f"{maker} Dark Beans, {size}" for maker in MAKERS[2] for size in BEANS.sizes}
    assert [title.endswith(BEANS.sizes[size]) for title, size in zip(titles, sizes, strict=True)] == [
        True
    ] * 21


def test_when_the_words_run_out_the_designs_are_numbered():
    titles, _ = draw_titles(BEANS, 2, 50, np.random.default_rng(0))
    assert len(set(titles)) == 50
    assert any(title.endswith(", Design 2") for title in titles)
