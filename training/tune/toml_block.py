"""Settings -> the ``[training]`` table of a file, whose other lines and comments stay as they are."""

import tomllib
from pathlib import Path
from typing import Any

import tomlkit
from tomlkit.exceptions import TOMLKitError

from recsvc.errors import SettingsError
from recsvc.plain_file import read_plain_text, replace_text
from training.settings import TABLE
from training.tune.space import Values


def toml_block(values: Values) -> str:
    """Return a ``[training]`` table of ``values``."""
    return merged("", values)


def merged(text: str, values: Values) -> str:
    """Return the TOML ``text`` with ``values`` in its ``[training]`` table.

    Raises:
        SettingsError: ``text`` is no TOML, or is laid out so that a table cannot be put into it.
    """
    try:
        document = tomlkit.parse(text)
        table: Any = document.setdefault(TABLE, tomlkit.table())
        for name, value in values.items():
            table[name] = value
        result = tomlkit.dumps(document)
        expected = tomllib.loads(text)
        expected.setdefault(TABLE, {}).update(values)
        if tomllib.loads(result) != expected:
            raise SettingsError(f"values cannot be put into its [{TABLE}] table: copy them there by hand")
    except (TOMLKitError, tomllib.TOMLDecodeError, TypeError, AttributeError, ValueError) as error:
        raise SettingsError(f"it is no settings file: {error}") from error
    return result


def merge_into(path: Path, values: Values) -> None:
    """Put ``values`` into the ``[training]`` table of the file, a new one where there is none; all or nothing.

    Raises:
        SettingsError: the file cannot be read, or is no settings file.
    """
    try:
        replace_text(path, _merged_text(path, values))
    except (OSError, UnicodeDecodeError, SettingsError) as error:
        raise SettingsError(f"{path} cannot be written: {error}") from error


def check_mergeable(path: Path) -> None:
    """Raise SettingsError when ``merge_into`` would, were it to write."""
    try:
        _merged_text(path, {})
    except (OSError, UnicodeDecodeError, SettingsError) as error:
        raise SettingsError(f"{path} cannot be written: {error}") from error


def _merged_text(path: Path, values: Values) -> str:
    return merged(read_plain_text(path) if path.exists() else "", values)
