"""Tables in Parquet files."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from recsvc.errors import UnreadableSourceError
from training.sources.content import open_binary
from training.sources.delimited import Compact, PlanColumns, Table
from training.sources.money import amount_of
from training.sources.nested import MOST_LEVELS
from training.sources.raw_orders import encode
from training.sources.table_head import HEAD_ROWS, TableHead

SLICE_ROWS = 1_000_000
LARGEST_EXACT_INTEGER = 2**53


def read_parquet(path: str, plan_columns: PlanColumns, compact: Compact) -> Table:
    """Read the wanted columns of a Parquet file as text.

    Raises UnreadableSourceError when the file is damaged, UnusableExportError when it lacks columns.
    """
    try:
        return _read(path, plan_columns, compact)
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError) as exc:
        said = (str(exc).splitlines() or [type(exc).__name__])[0]
        raise UnreadableSourceError(
            f"{path} is a damaged Parquet file ({said:.200}); write or download it again"
        ) from exc


def _read(path: str, plan_columns: PlanColumns, compact: Compact) -> Table:
    with open_binary(path) as file:
        fields = fields_of(pl.read_parquet_schema(file))
    first = pl.read_parquet(path, n_rows=HEAD_ROWS, glob=False).select(
        one.values(at) for at, one in enumerate(fields)
    )
    columns = [as_text(first[f"column_{at}"]) for at in range(len(fields))]
    plan = plan_columns(TableHead.of([one.name for one in fields], pl.DataFrame(columns)))
    wanted = list(dict.fromkeys(fields[at].path[0] for at in plan.positions))
    content = pl.read_parquet(path, columns=wanted, glob=False)
    values = [fields[at].values(at) for at in plan.positions]
    numbered = content.select(values).with_row_index("row", 1)
    table = Table(plan, None, [])
    for part in numbered.iter_slices(SLICE_ROWS):
        text = part.select(
            pl.col("row").cast(pl.Int64),
            pl.lit(value=False).alias("malformed"),
            *(as_text(part[f"column_{at}"]) for at in plan.positions),
        )
        table.frames.append(compact(plan.canonical(text)))
    return table


@dataclass(frozen=True)
class Field:
    """A column, or a field inside one; its name has dots between the levels.

    With ``is_amount`` it is a struct that stands for an amount of money.
    """

    path: tuple[str, ...]
    is_amount: bool = False

    @property
    def name(self) -> str:
        """The name for people and for recognition."""
        is_value = self.is_amount and len(self.path) > 1 and self.path[-1] == "value"
        return ".".join(self.path[:-1] if is_value else self.path)

    def values(self, position: int) -> pl.Expr:
        """Return the values, named `column_<position>`."""
        outer, *inner = self.path
        values = pl.col(outer)
        for name in inner:
            values = values.struct.field(name)
        return values.alias(f"column_{position}")


def fields_of(schema: Mapping[str, object], path: tuple[str, ...] = ()) -> list[Field]:
    """Return the columns; of a struct its fields in its place."""
    fields: list[Field] = []
    for name, dtype in schema.items():
        if isinstance(dtype, pl.Struct) and amount_of(_example(dtype)) is not None:
            fields.append(Field((*path, name), is_amount=True))
        elif isinstance(dtype, pl.Struct) and dtype.fields and len(path) < MOST_LEVELS:
            inner = dict(dtype.to_schema())
            fields += fields_of(inner, (*path, name))
        else:
            fields.append(Field((*path, name)))
    return fields


def _example(dtype: pl.Struct) -> dict[str, object]:
    """Return an object as values of the struct are."""
    return {
        one.name: _example(one.dtype)
        if isinstance(one.dtype, pl.Struct)
        else []
        if one.dtype.is_nested() or isinstance(one.dtype, type)
        else "1"
        for one in dtype.fields
    }


def amounts_as_text(column: pl.Series) -> pl.Series:
    """Return structs that are amounts of money as numbers; each that comes again is read once."""
    coded = encode(column.struct.json_encode())
    objects = [json.loads(text, parse_float=str, parse_int=str) for text in coded.values]
    amounts = [amount_of(one) if isinstance(one, dict) else None for one in objects]
    return coded.each(pl.Series(column.name, amounts, dtype=pl.String)).alias(column.name)


def as_text(column: pl.Series) -> pl.Series:
    """Return the values as CSV would show them; whole floats without point, times in UTC, lists as JSON."""
    dtype = column.dtype
    if isinstance(dtype, pl.Datetime):
        utc = column.dt.convert_time_zone("UTC").dt.replace_time_zone(None) if dtype.time_zone else column
        return utc.dt.to_string("%Y-%m-%d %H:%M:%S")
    if dtype.is_float():
        return float_text(column)
    if isinstance(dtype, pl.Struct) and amount_of(_example(dtype)) is not None:
        return amounts_as_text(column)
    if dtype.is_nested():
        texts = [None if value is None else json.dumps(value, default=str) for value in column.to_list()]
        return pl.Series(column.name, texts, dtype=pl.String)
    if dtype == pl.Binary:
        texts = [None if value is None else value.decode("utf-8", "replace") for value in column.to_list()]
        return pl.Series(column.name, texts, dtype=pl.String)
    return column.cast(pl.String)


def float_text(column: pl.Series) -> pl.Series:
    """Return floats as text; ids that became floats on the way (17850.0) get their digits back."""
    whole = (column == column.round()) & (column.abs() < LARGEST_EXACT_INTEGER)
    digits = column.set(~whole.fill_null(value=False), None).cast(pl.Int64, strict=False).cast(pl.String)
    return digits.zip_with(whole.fill_null(value=False), column.cast(pl.String))
