"""Orders in a database of the shop's own, read with a query; and addresses of databases."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from itertools import chain, count
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus

import polars as pl
from sqlalchemy import URL, CursorResult, create_engine, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError
from sqlalchemy.pool import NullPool

from recsvc.errors import SettingsError, UnreadableSourceError, UnusableExportError
from training.sources.delimited import Compact, PlanColumns, Table
from training.sources.gathering import Gathering
from training.sources.table_head import TableHead

BATCH_ROWS = 50_000
SETTING = "--orders-sql"
SECRET_OPTIONS = ("pass", "pwd", "secret", "token", "key")
DRIVERS = {
    "postgresql": "postgresql+psycopg",
    "mysql": "mysql+pymysql",
    "mariadb": "mariadb+pymysql",
}
"""The driver of a URL that names none; the service uses the first one."""
PACKAGES = {
    "psycopg": "recsvc[postgres]",
    "psycopg2": "psycopg2-binary",
    "MySQLdb": "mysqlclient",
    "snowflake": "snowflake-sqlalchemy",
    "bigquery": "sqlalchemy-bigquery",
    "redshift": "sqlalchemy-redshift",
    "databricks": "databricks-sqlalchemy",
    "duckdb": "duckdb-engine",
    "clickhouse": "clickhouse-sqlalchemy",
}
"""Module or kind of database -> the package to install, where their names differ."""
READ_ONLY = {
    "sqlite": "PRAGMA query_only = ON",
    "postgresql": "SET TRANSACTION READ ONLY",
    "mysql": "SET SESSION TRANSACTION READ ONLY",
    "mariadb": "SET SESSION TRANSACTION READ ONLY",
}


def parsed_url(url: str, name: str) -> URL:
    """Return the parts of ``url``, which the setting ``name`` holds; raises SettingsError when it is none."""
    try:
        return make_url(url)
    except (ArgumentError, ValueError):
        # The message of the error quotes the password.
        raise SettingsError(f"{name} must be a URL like postgresql://user@host/database") from None


def shown_url(url: str, name: str) -> str:
    """Return what may be shown of ``url``, which ``name`` holds: user, password and options can be secrets."""
    parsed = parsed_url(url, name)
    port = f":{parsed.port}" if parsed.port else ""
    return f"{parsed.get_backend_name()}://{parsed.host or ''}{port}/{parsed.database or ''}"


@dataclass(frozen=True)
class SqlQuery:
    """A query of a database; ``url`` may hold a password and is not shown."""

    url: str = field(repr=False)
    text: str

    @property
    def name(self) -> str:
        """The query and its database, for people."""
        return f"query of {shown_url(self.url, SETTING)}"


def gather_sql(
    query: SqlQuery, columns: Mapping[str, str], into: Gathering, batch_rows: int = BATCH_ROWS
) -> None:
    """Read the rows of the query batch by batch; nothing is written, whatever the query says.

    Its columns are recognised as those of a file; rows are numbered from 1.

    Raises SettingsError (the URL, the driver), UnreadableSourceError (the database, the query),
    UnusableExportError (the columns).
    """

    def read(plan_columns: PlanColumns, compact: Compact) -> tuple[Table, None]:
        with _result_of(query, batch_rows) as result:
            if not result.returns_rows:
                raise UnusableExportError(f"{query.name} returns no rows: it must be a SELECT")
            names = list(result.keys())
            numbers = count(1)
            batches = result.partitions(batch_rows)
            first = next(batches, [])
            plan = plan_columns(TableHead.of(names, _frame_of(first, count(1), range(len(names)))))
            table = Table(plan, None, [])
            for rows in chain([first], batches):
                frame = _frame_of(rows, numbers, plan.positions)
                table.frames.append(compact(plan.canonical(frame)))
        return table, None

    into.add(query.name, read, columns, origin="sql")


@contextmanager
def _result_of(query: SqlQuery, batch_rows: int) -> Iterator[CursorResult[Any]]:
    """Yield the result of the query in a transaction that may not write; rows are handed over in batches."""
    url = parsed_url(query.url, SETTING)
    url = url.set(drivername=DRIVERS.get(url.drivername, url.drivername))
    _check_file(url)
    try:
        # Without a pool, a closed connection is closed.
        engine = create_engine(url, hide_parameters=True, poolclass=NullPool)
        with engine.connect() as connection:
            if read_only := READ_ONLY.get(url.get_backend_name()):
                connection.exec_driver_sql(read_only)
            # Without parameters, so that a % in the query is a %.
            options = {"stream_results": True, "yield_per": batch_rows, "no_parameters": True}
            ready = connection.execution_options(**options)
            with ready.exec_driver_sql(query.text.strip().rstrip(";")) as result:
                yield result
    except (NoSuchModuleError, ModuleNotFoundError) as error:
        raise _needs_driver(url, error) from None
    except (SQLAlchemyError, OSError) as error:
        raise UnreadableSourceError(f"{query.name} failed: {_without_secrets(error, url)}") from None


def _check_file(url: URL) -> None:
    """Refuse a SQLite file that does not exist: SQLite would create it."""
    if url.get_backend_name() == "sqlite" and not Path(url.database or "").is_file():
        raise UnreadableSourceError(f"there is no SQLite file {url.database}; check the path of {SETTING}")


def _needs_driver(url: URL, error: Exception) -> SettingsError:
    missing = error.name if isinstance(error, ModuleNotFoundError) else None
    module = (missing or url.get_backend_name()).partition(".")[0]
    package = PACKAGES.get(module, module.lower())
    return SettingsError(
        f"{SETTING} {url.drivername}:// needs a driver that is not installed: pip install '{package}'"
    )


def _without_secrets(error: Exception, url: URL) -> str:
    """Return the error of the database without the secrets that it may quote."""
    said = " ".join(str(getattr(error, "orig", None) or error).split())
    options = [
        value
        for name, value in url.query.items()
        if isinstance(value, str) and any(part in name.lower() for part in SECRET_OPTIONS)
    ]
    for secret in filter(None, (url.password, *options)):
        for form in (str(secret), quote(str(secret), safe=""), quote_plus(str(secret))):
            said = said.replace(form, "***")
    return said


def _frame_of(
    rows: Sequence[Sequence[object]], numbers: Iterator[int], positions: Iterable[int]
) -> pl.DataFrame:
    """Return the columns at ``positions`` as text, with `row` and `malformed`."""
    columns = {
        f"column_{at}": pl.Series([_text_of(row[at]) for row in rows], dtype=pl.String) for at in positions
    }
    numbered = pl.Series([next(numbers) for _ in rows], dtype=pl.Int64)
    malformed = pl.repeat(value=False, n=len(rows), dtype=pl.Boolean, eager=True)
    return pl.DataFrame({"row": numbered, "malformed": malformed, **columns})


def _text_of(value: object) -> str | None:
    """Return the value as an export would show it; times in UTC, whole floats without point."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, datetime):
        utc = value.astimezone(UTC) if value.tzinfo else value
        return utc.strftime("%Y-%m-%d %H:%M:%S.%f")
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return json.dumps(value, default=str) if isinstance(value, dict | list) else str(value)
