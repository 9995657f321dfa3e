import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recsvc.errors import DamagedModelError
from recsvc.model.vocabulary import UNKNOWN, ItemVocabulary, TextColumn, Vocabulary

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)


@given(st.lists(TEXT))
def test_a_text_column_gives_back_what_was_packed(strings: list[str]) -> None:
    assert list(TextColumn.of(strings)) == strings


@given(st.sets(TEXT), TEXT)
def test_each_id_is_found_at_its_index_and_no_other_is_found(ids: set[str], other: str) -> None:
    vocabulary = Vocabulary.of(ids)
    assert all(vocabulary.id_of(vocabulary.index_of(one)) == one for one in ids)
    assert (vocabulary.index_of(other) is None) == (other not in ids)


def test_indices_follow_the_bytes_of_the_ids() -> None:
    vocabulary = Vocabulary.of(["b", "ä", "B", "10", "9"])
    assert [vocabulary.id_of(i) for i in range(5)] == ["10", "9", "B", "b", "ä"]


def test_an_id_that_cannot_be_encoded_is_unknown() -> None:
    assert Vocabulary.of(["a"]).index_of("\ud800") is None


def test_an_id_twice_is_refused() -> None:
    with pytest.raises(ValueError, match="'a' occurs twice"):
        Vocabulary.of(["a", "b", "a"])


def test_unknown_ids_are_left_out_of_many() -> None:
    assert Vocabulary.of(["a", "b"]).indices_of(["b", "x", "a"]) == [1, 0]


@pytest.mark.parametrize("index", [-1, 2])
def test_an_index_outside_is_an_error(index: int) -> None:
    with pytest.raises(IndexError, match=f"index {index} is not in 0..1"):
        Vocabulary.of(["a", "b"]).id_of(index)


def test_offsets_that_do_not_fit_the_text_are_refused() -> None:
    column = TextColumn.of(["ab", "c"])
    with pytest.raises(DamagedModelError, match="offsets of a text column"):
        TextColumn(column.text, column.offsets[:-1])
    with pytest.raises(DamagedModelError, match="offsets of a text column"):
        TextColumn(column.text, column.offsets[[0, 2, 1, 2]] * 0)


@pytest.mark.parametrize(
    ("text", "offsets", "reason"),
    [
        (b"caf\xe9", [0, 4], "not UTF-8 at byte 3"),
        ("é".encode()[:1], [0, 1], "not UTF-8 at byte 0"),
        ("aé".encode(), [0, 2, 3], "divide a character"),
        ("é€".encode(), [0, 3, 5], "divide a character"),
    ],
)
def test_text_that_cannot_be_decoded_is_refused(text: bytes, offsets: list[int], reason: str) -> None:
    with pytest.raises(DamagedModelError, match=reason):
        TextColumn(np.frombuffer(text, dtype=np.uint8), np.asarray(offsets, dtype=np.int64))


def test_empty_strings_divide_nothing() -> None:
    column = TextColumn.of(["", "é", "", ""])
    assert list(TextColumn(column.text, column.offsets)) == ["", "é", "", ""]


@pytest.mark.parametrize("spelling", ["Ab 001", "AB001", "ab001", " ab\u00a0001"])
def test_an_item_is_found_by_any_of_its_spellings(spelling: str) -> None:
    items = ItemVocabulary.of(["Ab 001", "Ab 002", "AB-001", "\u00e9"])
    assert items.id_of(items.index_of(spelling)) == "Ab 001"


def test_an_id_as_it_stands_comes_before_another_spelling() -> None:
    items = ItemVocabulary.of(["AB1", "ab1"])
    assert [items.id_of(items.index_of(one)) for one in ("AB1", "ab1")] == ["AB1", "ab1"]


def test_an_item_that_is_spelled_like_no_other_is_unknown() -> None:
    assert ItemVocabulary.of(["AB1"]).index_of("AB2") is None
    assert ItemVocabulary.of([]).index_of("AB1") is None


def test_many_ids_are_found_as_single_ones_are() -> None:
    vocabulary = ItemVocabulary.of([f"Ab {i}" for i in range(3000)])
    asked = [f"Ab {i}" for i in range(0, 3000, 2)] + [f"AB{i}" for i in range(5)] + ["nobody", "\udc80"]
    found = vocabulary.places_of(asked)
    assert [UNKNOWN if one is None else one for one in map(vocabulary.index_of, asked)] == found.tolist()
    assert vocabulary.indices_of(asked) == [index for index in found.tolist() if index != UNKNOWN]
    assert vocabulary.places_of([]).tolist() == []


def test_many_items_are_found_in_each_spelling_as_one_is() -> None:
    items = ItemVocabulary.of(["Ab 001", "AB1", "ab1", "é", "\u65e5\u672c"])
    asked = ["AB001", "ab1", "AB1", "aB1", "e\u0301", "\u65e5 \u672c", "nothing", "ab1"]
    expected = [items.index_of(item_id) for item_id in asked]
    assert expected.count(None) == 1
    assert items.places_of(asked).tolist() == [UNKNOWN if index is None else index for index in expected]
    assert ItemVocabulary.of([]).places_of(["AB1"]).tolist() == [UNKNOWN]
