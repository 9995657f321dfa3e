"""The settings of tracing, which the service and the training job share."""

import os
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlsplit

from pydantic import Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from recsvc.config_file import PREFIX, read_table
from recsvc.errors import SettingsError
from recsvc.value_errors import in_words

TABLE = "service"
PATH = "/v1/traces"
"""What OTLP over HTTP adds to the address of a collector."""

EXTRA = "pip install recsvc[tracing]"
_PACKAGES = ("opentelemetry.sdk", "opentelemetry.exporter.otlp.proto.http")


class TracingSettings(BaseSettings):
    """Nothing is traced unless ``tracing_endpoint`` is set."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="forbid", allow_inf_nan=False)

    tracing_endpoint: str | None = Field(
        None,
        max_length=512,
        description="Collector that spans are sent to by OTLP over HTTP, like `https://collector.shop.example:4318`; "
        "none: nothing is traced.",
    )
    tracing_ratio: float = Field(
        0.01,
        ge=0,
        le=1,
        description="Share of the requests that are traced, of those whose caller did not decide it (`traceparent`).",
    )

    @field_validator("tracing_endpoint")
    @classmethod
    def _known_endpoint(cls, value: str | None) -> str | None:
        if not value:
            return None
        _check_address(value)
        if not all(map(_is_installed, _PACKAGES)):
            raise ValueError(f"needs `{EXTRA}`")
        return value

    @property
    def tracing_address(self) -> str | None:
        """Where spans are posted to; None where nothing is traced."""
        if self.tracing_endpoint is None:
            return None
        return self.tracing_endpoint.rstrip("/").removesuffix(PATH) + PATH


def load_tracing_settings(config: Path | None) -> TracingSettings:
    """Read these settings alone, for a program that needs no others of the service; raises SettingsError."""
    named = {
        name: value
        for name, value in read_table(config, TABLE).items()
        if name in TracingSettings.model_fields and PREFIX + name.upper() not in os.environ
    }
    try:
        return TracingSettings(**named)
    except ValidationError as error:
        problems = error.errors(include_url=False, include_input=False)
        said = (f"{PREFIX}{str(found['loc'][0]).upper()}: {in_words(found)}" for found in problems)
        raise SettingsError("; ".join(said)) from error


def _check_address(value: str) -> None:
    """Raise ValueError unless ``value`` may be the address of a collector; a password in it is not repeated."""
    try:
        parts = urlsplit(value)
        is_address = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_address, parts = False, urlsplit("")
    if "@" in value:
        raise ValueError(
            "must hold no user or password: OTEL_EXPORTER_OTLP_HEADERS has what the collector asks for"
        )
    if not is_address or parts.query or parts.fragment:
        raise ValueError(f"must be like https://collector.shop.example:4318, got {value!r:.200}")


def _is_installed(package: str) -> bool:
    try:
        return find_spec(package) is not None
    except ModuleNotFoundError:  # of what it lies in
        return False
