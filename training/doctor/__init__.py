"""What will hurt a training run, said before it: findings with numbers, remedies and examples."""

from training.doctor.diagnosis import Diagnosis, Finding, Severity
from training.doctor.examination import examine
from training.doctor.table import diagnosis_table

__all__ = ["Diagnosis", "Finding", "Severity", "diagnosis_table", "examine"]
