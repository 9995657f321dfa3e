import pytest

from recsvc.model.content import MAX_CATEGORIES, MAX_TEXT_WORDS, MAX_WORDS, features_of, words_of


def test_features_are_categories_with_those_above_then_words() -> None:
    assert features_of("Grüner Tee, 100 g", ["Food > Drinks"], "Acme") == (
        "c:Food", "c:Food > Drinks", "w:gruner", "w:tee", "w:100", "w:g", "t:acme",
    )  # fmt: skip


def test_each_feature_is_there_once() -> None:
    assert features_of("tea TEA Tea", ["Food", "Food", "Food > Food"]) == ("c:Food", "c:Food > Food", "w:tea")


def test_scripts_without_spaces_are_read_in_pairs_of_letters() -> None:
    assert features_of("緑茶専門", []) == ("w:緑茶", "w:茶専", "w:専門")
    assert words_of("Зелёный чай") == ("зеленыи", "чаи")


@pytest.mark.parametrize("title", ["", " ", "🍵🍵", "!!! --- ___", "\0", "\ud800"])
def test_a_title_without_words_has_no_feature(title: str) -> None:
    assert features_of(title, []) == ()


def test_however_much_is_said_the_features_are_few() -> None:
    words = " ".join(f"word{number}" for number in range(100_000))
    found = features_of(words, [f"C{number}" for number in range(1000)], words)
    assert len(found) == MAX_CATEGORIES + MAX_WORDS + MAX_TEXT_WORDS
    assert max(map(len, features_of("x" * 1_000_000, []))) < 3_000
