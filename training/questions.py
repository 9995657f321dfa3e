"""What the data leave open, and which option or setting of the shop decides it."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Question:
    """One thing that the evidence does not settle.

    Attributes:
        code: short name, for programs.
        text: what was seen, with values, and what was taken for granted.
        remedy: the option, or the line of ``recsvc.toml``, that decides.
        stops: whether a run ends until somebody has answered, because another answer would change what is learned;
            otherwise it is printed and the run goes on.
    """

    code: str
    text: str
    remedy: str
    stops: bool = True

    def __str__(self) -> str:
        """Return it in sentences."""
        return f"{self.text} {self.remedy}"


def quoted(values: Sequence[str], most: int = 3) -> str:
    """Return the first ``most`` values for a sentence, in quotes."""
    shown = ", ".join(f"“{value}”" for value in values[:most])
    return f"{shown}, …" if len(values) > most else shown
