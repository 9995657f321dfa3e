"""What the gate says of a version."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class State(StrEnum):
    """What came of a check; one that does not apply says why, and lets the version go live."""

    PASSED = "passed"
    FAILED = "failed"
    DOES_NOT_APPLY = "does_not_apply"


@dataclass(frozen=True)
class Check:
    """One thing that was looked at.

    Attributes:
        name: what, in a few words: ``all: recall_at_20 against the live version``.
        state: what came of it.
        sentence: what was found, with its figures; for a failed check also what to do, for one that does not apply why.
    """

    name: str
    state: State
    sentence: str

    @classmethod
    def of(cls, name: str, passed: bool, sentence: str) -> "Check":
        """Return a check that could be made."""
        return cls(name, State.PASSED if passed else State.FAILED, sentence)

    @classmethod
    def without(cls, name: str, reason: str) -> "Check":
        """Return a check that does not apply, for a ``reason`` in a sentence."""
        return cls(name, State.DOES_NOT_APPLY, reason)

    def as_dict(self) -> dict[str, Any]:
        """Return what the manifest says; ``passed`` is for programs that know no third state."""
        passed = self.state is not State.FAILED
        return {"name": self.name, "state": self.state.value, "passed": passed, "sentence": self.sentence}


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
        return self.checks_in(State.FAILED)

    def checks_in(self, state: State) -> tuple[Check, ...]:
        """Return the checks of that state, in their order."""
        return tuple(check for check in self.checks if check.state is state)

    @property
    def accepted(self) -> bool:
        """Whether the version may go live."""
        return self.forced or not self.refusals

    def as_dict(self) -> dict[str, Any]:
        """Return what the manifest says of it."""
        return {
            "accepted": self.accepted,
            "forced": self.forced,
            "checks": [check.as_dict() for check in self.checks],
        }
