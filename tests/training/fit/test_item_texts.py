import numpy as np
import pytest
from scipy import sparse

from training.fit.item_texts import products, text_vectors, without_the_most_frequent


def likeness(*titles: str, kinds: sparse.csr_matrix | None = None) -> np.ndarray:
    vectors = text_vectors(titles, kinds)
    return np.asarray((vectors @ vectors.T).todense())


def test_titles_are_the_more_alike_the_more_rare_words_they_share() -> None:
    alike = likeness("Red bath mat", "Blue bath mat", "Blue spoon", "Blue fork", "Blue knife")
    assert alike[0, 1] > alike[1, 2] > alike[0, 2]
    assert np.diag(alike) == pytest.approx(1, abs=1e-5)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Kaffeemaschinen", "Kaffeemaschine"), ("Crème brûlée", "CREME BRULEE"), ("чайник белый", "белые чайники"),
        ("緑茶ティーバッグ", "緑茶ティーバッグ大"),
    ],
)  # fmt: skip
def test_inflected_words_accents_case_and_scripts_do_not_matter_much(one: str, other: str) -> None:
    alike = likeness(one, other, "Nagel", "молоток")
    assert alike[0, 1] > 0.2
    assert alike[0, 2:].max() < 0.05


def test_an_empty_title_is_like_nothing() -> None:
    assert likeness("", "Saw", "")[0].tolist() == [0, 0, 0]


def test_the_name_of_a_maker_says_less_than_the_name_of_a_thing() -> None:
    titles = ("Acme hammer", "Acme teapot", "Bolt hammer", "Bolt teapot", "Cole hammer", "Cole teapot")
    tools, kitchen = sparse.csr_matrix([[1, 0], [0, 1]] * 3), slice(None)
    alike = likeness(*titles, kinds=tools[kitchen])
    assert alike[0, 2] > 2 * alike[0, 1]
    without = likeness(*titles)
    assert without[0, 2] < 1.5 * without[0, 1]


def test_what_too_many_titles_have_is_left_out_first() -> None:
    vectors = text_vectors(("tin a", "tin b", "tin c", "tin d"))
    assert without_the_most_frequent(vectors, 10**9).nnz == vectors.nnz
    few = without_the_most_frequent(vectors, 12)
    assert products(vectors, np.asarray([0]), np.asarray([1]))[0] > 0
    assert products(few, np.asarray([0]), np.asarray([1]))[0] == 0
    assert products(few, np.asarray([0]), np.asarray([0]))[0] > 0
