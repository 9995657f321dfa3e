"""Ids survive spreadsheets, and several spellings are one thing."""

import polars as pl
import pytest

from training.sources.identifiers import (
    clean_ids,
    clean_user_ids,
    is_damaged_id,
    most_frequent_spelling,
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
    [("Anna@X.Example", "anna@x.example"), ("AbC", "AbC"), ("0", None), ("0.0", None), ("Guest", None)],
)
def test_user_ids_fold_emails_and_know_guests(text: str, expected: str | None) -> None:
    assert clean_user_ids(pl.Series([text])).to_list() == [expected]


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
    assert most_frequent_spelling(ids, counts).to_list() == ["AB1", "AB1", "AB1", "B", "B", "c", None]


def test_two_ways_to_the_same_spelling_add_up() -> None:
    # two raw texts may have been cleaned to the same id
    ids = pl.Series(["Ab", "AB", "AB"])
    assert most_frequent_spelling(ids, pl.Series([3, 2, 2])).to_list() == ["AB"] * 3


def test_titles_are_trimmed_and_blank_ones_missing() -> None:
    assert tidy_text(pl.Series(["  WHITE \n MUG ", " "])).to_list() == ["WHITE MUG", None]
