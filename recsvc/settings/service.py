"""How the service answers."""

import re
from pathlib import Path
from typing import Annotated, Any, Literal

from limits import RateLimitItem
from limits import parse as parse_limit
from pydantic import Field, SecretStr, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from recsvc.config_file import PREFIX
from recsvc.ranking.explain.languages.all import LANGUAGES, language_of
from recsvc.ranking.explain.languages.en import ENGLISH
from recsvc.ranking.explain.languages.language import Language
from recsvc.settings.oidc import is_loopback

SPARE_THREADS = 8
_ORIGIN = re.compile(r"https?://(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(:[0-9]{1,5})?")
OF_ALL_SHOPS: dict[str, Any] = {"of_all_shops": True}
"""Marks a setting of the whole deployment; ``[shops.NAME]`` may set any other one for its shop alone."""


class ServiceSettings(BaseSettings):
    """The settings that have no file of their own."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="forbid", allow_inf_nan=False)

    host: str = Field("127.0.0.1", description="Address to listen on.", json_schema_extra=OF_ALL_SHOPS)
    allow_open: bool | None = Field(
        None,
        description="Whether to answer without any key: `true` on every address, a gateway protects it; "
        "`false` on none; unset on loopback.",
    )
    demo: Literal["off", "on", "public"] = Field(
        "off",
        description="The demo shop at `/demo`, in which anybody is any shopper: `on` (or `true`) for loopback and as "
        "long as there are no keys, `public` for whoever reaches the service.",
    )
    port: int = Field(8000, ge=1, le=65535, description="Port to listen on.", json_schema_extra=OF_ALL_SHOPS)
    workers: int = Field(2, ge=1, le=256, description="Worker processes.", json_schema_extra=OF_ALL_SHOPS)
    threads: int = Field(
        4,
        ge=1,
        le=256,
        description="Lists that a worker makes at the same time.",
        json_schema_extra=OF_ALL_SHOPS,
    )
    max_waiting: int = Field(
        32, ge=0, le=1024, description="Requests that may wait for that in a worker; more are answered 503."
    )
    max_wait_seconds: float = Field(
        2.0, gt=0, le=60, description="How long each may wait; then it is answered 503."
    )
    hang_seconds: float = Field(
        15.0,
        ge=5,
        le=3600,
        description="A worker that could run for so long and gave no sign of life is ended and replaced.",
        json_schema_extra=OF_ALL_SHOPS,
    )
    drain_seconds: float = Field(
        0.0,
        ge=0,
        le=600,
        description="How long the service goes on answering after SIGTERM, while `/health/ready` is 503 so that a "
        "proxy sends it no more requests ([replicas](../guides/replicas.md#restart-one-after-the-other)).",
        json_schema_extra=OF_ALL_SHOPS,
    )
    shared_dir: Path | None = Field(
        None,
        description="Directory for the small files that workers share; none: `/dev/shm`, or that of temporary files.",
        json_schema_extra=OF_ALL_SHOPS,
    )
    cache_ttl_seconds: float = Field(
        3600, gt=0, le=30 * 86_400, description="How long a list is kept, in either cache."
    )
    stale_seconds: float = Field(
        30.0,
        ge=0,
        le=3600,
        description="How long lists of the previous version are given while new ones are made; 0: not at all.",
    )
    near_cache_bytes: int = Field(
        64 * 2**20, ge=0, description="Memory for finished lists in each worker; 0 keeps none."
    )
    model_poll_seconds: float = Field(
        0.5, gt=0, le=60, description="How often a worker looks for a newly published version."
    )
    max_request_bytes: int = Field(64 * 2**10, ge=1024, description="Largest request body.")
    diversity: float = Field(
        0.0,
        ge=0,
        le=1,
        description="How much relevance `for_you` and `discover` give up for more categories, 0 to 1.",
    )
    new_items_share: float = Field(
        0.1,
        ge=0,
        le=0.5,
        description="Share of the places of `for_you` and `discover` that items have which no training saw, 0 to 0.5.",
    )
    max_batch_bytes: int = Field(
        2 * 2**20, ge=1024, description="Largest body with events or items, of which there may be many."
    )
    max_look_bytes: int = Field(
        64 * 2**20,
        ge=2**10,
        le=2**30,
        description="Largest file that the console looks at for whoever uploads it.",
    )
    max_rules_bytes: int = Field(
        512 * 2**20,
        ge=2**20,
        description="Memory that the rules of all placements may take in each worker; "
        "rules beyond it are refused, or left out once the catalogue has grown.",
    )
    rate_limit: str = Field(
        "none",
        description="Requests of a key, or of an address where there are no keys, like `1000/second`.",
    )
    widget_rate_limit: str = Field(
        "300/minute",
        description="Requests of an address with one key of the scope `widget`, which anybody can read in a page; "
        "`none`: `rate_limit` alone bounds them.",
    )
    trusted_proxies: int = Field(
        0,
        ge=0,
        le=8,
        description="Proxies in front, each of which appends to `X-Forwarded-For` the address that asked it; 0: the "
        "header is not looked at, and all clients behind a proxy count as one address.",
        json_schema_extra=OF_ALL_SHOPS,
    )
    cors_origins: Annotated[tuple[str, ...], NoDecode] = Field(
        (),
        description="Web sites whose pages may ask, like `https://shop.example`, separated by commas.",
    )
    margin: float = Field(
        1.0,
        ge=0,
        le=1,
        description="What is left of revenue once the goods are paid, 0 to 1: what an offer may earn is counted in it.",
    )
    offer_every_days: float = Field(
        14.0,
        ge=1,
        le=365,
        description="How long a decision about an offer stands, and how long orders after it count "
        "([offers](../guides/offers.md)).",
    )
    offer_hold_out: float = Field(
        0.1,
        ge=0,
        le=0.5,
        description="Share of the shoppers who are never offered anything, so that it can be told what offers earn.",
    )
    shopper_secret: SecretStr | None = Field(
        None,
        repr=False,
        min_length=32,
        description="Signs who the shopper is, in pages that show offers: at least 32 characters, known to the shop's "
        "server as well ([offers](../guides/offers.md#in-a-page)).",
    )
    language: str = Field(
        "en",
        description="Language of the sentences of `explain` where a request prefers none that there is: "
        f"{', '.join(language.tag for language in LANGUAGES)}.",
    )
    currency: str = Field(
        "EUR", pattern=r"^[A-Z]{3}$", description="Of the prices that the shop sends, as ISO 4217 names it."
    )
    click_window_days: float = Field(
        7.0,
        gt=0,
        le=90,
        description="An order line belongs to the last click on its item so many days before it, at most.",
    )
    seen_window_hours: float = Field(
        24.0,
        ge=0,
        le=24 * 90,
        description="Without a click it belongs to the last impression in view so many hours before it, at most.",
    )
    operator_key: SecretStr | None = Field(
        None,
        min_length=20,
        description="Where there are several shops: whoever sends it as `Authorization: Bearer …` is told the metrics "
        "of all at `/metrics`, and their names at `/health/ready`.",
        json_schema_extra=OF_ALL_SHOPS,
    )
    log_level: str = Field(
        "info", description="debug, info, warning or error.", json_schema_extra=OF_ALL_SHOPS
    )

    @property
    def server_threads(self) -> int:
        """Threads of a worker: for requests that make lists, that wait for their turn, and that need no list."""
        return self.threads + self.max_waiting + SPARE_THREADS

    @property
    def is_open(self) -> bool:
        """Whether requests without a key are answered, as long as no key was ever made."""
        return is_loopback(self.host) if self.allow_open is None else self.allow_open

    @property
    def is_open_to_loopback_alone(self) -> bool:
        """Whether requests without a key are answered for the address alone that the service listens on."""
        return self.allow_open is None and self.is_open

    @property
    def limit(self) -> RateLimitItem | None:
        """The rate limit, or None."""
        return _limit_of(self.rate_limit)

    @property
    def widget_limit(self) -> RateLimitItem | None:
        """The rate limit of an address with a key of the scope ``widget``, or None."""
        return _limit_of(self.widget_rate_limit)

    @field_validator("demo", mode="before")
    @classmethod
    def _switch(cls, value: object) -> object:
        words = {"true": "on", "false": "off"}
        return words.get(str(value).lower(), value) if isinstance(value, str | bool) else value

    @field_validator("demo")
    @classmethod
    def _not_for_strangers(cls, value: str, told: ValidationInfo) -> str:
        host = told.data.get("host", "127.0.0.1")
        if value == "on" and not is_loopback(host):
            raise ValueError(
                f"lets anybody act as any shopper, and the service listens on {host}: say public where that is wanted, "
                "or off"
            )
        return value

    @field_validator("rate_limit", "widget_rate_limit")
    @classmethod
    def _known_limit(cls, value: str) -> str:
        if value != "none":
            try:
                limit = parse_limit(value)
            except ValueError:
                raise ValueError(f"must be none, or like 1000/second, got {value!r}") from None
            if limit.amount < 1:
                raise ValueError(f"must allow at least one request, got {value!r}")
        return value

    @field_validator("cors_origins", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return (
            tuple(origin.strip() for origin in value.split(",") if origin.strip())
            if isinstance(value, str)
            else value
        )

    @field_validator("cors_origins")
    @classmethod
    def _known_origins(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for origin in value:
            check_origin(origin)
        return value

    @property
    def explanation_language(self) -> Language:
        """The language of the setting."""
        return language_of(self.language) or ENGLISH

    @field_validator("language")
    @classmethod
    def _known_language(cls, value: str) -> str:
        if language_of(value) is None:
            known = ", ".join(language.tag for language in LANGUAGES)
            raise ValueError(f"must be one of {known}, got {value!r}")
        return value

    @field_validator("log_level")
    @classmethod
    def _known_level(cls, value: str) -> str:
        if value.lower() not in ("debug", "info", "warning", "error"):
            raise ValueError(f"must be debug, info, warning or error, got {value!r}")
        return value.lower()


def _limit_of(text: str) -> RateLimitItem | None:
    return None if text == "none" else parse_limit(text)


def check_origin(origin: str) -> None:
    """Raise ValueError unless ``origin`` is what a browser would send as its Origin."""
    if not _ORIGIN.fullmatch(origin):
        raise ValueError(f"must be a scheme and a host like https://shop.example, got {origin!r}")
