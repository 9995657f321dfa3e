import pytest

from training.gate import Check, Verdict
from training.report.headline import headline_of

GOOD, BAD = Check("coverage", True, "It is fine."), Check("size", False, "Half is gone.")


@pytest.mark.parametrize(
    ("verdict", "title", "sentence"),
    [
        (Verdict((GOOD, GOOD)), "Goes live.", "All 2 checks passed."),
        (Verdict((GOOD,)), "Goes live.", "The check passed."),
        (Verdict((GOOD, BAD)), "Refused. The live version stays.", "1 of 2 checks speaks against it:"),
        (Verdict((BAD, BAD)), "Refused. The live version stays.", "2 of 2 checks speak against it:"),
        (
            Verdict((GOOD, BAD), forced=True),
            "Goes live by force.",
            "1 of 2 checks speaks against it; --force was given.",
        ),
        (Verdict((GOOD,), forced=True), "Goes live.", "The check passed. --force was given and not needed."),
        (Verdict(()), "Goes live.", "The gate had nothing to check."),
    ],
)
def test_the_verdict_in_words(verdict: Verdict, title: str, sentence: str) -> None:
    headline = headline_of(verdict, None)
    assert (headline.title, headline.sentence) == (title, sentence)


def test_what_failed_stands_apart_from_what_passed() -> None:
    headline = headline_of(Verdict((GOOD, BAD)), None)
    assert (headline.failed, headline.passed) == ((BAD,), (GOOD,))


def test_that_nothing_was_measured_is_said_at_once() -> None:
    assert "was not measured" in headline_of(Verdict(()), "too few shoppers").sentence
