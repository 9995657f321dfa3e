"""Exit codes, the last line, and how findings write numbers and ids."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.doctor import Diagnosis, Finding, Severity
from training.doctor.diagnosis import counted, masked, percentage


def finding(severity: Severity) -> Finding:
    return Finding("code", severity, "Something.", "Do something.")


@pytest.mark.parametrize(
    ("severities", "exit_code", "strict_exit_code"),
    [
        ([], 0, 0),
        ([Severity.NOTE], 0, 0),
        ([Severity.WARNING, Severity.NOTE], 0, 1),
        ([Severity.ERROR, Severity.WARNING], 3, 3),
    ],
)
def test_exit_code_follows_the_worst_finding(severities, exit_code: int, strict_exit_code: int) -> None:
    findings = tuple(finding(severity) for severity in severities)
    assert Diagnosis(findings).exit_code == exit_code
    assert Diagnosis(findings, strict=True).exit_code == strict_exit_code


def test_verdict_counts_what_matters() -> None:
    error, warning, note = (finding(severity) for severity in Severity)
    assert Diagnosis((error, error, warning)).verdict.startswith("Not usable: 2 errors have")
    assert Diagnosis((warning, note)).verdict.startswith("Usable, but look at 1 warning first:")
    assert "strict" in Diagnosis((warning,), strict=True).verdict
    assert Diagnosis((note,)).verdict.startswith("Good to train from")


def test_a_finding_has_at_most_three_examples() -> None:
    with pytest.raises(ValueError, match="at most 3 examples, got 4"):
        Finding("code", Severity.NOTE, "Something.", "Do something.", ("a", "b", "c", "d"))


@pytest.mark.parametrize(
    ("user_id", "shown"), [("17850", "17…50"), ("anna@example.org", "an…rg"), ("1785", "1…"), ("a", "a…")]
)
def test_ids_are_masked(user_id: str, shown: str) -> None:
    assert masked(user_id) == shown


@given(user_id=st.text(min_size=1))
def test_no_more_than_four_characters_of_an_id_are_shown(user_id: str) -> None:
    assert len(masked(user_id)) <= 5
    assert masked(user_id) != user_id or "…" in user_id


def test_counts_and_shares_read_well() -> None:
    assert [counted(1, "user"), counted(2000, "user"), counted(0, "day")] == [
        "1 user",
        "2,000 users",
        "0 days",
    ]
    assert [percentage(share) for share in (0, 0.0001, 0.123, 1)] == ["0.0%", "under 0.1%", "12.3%", "100.0%"]
