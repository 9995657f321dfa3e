"""What the doctor found, and what it means for whoever started it."""

from dataclasses import dataclass
from enum import StrEnum

from training.doctor.wording import counted

MAX_EXAMPLES = 3
EXIT_FINE = 0
EXIT_WARNINGS = 1
EXIT_NOT_USABLE = 3


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
        """One sentence for those who read only the last line."""
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
