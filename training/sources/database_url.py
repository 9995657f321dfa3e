"""Addresses of databases, which may hold passwords."""

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from recsvc.errors import SettingsError


def parsed_url(url: str, name: str) -> URL:
    """Return the parts of ``url``, which the setting ``name`` holds; raises SettingsError when it is none."""
    try:
        return make_url(url)
    except (ArgumentError, ValueError):
        # Not its message: that quotes the password.
        raise SettingsError(f"{name} must be a URL like postgresql://user@host/database") from None


def shown_url(url: str, name: str) -> str:
    """Return what may be shown of ``url``, which ``name`` holds: user, password and options can be secrets."""
    parsed = parsed_url(url, name)
    port = f":{parsed.port}" if parsed.port else ""
    return f"{parsed.get_backend_name()}://{parsed.host or ''}{port}/{parsed.database or ''}"
