"""The gate: whether a measured version may go live, and the reasons in words."""

from training.gate.gate import judge
from training.gate.live import LiveReference
from training.gate.verdict import Check, State, Verdict

__all__ = ["Check", "LiveReference", "State", "Verdict", "judge"]
