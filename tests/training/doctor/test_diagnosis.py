"""Exit codes and the last line."""

import pytest

from training.doctor import Diagnosis, Finding, Severity


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
