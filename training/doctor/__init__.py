"""What will hurt a training run, said before it: findings with numbers, remedies and examples."""

from training.doctor.diagnosis import Diagnosis, Finding, Severity
from training.doctor.examination import examine

__all__ = ["Diagnosis", "Finding", "Severity", "examine"]
