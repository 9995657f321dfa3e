from dataclasses import replace

from support.evaluations import evaluation

from training.evaluation.merchandise import AlternativesInBand, Completion, Merchandise, Personal, Steady
from training.evaluation.merchandise_words import rows_of
from training.evaluation.reason_check import ReasonCheck

FOUND = Merchandise(
    (AlternativesInBand("first 100", 90, 0.8, 0.9), AlternativesInBand("rest", 0, None, None)),
    Completion(200, 0.27, 6.5, 0.1),
    {"for_you": 0.0, "similar": 0.25},
    {"discover": Personal(300, 408, 1, 0), "buy_again": Personal(300, 90, 12, 40)},
    {"for_you": ReasonCheck(10, 4, 3, 2), "discover": ReasonCheck(10, 0, 0, 10)},
)


def said(found: Merchandise, churn: float | None = None) -> dict[str, str]:
    return {row.name: row.sentence for row in rows_of(evaluation(found, churn))}


def test_how_steady_lists_are_is_said_of_the_live_version_or_of_one_day() -> None:
    assert "no lists of an earlier moment" in said(FOUND)["steady"]
    assert said(FOUND, churn=0.2)["steady"].endswith("that the live version shows: for_you 20%.")
    one_day = replace(FOUND, steady=Steady({"for_you": 0.08, "discover": 0.21}, 0.006))
    assert said(one_day)["steady"] == (
        "One more day of orders, 0.6% of the lines, changes so many of the first ten: for_you 8%, discover 21%."
    )


def test_what_was_not_looked_at_has_no_rows() -> None:
    assert rows_of(evaluation(None)) == []


def test_each_row_says_what_was_found() -> None:
    rows = said(FOUND)
    assert rows["alternatives"].endswith(": 0.80 of 0.90 (first 100 by sales).")
    assert "taken out of 27.0% of 200 orders; a list has 6.5 items, and 10% are empty" in rows["complements"]
    assert rows["reasons"].endswith("for_you 3 of 4 (2 of 10 items are called popular).")
    assert rows["personal"] == (
        "Different items in the first ten: discover 408 in 300 lists, no two alike; buy_again 90 in 300 lists, 12 the "
        "same, 40 empty."
    )
    assert rows["variants"].endswith("for_you 0%, similar 25%.")


def test_each_row_says_what_is_not_known() -> None:
    nothing = said(replace(FOUND, alternatives=(), completion=None, variants={}, personal={}, reasons={}))
    assert list(nothing) == list(said(FOUND))
    assert nothing["alternatives"].startswith("Without categories")
    assert "none to complete" in nothing["complements"]
    assert "none could be put to the test" in nothing["reasons"]
    assert "No lists" in nothing["personal"]
    assert "No lists" in nothing["variants"]
