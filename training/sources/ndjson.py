"""Tables with one JSON object on each line."""

import json
from collections.abc import Iterable, Sequence

import polars as pl

from training.sources.delimited import Compact, PlanColumns, Table
from training.sources.nested import flattened
from training.sources.table_head import HEAD_ROWS, TableHead

JsonRow = dict[str, object] | None
PARENT = "__parentId"
"""Key under which a line of a bulk export names the order that it belongs to."""


def read_ndjson(chunks: Iterable[bytes], plan_columns: PlanColumns, compact: Compact) -> Table:
    """Read objects from UTF-8 chunks of whole lines; the keys of the first chunk are the columns.

    A line that is no JSON object is malformed. Raises UnusableExportError when the keys do not say who bought
    what, EOFError when not one line is complete. Content that ends later is told in `ended_early`.
    """
    table: Table | None = None
    children = Children()
    early: str | None = None
    next_row = 1
    n_blank = 0
    try:
        for chunk in chunks:
            lines = chunk.decode().removesuffix("\n").split("\n")
            rows = children.linked(
                [(number, read_object(line)) for number, line in enumerate(lines, next_row) if line.strip()]
            )
            n_blank += len(lines) - len(rows)
            next_row += len(lines)
            if table is None:
                table = Table(plan_columns(head_of(rows)), None, [])
            wanted = frame_of(rows, table.plan.names, table.plan.positions)
            table.frames.append(compact(table.plan.canonical(wanted)))
    except EOFError as exc:
        if table is None:
            raise
        early = str(exc)
    assert table is not None  # noqa: S101  content is never empty, and its first chunk makes the table
    table.n_blank_lines = n_blank
    table.ended_early = early
    return table


class Children:
    """Links objects that name another one as their parent, as the lines of an order in bulk exports do."""

    def __init__(self) -> None:
        self._seen = False

    def linked(self, rows: list[tuple[int, JsonRow]]) -> list[tuple[int, JsonRow]]:
        """Return the rows; once there are children, these have their parents' id as ``order_id``, as the parents do."""
        self._seen = self._seen or any(row is not None and PARENT in row for _, row in rows)
        return [(number, row and _with_order(row)) for number, row in rows] if self._seen else rows


def _with_order(row: dict[str, object]) -> dict[str, object]:
    if PARENT not in row:
        return {**row, "order_id": row.get("id")}
    line = {("line_id" if key == "id" else key): value for key, value in row.items()}
    return {**line, "order_id": row[PARENT]}


def read_object(line: str) -> JsonRow:
    """Return the object with what is nested in it as columns, None when the line holds something else."""
    value = json_object(line)
    return None if value is None else flattened(value)


def json_object(line: str | bytes) -> JsonRow:
    """Return the object with its numbers as they are written, None when the line holds something else."""
    try:
        value = json.loads(line, parse_float=str, parse_int=str, parse_constant=str)
    except (json.JSONDecodeError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def keys_of(rows: Sequence[JsonRow]) -> list[str]:
    """Return all keys in order of appearance."""
    return list(dict.fromkeys(key for row in rows if row is not None for key in row))


def head_of(rows: Sequence[tuple[int, JsonRow]]) -> TableHead:
    """Return all keys of the rows as columns, with their first values."""
    names = keys_of([row for _, row in rows])
    return TableHead.of(names, frame_of(rows[:HEAD_ROWS], names, range(len(names))))


def frame_of(
    rows: Sequence[tuple[int, JsonRow]], names: Sequence[str], positions: Iterable[int]
) -> pl.DataFrame:
    """Return the columns at ``positions`` of ``names`` as text, with `row` and `malformed`."""
    columns = {
        f"column_{at}": pl.Series([json_text(row, names[at]) for _, row in rows], dtype=pl.String)
        for at in positions
    }
    malformed = pl.Series([row is None for _, row in rows], dtype=pl.Boolean)
    numbers = pl.Series([number for number, _ in rows], dtype=pl.Int64)
    return pl.DataFrame({"row": numbers, "malformed": malformed, **columns})


def json_text(row: JsonRow, key: str) -> str | None:
    """Return the value as text; lists and objects stay JSON."""
    value = None if row is None else row.get(key)
    if value is None or isinstance(value, str):
        return value or None
    return json.dumps(value)
