"""What the doctor found, in words, and what it means for the person who started it."""

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

SMALLEST_SHOWN_SHARE = 0.0005

MAX_EXAMPLES = 3
EXIT_FINE = 0
EXIT_WARNINGS = 1
EXIT_NOT_USABLE = 3


def counted(n: int, noun: str) -> str:
    """Return `1 user`, `2,000 users`; nouns whose plural ends in s."""
    plural = noun if n == 1 else noun.removesuffix("y") + "ies" if noun.endswith("ry") else noun + "s"
    return f"{n:,} {plural}"


def percentage(share: float) -> str:
    """Return a share, 0 to 1, with one digit after the point."""
    return "under 0.1%" if 0 < share < SMALLEST_SHOWN_SHARE else f"{share:.1%}"


def masked(user_id: str) -> str:
    """Return just enough of a user id to find it in the file."""
    return f"{user_id[:2]}…{user_id[-2:]}" if len(user_id) > 4 else f"{user_id[:1]}…"


def day_text(seconds: int) -> str:
    """Return the day of a moment in Unix seconds."""
    return datetime.fromtimestamp(seconds, UTC).date().isoformat()


def minute_text(seconds: int) -> str:
    """Return the time of day of a moment in Unix seconds."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%H:%M")


class Severity(StrEnum):
    """How much a finding hurts, the worst first."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True)
class Finding:
    """One thing that is odd about a history.

    Attributes:
        code: names the kind of finding, for programs.
        severity: an error makes the history unusable, a warning makes recommendations worse, a note is
            worth knowing.
        sentence: what was found, with the numbers.
        remedy: what to do about it.
        examples: up to three places or cases; ids of users are masked.
    """

    code: str
    severity: Severity
    sentence: str
    remedy: str
    examples: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse more examples than a person wants to read."""
        if len(self.examples) > MAX_EXAMPLES:
            raise ValueError(f"a finding has at most {MAX_EXAMPLES} examples, got {len(self.examples)}")


@dataclass(frozen=True)
class Diagnosis:
    """All findings, the worst first; ``strict`` makes warnings count for the exit status."""

    findings: tuple[Finding, ...]
    strict: bool = False

    def of(self, severity: Severity) -> tuple[Finding, ...]:
        """Return the findings of one severity."""
        return tuple(finding for finding in self.findings if finding.severity is severity)

    @property
    def exit_code(self) -> int:
        """0 usable, 3 not usable, 1 usable with warnings where these are not wanted."""
        if self.of(Severity.ERROR):
            return EXIT_NOT_USABLE
        return EXIT_WARNINGS if self.strict and self.of(Severity.WARNING) else EXIT_FINE

    @property
    def verdict(self) -> str:
        """The conclusion in one sentence."""
        errors, warnings = self.of(Severity.ERROR), self.of(Severity.WARNING)
        if errors:
            verb = "has" if len(errors) == 1 else "have"
            return f"Not usable: {counted(len(errors), 'error')} {verb} to be put right before training."
        if warnings:
            refused = " (strict: not accepted)" if self.strict else ""
            return (
                f"Usable, but look at {counted(len(warnings), 'warning')} first{refused}: "
                "each makes recommendations worse or harder to trust."
            )
        return "Good to train from: nothing was found that would hurt."
