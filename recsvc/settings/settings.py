"""The settings, from ``recsvc.toml`` and ``RECSVC_*`` variables; nothing else reads the environment."""

import os
from collections.abc import Callable, Mapping
from pathlib import Path

from pydantic import ValidationError

from recsvc.config_file import PREFIX, read_table
from recsvc.errors import SettingsError
from recsvc.settings.connections import ConnectionSettings
from recsvc.settings.mail import MailSettings
from recsvc.settings.oidc import OidcSettings
from recsvc.settings.service import ServiceSettings
from recsvc.settings.shop_tables import VARIABLES
from recsvc.settings.storage import StorageSettings
from recsvc.settings.webhooks import WebhookSettings
from recsvc.tracing.settings import TracingSettings
from recsvc.value_errors import in_words

TABLE = "service"
SECRETS_DIR = "SECRETS_DIR"
OF_A_RUN = ("RUN_STATUS", "RUN_EXIT_STATUS", "RUN_SENTENCE", "RUN_MODEL_VERSION", "RUN_REPORT")
"""Variables that the hook of a training run is told in; it may start programs that read these settings."""

OTHERS = ("CONFIG", "SHOP", "ORDERS_SQL_URL", "TRAIN_ORDERS", SECRETS_DIR, *OF_A_RUN)
"""Variables that are no settings of the service; the training job reads the third, its units and DAG the fourth."""


class Settings(
    ConnectionSettings,
    OidcSettings,
    MailSettings,
    WebhookSettings,
    TracingSettings,
    ServiceSettings,
    StorageSettings,
):
    """Frozen; a variable wins over the file, an option of the command line over both."""


def load_settings(config: Path | None, options: Mapping[str, object]) -> Settings:
    """Read the settings.

    Args:
        config: the file; by default ``recsvc.toml`` in the working directory, if there is one.
        options: values from the command line; those that are None were not given.

    Raises:
        SettingsError: naming the variable or the key, and what is wrong with its value.
    """
    table, secrets_dir = read_table(config, TABLE), os.environ.get(PREFIX + SECRETS_DIR) or None
    given = {key: value for key, value in options.items() if value is not None}
    try:
        outside = {*os.environ, *_files_of(secrets_dir)}
        from_file = {key: value for key, value in table.items() if PREFIX + key.upper() not in outside}
        return Settings(_secrets_dir=secrets_dir, **{**from_file, **given})
    except ValidationError as error:
        raise SettingsError(explain(error)) from error
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{PREFIX}{SECRETS_DIR}: {secrets_dir} cannot be read: {error}") from error


def _files_of(secrets_dir: str | None) -> list[str]:
    """Return the variables in whose place the directory has files."""
    return [] if secrets_dir is None else [path.name.upper() for path in Path(secrets_dir).iterdir()]


def unknown_variables() -> list[str]:
    """Return variables that look like settings but are none: they are most likely misspelled."""
    known = {PREFIX + name.upper() for name in (*Settings.model_fields, *OTHERS)}
    return sorted(
        name
        for name in os.environ
        if name.startswith(PREFIX) and name not in known and not name.startswith(VARIABLES)
    )


def named(name: str) -> str:
    """Return what a setting is called: its variable, and its place in the file."""
    return f"{PREFIX}{name.upper()} ([{TABLE}] {name})"


def explain(error: ValidationError, named: Callable[[str], str] = named) -> str:
    """Return what is wrong with which settings; ``named`` returns what one is called."""
    lines = []
    for problem in error.errors(include_url=False, include_input=False):
        name = ".".join(str(part) for part in problem["loc"])
        if problem["type"] == "extra_forbidden":
            lines.append(f"{name}: there is no such setting; known are {', '.join(Settings.model_fields)}")
        elif name:
            lines.append(f"{named(name)}: {in_words(problem)}")
        else:
            lines.append(in_words(problem))  # of settings that do not fit together, which it names
    return "; ".join(lines)
