"""The kinds of files that rows are written to."""

from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

from recsvc.errors import SettingsError
from recsvc.mailing.csv_file import CsvFile
from recsvc.mailing.jsonl_file import JsonlFile
from recsvc.mailing.mail_row import Layout, MailRow


class RowFile(Protocol):
    """A file of rows."""

    n_refused: int
    """Rows that the file cannot hold."""

    def __enter__(self) -> Self: ...

    def write(self, row: MailRow) -> None:
        """Write a row."""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


Opens = Callable[[Path, Layout], RowFile]


def _parquet() -> Opens:
    """Return what writes Parquet; what it needs is an extra, and is loaded where it is used."""
    if find_spec("pyarrow") is None:
        raise SettingsError("--format parquet needs pyarrow: pip install recsvc[parquet]")
    opens: Opens = import_module("recsvc.mailing.parquet_file").ParquetFile
    return opens


FORMATS: dict[str, Callable[[], Opens]] = {
    "csv": lambda: CsvFile,
    "jsonl": lambda: JsonlFile,
    "parquet": _parquet,
}
"""One line a format; calling it raises SettingsError where its package is not installed."""
