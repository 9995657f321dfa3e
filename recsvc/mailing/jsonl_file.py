"""Rows as JSON, one a line, with the items of a row as a list."""

import json
from pathlib import Path
from types import TracebackType

from recsvc.mailing.mail_row import Layout, MailRow


class JsonlFile:
    """Writes rows to ``path``."""

    ending = "jsonl"

    def __init__(self, path: Path, layout: Layout) -> None:
        self._file = path.open("w", encoding="utf-8")
        self._layout = layout
        self.n_refused = 0

    def __enter__(self) -> "JsonlFile":
        return self

    def write(self, row: MailRow) -> None:
        """Write a row."""
        said = {
            "user_id": row.user_id,
            "recommendation_id": row.recommendation_id,
            **self._layout.told_of_offer(row),
            "items": [self._layout.told(item) for item in row.items],
            "spares": [self._layout.told(item) for item in row.spares[: self._layout.n_spares]],
        }
        self._file.write(json.dumps(said, ensure_ascii=False, separators=(",", ":")) + "\n")

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()
