"""The options that several commands share: where orders come from, and what their columns mean."""

import os
from collections.abc import Callable, Mapping
from functools import wraps
from pathlib import Path
from typing import Any, TypeAlias

import click
from click.core import ParameterSource

from recsvc.model.storage import check_url, is_url
from recsvc.plain_file import read_plain_text
from recsvc.settings.shop_tables import chosen_shop, read_shop_tables
from training.engines import LOCAL, SPARK, Engine
from training.sources.order_sources import NO_SOURCE, OrderSources
from training.sources.shop_store import places_of_service, places_of_shop
from training.sources.sql import SqlQuery

Command: TypeAlias = Callable[..., None]

EMPTY = "the path is empty; name a file, or see whether a variable of the shell that stands for it is set"
SQL_VARIABLE = "RECSVC_ORDERS_SQL_URL"


class NamedPath(click.Path):
    """A path that is not empty: click takes an empty one for the current folder."""

    def convert(
        self, value: str | os.PathLike[str], param: click.Parameter | None, ctx: click.Context | None
    ) -> str | bytes | os.PathLike[str]:
        """Return the path; refuse an empty one."""
        if not str(value).strip() or (isinstance(value, Path) and not value.parts):
            self.fail(EMPTY, param, ctx)
        return super().convert(value, param, ctx)


class Place(NamedPath):
    """A directory, or the address of an object store."""

    def convert(
        self, value: str | os.PathLike[str], param: click.Parameter | None, ctx: click.Context | None
    ) -> str | bytes | os.PathLike[str]:
        """Return the address as it is, or the path."""
        return value if isinstance(value, str) and is_url(value) else super().convert(value, param, ctx)


def _address(context: click.Context, parameter: click.Parameter | None, value: str | None) -> str | None:
    """Refuse what is no address of an object store."""
    if value is not None:
        try:
            check_url(value)
        except ValueError as error:
            raise click.BadParameter(str(error), context, parameter) from error
    return value


def _paths(context: click.Context, parameter: click.Parameter, values: tuple[str, ...]) -> tuple[str, ...]:
    """Refuse an empty path."""
    if not all(value.strip() for value in values):
        raise click.BadParameter(EMPTY, context, parameter)
    return values


def _query(_context: click.Context, _parameter: click.Parameter, value: str | None) -> str | None:
    """Read the query from its file, if it is one."""
    if value is None or not value.startswith("@"):
        return value
    try:
        return read_plain_text(Path(value[1:]))
    except (OSError, UnicodeDecodeError) as error:
        raise click.BadParameter(f"cannot read {value[1:]}: {error}") from error


_OPTIONS = (
    click.option(
        "--models-dir",
        type=Place(path_type=Path, file_okay=False),
        default="models",
        envvar="RECSVC_MODELS_DIR",
        help="Directory of the model versions, and of the store unless --database-url says otherwise; "
        "or what --models-url names.  [default: models_dir of [service], else models]",
    ),
    click.option(
        "--models-url",
        envvar="RECSVC_MODELS_URL",
        callback=_address,
        help="Object store of the model versions, as s3://bucket/prefix, gs:// or az://; "
        "--models-dir then holds a copy.",
    ),
    click.option(
        "--orders",
        multiple=True,
        callback=_paths,
        help="Order file or glob: CSV, TSV (.gz, .zst), Parquet, JSON. Repeatable.",
    ),
    click.option(
        "--from-store", is_flag=True, help="Purchases and returns that were posted to the service, too."
    ),
    click.option(
        "--database-url",
        envvar="RECSVC_DATABASE_URL",
        help="Store of the service.  [default: database_url of [service], else recsvc.db in --models-dir]",
    ),
    click.option(
        "--orders-sql",
        envvar=SQL_VARIABLE,
        help="Database with orders, as an SQLAlchemy URL; with a password rather in the variable.",
        show_envvar=True,
    ),
    click.option(
        "--query",
        callback=_query,
        help="Query of that database: SELECT … with one row for each product in an order, or @FILE.",
    ),
    click.option(
        "--shop",
        envvar="RECSVC_SHOP",
        help="Which one, where the settings file has tables [shops.NAME].",
        show_envvar=True,
    ),
    click.option(
        "--config",
        type=NamedPath(path_type=Path, dir_okay=False, exists=True),
        envvar="RECSVC_CONFIG",
        help="Settings file.  [default: recsvc.toml, where there is one]",
        show_envvar=True,
    ),
)


def source_options(*, passes_models_dir: bool = False) -> Callable[[Command], Command]:
    """Return a decorator that gives a command these options, and passes it ``sources``, ``config`` and ``shop``.

    With ``passes_models_dir`` the command is passed ``models_dir`` and ``models_url`` as well.
    """

    def decorate(command: Command) -> Command:
        @wraps(command)
        def with_sources(
            orders: tuple[str, ...],
            from_store: bool,
            database_url: str | None,
            orders_sql: str | None,
            query: str | None,
            shop: str | None,
            **others: Any,  # noqa: ANN401 - those of the command itself
        ) -> None:
            sql = _sql_query(orders_sql, query)
            if not (orders or from_store or sql):
                raise click.UsageError(NO_SOURCE)
            place: Any = others.pop("models_dir")
            url: str | None = others.pop("models_url")
            given = _on_command_line({"models_dir": place, "models_url": url, "database_url": database_url})
            if is_url(str(place)) and "models_dir" in given:
                address = _address(click.get_current_context(), None, str(given.pop("models_dir")))
                given = {"models_url": address} | given
            config = others["config"]
            shop = chosen_shop(shop, read_shop_tables(config, {}))
            if shop is None:
                of_variable = {} if url is None else {"models_url": url}
                place, url, store = places_of_service(config, of_variable | given)
            else:
                place, url, store = places_of_shop(shop, config, given)
            others["shop"] = shop
            if passes_models_dir:
                others |= {"models_dir": place, "models_url": url}
            command(sources=OrderSources(orders, sql, store, from_store), **others)

        for option in reversed(_OPTIONS):
            with_sources = option(with_sources)
        return with_sources

    return decorate


def _on_command_line(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return those of ``values`` that were options of the command, not variables."""
    source = click.get_current_context().get_parameter_source
    return {name: value for name, value in values.items() if source(name) is ParameterSource.COMMANDLINE}


def _sql_query(url: str | None, query: str | None) -> SqlQuery | None:
    """Return both options as one query; the variable alone may be of another run and is no query."""
    if query:
        if url:
            return SqlQuery(url, query)
        raise click.UsageError(f"--query needs --orders-sql, or the variable {SQL_VARIABLE}")
    source = click.get_current_context().get_parameter_source("orders_sql")
    if source is ParameterSource.COMMANDLINE:
        raise click.UsageError("--orders-sql needs --query 'SELECT …' or --query @FILE")
    return None


def _columns(_context: click.Context, _parameter: click.Parameter, values: tuple[str, ...]) -> dict[str, str]:
    """Turn ``name=column`` words into a dictionary."""
    pairs = [value.partition("=") for value in values]
    for name, equals, column in pairs:
        if not (name and equals):
            raise click.BadParameter(f"must be like user_id=CustomerID, got {name}{equals}{column}")
    return {name: column for name, _, column in pairs}


def _directory(context: click.Context, parameter: click.Parameter | None, value: str | None) -> str | None:
    """Refuse an empty path."""
    if value is not None and not value.strip():
        raise click.BadParameter(EMPTY, context, parameter)
    return value


column_option = click.option(
    "--column",
    "columns",
    multiple=True,
    callback=_columns,
    help="Name a column, as in user_id=CustomerID; order_id= says that there is none. Repeatable.",
)
_NOTATIONS = (
    click.option("--date-format", help="strptime format of the dates, such as %d/%m/%Y."),
    click.option("--decimal-mark", type=click.Choice([".", ","]), help="What stands before decimals."),
    click.option("--encoding", help="Encoding of the files that are no UTF-8, such as windows-1250."),
)


_SPARK = (
    click.option(
        "--engine",
        type=click.Choice([LOCAL, SPARK]),
        default=LOCAL,
        show_default=True,
        help="What counts and fits: this process, or Spark, which pip install 'recsvc[spark]' brings.",
    ),
    click.option(
        "--spark-master",
        help="Where Spark is: local[2], spark://HOST:7077, yarn, k8s://…  "
        "[default: as spark-submit says, else local[*]]",
    ),
    click.option(
        "--spark-dir",
        callback=_directory,
        help="Where finished stages are kept, so that a run that was killed goes on: a folder, hdfs:// or s3a:// that "
        "all workers reach.  [default: spark in --models-dir]",
    ),
    click.option(
        "--spark-conf",
        "spark_conf",
        multiple=True,
        callback=_columns,
        help="Setting of Spark, as in spark.executor.memory=8g. Repeatable.",
    ),
)


def engine_options(command: Command) -> Command:
    """Give a command the options that say what does the work; it is passed them as ``engine``."""

    @wraps(command)
    def with_engine(
        engine: str,
        spark_master: str | None,
        spark_dir: str | None,
        spark_conf: dict[str, str],
        **others: Any,  # noqa: ANN401 - those of the command itself
    ) -> None:
        if engine == LOCAL and (spark_master or spark_dir or spark_conf):
            raise click.UsageError("--spark-master, --spark-dir and --spark-conf need --engine spark")
        command(engine=Engine(engine, spark_master, spark_dir, spark_conf), **others)

    for option in reversed(_SPARK):
        with_engine = option(with_engine)
    return with_engine


def notation_options(command: Command) -> Command:
    """Give a command the options that say how files are written; it is passed them as settings, ``notations``."""

    @wraps(command)
    def with_notations(
        date_format: str | None,
        decimal_mark: str | None,
        encoding: str | None,
        **others: Any,  # noqa: ANN401 - those of the command itself
    ) -> None:
        given = {"date_format": date_format, "decimal_mark": decimal_mark, "encoding": encoding}
        command(notations=given, **others)

    for option in reversed(_NOTATIONS):
        with_notations = option(with_notations)
    return with_notations


_CATALOGUE = (
    click.option(
        "--catalogue",
        type=NamedPath(path_type=Path, dir_okay=False),
        help="Catalogue file with the categories of the items: CSV, TSV (.gz, .zst), Parquet, NDJSON.",
    ),
    click.option(
        "--catalogue-column",
        "catalogue_columns",
        multiple=True,
        callback=_columns,
        help="Name a column of the catalogue, as in item_id=Reference. Repeatable.",
    ),
)


def catalogue_option(command: Command) -> Command:
    """Give a command the options of the catalogue file; it is passed them as settings, ``catalogue``."""

    @wraps(command)
    def with_catalogue(
        catalogue: Path | None,
        catalogue_columns: dict[str, str],
        **others: Any,  # noqa: ANN401 - those of the command itself
    ) -> None:
        given = {"catalogue": catalogue, "catalogue_columns": catalogue_columns or None}
        command(catalogue=given, **others)

    for option in reversed(_CATALOGUE):
        with_catalogue = option(with_catalogue)
    return with_catalogue
