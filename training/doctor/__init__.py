"""The doctor: says before a training run what will hurt it, with numbers, remedies and examples."""

from training.doctor.diagnosis import Diagnosis, Finding, Severity
from training.doctor.examination import examine

__all__ = ["Diagnosis", "Finding", "Severity", "examine"]
