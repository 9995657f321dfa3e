"""The report as JSON, and the directory that all reports lie in."""

import json
import shutil
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

from recsvc.errors import ModelError
from training.orders import CleaningSummary

REPORT = "report.json"


def write_report(summary: CleaningSummary, directory: Path) -> None:
    """Write what the cleaning found as JSON."""
    try:
        directory.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ModelError(f"cannot write to {directory}: {error.strerror}") from error
    text = json.dumps(_as_dict(summary), indent=2, ensure_ascii=False)
    (directory / REPORT).write_text(text + "\n", encoding="utf-8")


def prune_reports(spared: Path, keep: int) -> None:
    """Delete the reports beside ``spared``, the newest one, of all but the last ``keep`` runs, successful or not."""
    runs = sorted(path for path in spared.parent.iterdir() if path.is_dir())
    for path in runs[:-keep]:
        if path != spared:  # by its name it may be old, where a clock is behind
            with suppress(FileNotFoundError):  # another run deletes it too
                shutil.rmtree(path)


def _as_dict(summary: CleaningSummary) -> dict[str, Any]:
    return {
        "rows": summary.n_rows,
        "purchases": summary.n_purchases,
        "guest_purchases": summary.n_guest_purchases,
        "unmatched_returns": summary.n_unmatched_returns,
        "reasons": {
            count.reason.code: {"rows": count.n_rows, "applies_to": count.n_applies}
            for count in summary.reasons
        },
        "non_products": [asdict(one) for one in summary.non_products],
        "files": [_without_values(asdict(file)) for file in summary.files],
        "warnings": list(summary.warnings),
        "questions": [{"code": question.code, "stops": question.stops} for question in summary.questions],
        "first_ordered_at": summary.first_ordered_at,
        "last_ordered_at": summary.last_ordered_at,
    }


def _without_values(file: dict[str, Any]) -> dict[str, Any]:
    """Leave out what quotes the data: a report stays when a shopper is erased."""
    kept = {name: value for name, value in file.items() if name != "questions"}
    return kept | {"by_hand": sorted(file["by_hand"])}
