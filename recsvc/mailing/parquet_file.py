"""Rows as Parquet, with the items of a row as a list of structs; needs the extra ``parquet``."""

from pathlib import Path
from types import TracebackType
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from recsvc.mailing.mail_row import Layout, MailRow

GROUP_ROWS = 10_000


class ParquetFile:
    """Writes rows to ``path``, some thousand at a time."""

    ending = "parquet"

    def __init__(self, path: Path, layout: Layout) -> None:
        self._layout = layout
        types = {"price": pa.float64()}
        item = pa.struct([(name, types.get(name, pa.string())) for name in ("item_id", *layout.fields)])
        lists = [("items", pa.list_(item)), ("spares", pa.list_(item))]
        names = ("user_id", "recommendation_id", *(f"offer_{name}" for name in layout.offer_fields))
        schema = pa.schema([*((name, pa.string()) for name in names), *lists])
        self._schema = schema
        self._writer = pq.ParquetWriter(path, schema, compression="zstd")
        self._rows: list[dict[str, Any]] = []
        self.n_refused = 0

    def __enter__(self) -> "ParquetFile":
        return self

    def write(self, row: MailRow) -> None:
        """Write a row."""
        self._rows.append(
            {
                "user_id": row.user_id,
                "recommendation_id": row.recommendation_id,
                **self._layout.told_of_offer(row),
                "items": [self._layout.told(item) for item in row.items],
                "spares": [self._layout.told(item) for item in row.spares[: self._layout.n_spares]],
            }
        )
        if len(self._rows) >= GROUP_ROWS:
            self._flush()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self._flush()
        self._writer.close()

    def _flush(self) -> None:
        self._writer.write_table(pa.Table.from_pylist(self._rows, self._schema))
        self._rows.clear()
