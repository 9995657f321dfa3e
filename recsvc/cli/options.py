"""Command line options that several commands share."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from recsvc.settings import Settings


def setting(name: str, type_: Any = None, **details: Any) -> Callable[..., Any]:  # noqa: ANN401 - click's decorator
    """Return the option for a setting."""
    field = Settings.model_fields[name]
    described = f"{field.description}  [default: {field.default}]"
    return click.option(f"--{name.replace('_', '-')}", name, type=type_, help=described, **details)


config = click.option(
    "--config",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    envvar="RECSVC_CONFIG",
    help="Settings file.  [default: recsvc.toml, where there is one]",
)
models_dir = setting("models_dir", click.Path(path_type=Path, file_okay=False))
database_url = setting("database_url")
