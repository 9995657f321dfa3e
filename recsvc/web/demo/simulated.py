"""The mark of a shop whose visits, clicks and orders were made up by ``recsvc demo``."""

from datetime import date
from pathlib import Path

MARK = "simulated.txt"
"""A file beside the versions; it holds the last day that was made up, as ISO 8601."""


def simulated_until(models_dir: Path) -> date | None:
    """Return the last day of made-up visits, or None in a shop that has only real ones."""
    try:
        return date.fromisoformat((models_dir / MARK).read_text(encoding="ascii").strip())
    except (OSError, ValueError):
        return None


def mark_simulated(models_dir: Path, until: date) -> None:
    """Note that visits until that day are made up."""
    (models_dir / MARK).write_text(f"{until.isoformat()}\n", encoding="ascii")
