"""The tables of ``recsvc.toml``, which the service and the training job share."""

import tomllib
from pathlib import Path
from typing import Any

from recsvc.errors import SettingsError
from recsvc.plain_file import read_plain_text

DEFAULT_CONFIG = Path("recsvc.toml")
TABLES = ("service", "training", "placements", "shops")
PREFIX = "RECSVC_"
"""Variables that set something begin with it."""


def read_table(config: Path | None, name: str) -> dict[str, Any]:
    """Return the table ``name`` of ``config``.

    Without ``config``, the file is ``recsvc.toml`` in the working directory; where there is none, the table is empty.

    Raises:
        SettingsError: the file cannot be read, ``name`` is no table, or it holds something else than ``TABLES``.
    """
    path = config or DEFAULT_CONFIG
    try:
        if config is None and not path.exists():
            return {}
        tables = tomllib.loads(read_plain_text(path))
    except (OSError, ValueError) as error:  # also what is no TOML, no UTF-8, or no path
        raise SettingsError(f"{path} cannot be read: {error}") from error
    except RecursionError:
        raise SettingsError(f"{path} cannot be read: brackets are nested too deeply in it") from None
    for one, value in tables.items():
        if one not in TABLES:
            what = f"a table [{one}]" if isinstance(value, dict) else f"{one} outside of any table"
            known = ", ".join(f"[{table}]" for table in TABLES)
            raise SettingsError(f"{path} has {what:.100}, of which nothing is known; known are {known}")
    table = tables.get(name, {})
    if not isinstance(table, dict):
        raise SettingsError(f"{path}: [{name}] must be a table")
    return table
