"""Ids survive spreadsheets, and several spellings are one thing."""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recsvc.identity.nobody import is_placeholder
from recsvc.identity.spelling import canonical_item_id, canonical_user_id, is_blank, item_key
from training.sources.identifiers import (
    MISSING_WORDS,
    are_placeholders,
    clean_ids,
    clean_user_ids,
    is_damaged_id,
    item_keys,
    most_frequent_spellings,
    tidy_text,
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("17850.0", "17850"),
        ("17850.00", "17850"),
        ("1.5", "1.5"),
        (" AB\u00a0 12\t", "AB 12"),
        ("\u200bAB\ufeff", "AB"),
        ('="0042"', "0042"),
        ("0042", "0042"),
        *((word, None) for word in ("", "  ", "nan", "NULL", "None", "n/a", "NA", r"\N", "-")),
    ],
)
def test_ids_are_as_they_were_before_spreadsheets(text: str, expected: str | None) -> None:
    assert clean_ids(pl.Series([text])).to_list() == [expected]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Anna@X.Example", "anna@x.example"),
        ("ÄNNE@x.example", "änne@x.example"),
        ("AbC", "AbC"),
        ("0.0", "0"),
    ],
)
def test_user_ids_fold_emails(text: str, expected: str | None) -> None:
    assert clean_user_ids(pl.Series([text])).to_list() == [expected]


@given(
    st.lists(
        st.text(max_size=12) | st.from_regex(r"[ =\"0-9A-Za-z.@\u00a0\u200b\u0308é]{0,8}", fullmatch=True)
    )
)
def test_files_spell_ids_as_the_service_does(texts: list[str]) -> None:
    users, items = (
        clean(pl.Series(texts, dtype=pl.String)).to_list() for clean in (clean_user_ids, clean_ids)
    )
    for text, user, item in zip(texts, users, items, strict=True):
        assert user is None or user == canonical_user_id(text)
        assert item is None or item == canonical_item_id(text)
        assert item is not None or canonical_item_id(text).lower() in MISSING_WORDS or is_blank(text)


@given(st.text(max_size=12))
def test_files_fold_item_ids_as_the_service_does(text: str) -> None:
    ids = clean_ids(pl.Series([text], dtype=pl.String))
    assert ids[0] is None or item_keys(ids)[0] == item_key(text)


@given(
    st.text(max_size=12)
    | st.sampled_from(["0", "-1", "Guest@x", "noreply@x", "Walk-in Customer", "anna0@x", "00"])
)
def test_files_know_placeholders_as_the_service_does(text: str) -> None:
    ids = clean_user_ids(pl.Series([text], dtype=pl.String))
    assert ids[0] is None or are_placeholders(ids)[0] == is_placeholder(text)


@pytest.mark.parametrize(
    ("identifier", "damaged"),
    [
        ("1.78E+04", True),
        ("9.78014E+12", True),
        ("9,78E+12", True),
        ("1e5", False),
        ("12E5", False),
        ("x" * 257, True),
        ("x" * 256, False),
    ],
)
def test_scientific_notation_and_monstrous_ids_are_damaged(identifier: str, damaged: bool) -> None:
    assert is_damaged_id(pl.Series([identifier])).to_list() == [damaged]


def test_the_most_frequent_spelling_wins_and_the_smallest_of_equals() -> None:
    ids = pl.Series(["ab 1", "AB1", "Ab1", "b", "B", "c", None])
    counts = pl.Series([1, 3, 2, 1, 1, 1, 9])
    spelled = ids.replace(most_frequent_spellings(ids, counts))
    assert spelled.to_list() == ["AB1", "AB1", "AB1", "B", "B", "c", None]


def test_two_ways_to_the_same_spelling_add_up() -> None:
    # two raw texts may have been cleaned to the same id
    ids = pl.Series(["Ab", "AB", "AB"])
    assert ids.replace(most_frequent_spellings(ids, pl.Series([3, 2, 2]))).to_list() == ["AB"] * 3


def test_titles_are_trimmed_and_blank_ones_missing() -> None:
    assert tidy_text(pl.Series(["  WHITE \n MUG ", " "])).to_list() == ["WHITE MUG", None]
