"""The settings of webhooks: where they go, how they are signed, and what is told."""

import base64
import binascii
from typing import Annotated, Self
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode

from recsvc.settings.host_names import host_name
from recsvc.settings.oidc import is_loopback

KINDS = ("item.back_in_stock", "item.price_drop", "shopper.due", "shopper.late", "shopper.lost")
SECRET_PREFIX = "whsec_"  # noqa: S105 - what every such secret begins with
LEAST_BYTES, MOST_BYTES = 24, 64


class WebhookSettings(BaseSettings):
    """Nothing is sent unless ``webhooks_url`` is set."""

    webhooks_url: SecretStr | None = Field(
        None,
        repr=False,
        description="Address that takes signed webhooks, like `https://crm.shop.example/recsvc`; http on this machine "
        "alone; none: nothing is sent ([webhooks](../guides/webhooks.md)).",
    )
    webhooks_secret: SecretStr | None = Field(
        None,
        repr=False,
        description="Secret with which they are signed, `whsec_…`; `recsvc webhooks secret` makes one.",
    )
    webhooks_old_secret: SecretStr | None = Field(
        None,
        repr=False,
        description="The secret of before, while receivers are told of a new one: webhooks are signed with both.",
    )
    webhooks_kinds: Annotated[tuple[str, ...], NoDecode] = Field(
        KINDS, description="What is told, separated by commas."
    )
    webhooks_price_drop: float = Field(
        0.05, ge=0.001, le=0.95, description="How much a price has to fall, 0.001 to 0.95: .05 is 5 %."
    )
    webhooks_look_days: float = Field(
        30.0,
        ge=1,
        le=365,
        description="Who looked at an item or wished for it within so many days is told of it.",
    )
    webhooks_settle_seconds: float = Field(
        300.0,
        ge=0,
        le=86_400,
        description="A stock or a price counts once it has stayed as it is for so long: what a feed corrects meanwhile "
        "is told to nobody.",
    )
    webhooks_per_week: int = Field(
        3, ge=1, le=1000, description="Webhooks about one shopper in seven days, at most."
    )
    webhooks_per_minute: int = Field(
        600, ge=1, le=60_000, description="Webhooks in a minute, at most; the others wait."
    )

    @property
    def webhook_keys(self) -> tuple[bytes, ...]:
        """What webhooks are signed with, the newest first."""
        secrets = (self.webhooks_secret, self.webhooks_old_secret)
        return tuple(signing_key(one.get_secret_value()) for one in secrets if one is not None)

    @field_validator("webhooks_url")
    @classmethod
    def _webhook_address(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None:
            _check_address(value.get_secret_value())
        return value

    @field_validator("webhooks_secret", "webhooks_old_secret")
    @classmethod
    def _webhook_secret(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None:
            signing_key(value.get_secret_value())
        return value

    @field_validator("webhooks_kinds", mode="before")
    @classmethod
    def _split_kinds(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(one.strip() for one in value.split(",") if one.strip())
        return value

    @field_validator("webhooks_kinds")
    @classmethod
    def _known_kinds(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        unknown = sorted(set(value) - set(KINDS))
        if unknown or not value:
            raise ValueError(f"must be some of {', '.join(KINDS)}, got {', '.join(unknown) or 'none'}")
        return value

    @model_validator(mode="after")
    def _webhooks_are_signed(self) -> Self:
        if self.webhooks_url is not None and self.webhooks_secret is None:
            raise ValueError(
                "RECSVC_WEBHOOKS_URL needs RECSVC_WEBHOOKS_SECRET, by which the receiver knows whom webhooks are from: "
                "`recsvc webhooks secret` makes one"
            )
        return self


def signing_key(secret: str) -> bytes:
    """Return the key in a secret of Standard Webhooks; raises ValueError, whose message does not show it."""
    try:
        key = base64.b64decode(secret.removeprefix(SECRET_PREFIX), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if not secret.startswith(SECRET_PREFIX) or not LEAST_BYTES <= len(key) <= MOST_BYTES:
        raise ValueError(
            f"must be {SECRET_PREFIX} and {LEAST_BYTES} to {MOST_BYTES} bytes in Base64; "
            "`recsvc webhooks secret` makes one"
        )
    return key


def _check_address(address: str) -> None:
    try:
        parts = urlsplit(address)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        parts, host, port = urlsplit(""), "", None
    is_encrypted = parts.scheme == "https" or (parts.scheme == "http" and is_loopback(host))
    is_plain = address.isascii() and address.isprintable() and not set(address) & set(' \\"<>')
    if (
        not (is_plain and is_encrypted and host_name(parts.netloc) and port != 0)
        or "@" in parts.netloc
        or parts.fragment
    ):
        raise ValueError(
            "must be like https://crm.shop.example/recsvc, without a user in it, and http only of this machine"
        )
