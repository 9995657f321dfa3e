"""Where models, events, the catalogue and finished lists are kept."""

from pathlib import Path
from typing import Any, Self

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from recsvc.config_file import PREFIX
from recsvc.model.storage import check_url, is_url
from recsvc.settings.redis_address import RedisAddress
from recsvc.settings.shop_tables import with_schema


class StorageSettings(BaseSettings):
    """The places of a shop; two shops have none in common."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="forbid", allow_inf_nan=False)

    models_dir: Path = Field(
        Path("models"),
        description="Directory of the model versions; or, as a short form, what `models_url` names.",
    )
    models_url: str | None = Field(
        None,
        description="Where the versions are in an object store, as `s3://bucket/prefix`, `gs://…` or `az://…`; "
        "`models_dir` then is the directory of a copy.",
    )
    redis_url: SecretStr | None = Field(
        None,
        description="Redis or Valkey, as `redis://[user:password@]host:port/db`, `rediss://…` (TLS), `unix:///path` or "
        "`redis+sentinel://[user:password@]host,host/mymaster` ([kinds](../guides/replicas.md#kinds-of-redis)); none: "
        "each worker caches alone.",
    )
    database_url: SecretStr | None = Field(
        None,
        description="Events and catalogue, as `sqlite:///path/to/file.db` or "
        "`postgresql://user:password@host/database`; none: `recsvc.db` in the models directory.",
    )
    database_schema: str | None = Field(
        None,
        pattern=r"^[a-z_][a-z0-9_]{0,62}$",
        description="Schema of PostgreSQL that the tables are in, made where there is none; none: that of the account, "
        "mostly `public`.",
    )
    redis_timeout_seconds: float = Field(
        0.03, gt=0, le=5, description="How long an answer waits for Redis before it does without."
    )
    redis_namespace: str | None = Field(
        None,
        pattern=r"^[A-Za-z0-9._-]{1,64}$",
        description="Names the shop in every key in Redis; none: an id of the shop's store, which is the same for all "
        "that use the store.",
    )
    redis_pause_seconds: float = Field(
        1.0, ge=0, le=600, description="How long Redis is left alone after a failure."
    )

    @model_validator(mode="before")
    @classmethod
    def _models_dir_may_be_a_url(cls, values: dict[str, Any]) -> dict[str, Any]:
        directory = values.get("models_dir")
        if not isinstance(directory, str) or not is_url(directory):
            return values
        try:
            check_url(directory)
        except ValueError:
            return values  # refused by its own name below
        others = {name: value for name, value in values.items() if name != "models_dir"}
        return {"models_url": directory} | others

    @field_validator("models_dir", mode="before")
    @classmethod
    def _models_dir_is_no_other_url(cls, value: object) -> object:
        if isinstance(value, str) and is_url(value):
            check_url(value)
        return value

    @field_validator("models_url")
    @classmethod
    def _check_models_url(cls, value: str | None) -> str | None:
        if value is not None:
            check_url(value)
        return value

    @field_validator("redis_url")
    @classmethod
    def _known_scheme(cls, value: SecretStr | None) -> SecretStr | None:
        url = "" if value is None else value.get_secret_value()
        if not url:
            return None
        RedisAddress.parse(url)
        return value

    @field_validator("database_url")
    @classmethod
    def _known_database(cls, value: SecretStr | None) -> SecretStr | None:
        url = "" if value is None else value.get_secret_value()
        if not url:
            return None
        try:
            parsed = make_url(url)
        except ArgumentError:
            parsed = None  # the message of the library quotes the password
        if parsed is None or parsed.get_backend_name() not in ("sqlite", "postgresql"):
            raise ValueError("is not a URL like postgresql://user:password@host/database")
        if parsed.database in (None, "", ":memory:"):
            raise ValueError("must name a database, or a file that all workers share")
        return value

    @model_validator(mode="after")
    def _schema_of_postgres(self) -> Self:
        if self.database_schema is not None:
            if self.database_url is None or "sqlite" in self.database_url.get_secret_value()[:6]:
                raise ValueError(
                    "RECSVC_DATABASE_SCHEMA needs RECSVC_DATABASE_URL of a PostgreSQL database beside it"
                )
            with_schema(self.database_url.get_secret_value(), self.database_schema)
        return self

    @property
    def sqlite_file(self) -> Path | None:
        """The file that ``database_url`` names; None where it names a PostgreSQL database, or is not set."""
        parsed = None if self.database_url is None else make_url(self.database_url.get_secret_value())
        return (
            None if parsed is None or parsed.get_backend_name() != "sqlite" else Path(parsed.database or "")
        )

    @property
    def store_url(self) -> str | None:
        """The address of the database with the schema; it may hold a password. None: a file in the models directory."""
        url = self.database_url
        return None if url is None else with_schema(url.get_secret_value(), self.database_schema)
