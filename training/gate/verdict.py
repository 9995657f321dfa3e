"""What the gate says of a version."""

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Check:
    """One thing that was looked at.

    Attributes:
        name: what, in a few words: ``all: recall_at_20 against the live version``.
        passed: whether it lets the version go live.
        sentence: what was found, with its figures; for a failed check also what to do.
    """

    name: str
    passed: bool
    sentence: str


@dataclass(frozen=True)
class Verdict:
    """What the gate says of a version.

    Attributes:
        checks: all that were made, in the order in which they are read.
        forced: whether the version goes live whatever they say.
    """

    checks: tuple[Check, ...]
    forced: bool = False

    @property
    def refusals(self) -> tuple[Check, ...]:
        """The checks that failed."""
        return tuple(check for check in self.checks if not check.passed)

    @property
    def accepted(self) -> bool:
        """Whether the version may go live."""
        return self.forced or not self.refusals

    def as_dict(self) -> dict[str, Any]:
        """Return what the manifest says of it."""
        return {
            "accepted": self.accepted,
            "forced": self.forced,
            "checks": [asdict(check) for check in self.checks],
        }
