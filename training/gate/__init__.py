"""May a measured version go live? The reasons in words."""

from training.gate.gate import LiveVersion, judge
from training.gate.verdict import Check, Verdict

__all__ = ["Check", "LiveVersion", "Verdict", "judge"]
