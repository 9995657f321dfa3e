"""The tables of ``recsvc.toml``, which the service and the training job share."""

import tomllib
from pathlib import Path
from typing import Any

from recsvc.errors import SettingsError
from recsvc.plain_file import read_plain_text

DEFAULT_CONFIG = Path("recsvc.toml")
PREFIX = "RECSVC_"
"""Variables that set something begin with it."""


def read_table(config: Path | None, name: str) -> dict[str, Any]:
    """Return the table ``name`` of ``config``.

    Without ``config``, the file is ``recsvc.toml`` in the working directory; where there is none, the table is empty.

    Raises:
        SettingsError: the file cannot be read, or ``name`` is no table.
    """
    path = config or DEFAULT_CONFIG
    try:
        if config is None and not path.exists():
            return {}
        table = tomllib.loads(read_plain_text(path)).get(name, {})
    except (OSError, ValueError) as error:  # also what is no TOML, no UTF-8, or no path
        raise SettingsError(f"{path} cannot be read: {error}") from error
    except RecursionError:
        raise SettingsError(f"{path} cannot be read: brackets are nested too deeply in it") from None
    if not isinstance(table, dict):
        raise SettingsError(f"{path}: [{name}] must be a table")
    return table
