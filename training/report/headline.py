"""The gate's verdict as the first thing that is read."""

from dataclasses import dataclass

from training.gate import Check, Verdict


@dataclass(frozen=True)
class Headline:
    """What became of the version, in a line and in a sentence, and the checks that led to it."""

    title: str
    sentence: str
    failed: tuple[Check, ...]
    passed: tuple[Check, ...]


def headline_of(verdict: Verdict, not_measured: str | None) -> Headline:
    """Put the verdict in words."""
    passed = tuple(check for check in verdict.checks if check.passed)
    return Headline(_title(verdict), _sentence(verdict, not_measured), verdict.refusals, passed)


def _title(verdict: Verdict) -> str:
    if not verdict.accepted:
        return "Refused. The live version stays."
    return "Goes live by force." if verdict.refusals else "Goes live."


def _sentence(verdict: Verdict, not_measured: str | None) -> str:
    n_failed, n_checks = len(verdict.refusals), len(verdict.checks)
    if n_failed:
        against = f"{n_failed} of {n_checks} checks {'speaks' if n_failed == 1 else 'speak'} against it"
        return f"{against}; --force was given." if verdict.forced else f"{against}:"
    unmeasured = "" if not_measured is None else " How good its lists are was not measured."
    if not n_checks:
        return f"The gate had nothing to check.{unmeasured}"
    spare = " --force was given and not needed." if verdict.forced else ""
    return (
        f"All {n_checks} checks passed.{unmeasured}{spare}"
        if n_checks > 1
        else f"The check passed.{unmeasured}{spare}"
    )
