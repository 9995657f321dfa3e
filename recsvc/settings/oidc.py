"""The settings of signing in to the console by OpenID Connect."""

import re
from importlib.util import find_spec
from ipaddress import ip_address
from typing import Annotated, Self
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode

PREFIX = "oidc_"
NEEDED = ("oidc_client_id", "public_url")
ROLES = ("oidc_admin", "oidc_merchandise", "oidc_support")
_SCOPE = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]+( [\x21\x23-\x5b\x5d-\x7e]+)*")
_HOST = re.compile(r"(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9._-]+)(:[0-9]{1,5})?")

Values = Annotated[tuple[Annotated[str, Field(min_length=1, max_length=256)], ...], NoDecode]


class OidcSettings(BaseSettings):
    """Nobody signs in by OpenID Connect unless ``oidc_issuer`` is set; then the others must fit together."""

    public_url: str | None = Field(
        None,
        max_length=256,
        description="Address at which people open the console, without a path, like `https://recsvc.shop.example`.",
    )
    oidc_issuer: str | None = Field(
        None,
        max_length=512,
        description="Issuer of an OpenID provider by which people sign in to the console, as its discovery document "
        "names it; none: people sign in with keys alone.",
    )
    oidc_client_id: str | None = Field(
        None, min_length=1, max_length=256, description="Id that the provider gave to the console."
    )
    oidc_client_secret: SecretStr | None = Field(
        None,
        repr=False,
        description="Secret of that id; none: the provider was told that it is a public client.",
    )
    oidc_label: str | None = Field(
        None, max_length=60, description="What people call the provider; none: the host of its issuer."
    )
    oidc_scope: str = Field(
        "openid email profile",
        max_length=512,
        description="What the provider is asked for, with spaces between.",
    )
    oidc_claim: str = Field(
        "groups",
        min_length=1,
        max_length=256,
        description="Claim of the ID token that says what a person may do; a dot leads into an object, as in "
        "`realm_access.roles`.",
    )
    oidc_admin: Values = Field(
        (), description="Values of that claim that open what the scope `admin` does, separated by commas."
    )
    oidc_merchandise: Values = Field((), description="Values that open what the scope `merchandise` does.")
    oidc_support: Values = Field((), description="Values that open what the scope `support` does.")
    oidc_domains: Values = Field(
        (),
        description="Domains one of which the verified e-mail address of a person must have, separated by commas; "
        "none: any.",
    )
    oidc_session_minutes: int = Field(
        60, ge=5, le=720, description="How long somebody who came by the provider stays signed in."
    )

    @field_validator("oidc_admin", "oidc_merchandise", "oidc_support", "oidc_domains", mode="before")
    @classmethod
    def _values(cls, value: object) -> object:
        return (
            tuple(part.strip() for part in value.split(",") if part.strip())
            if isinstance(value, str)
            else value
        )

    @field_validator("oidc_scope")
    @classmethod
    def _asks_who(cls, value: str) -> str:
        if not _SCOPE.fullmatch(value) or "openid" not in value.split():
            raise ValueError(f"must be words with a space between, one of them openid, got {value!r}")
        return value

    @field_validator("oidc_issuer")
    @classmethod
    def _protected(cls, value: str | None) -> str | None:
        if not value:
            return None
        _check_address(value, "https://login.shop.example")
        return value

    @field_validator("oidc_client_secret")
    @classmethod
    def _no_empty_secret(cls, value: SecretStr | None) -> SecretStr | None:
        return value if value is not None and value.get_secret_value() else None

    @field_validator("public_url")
    @classmethod
    def _bare(cls, value: str | None) -> str | None:
        if not value:
            return None
        value = value.rstrip("/")
        _check_address(value, "https://recsvc.shop.example")
        if urlsplit(value).path:
            raise ValueError(f"must end with the host or its port, got {value!r}")
        return value

    @model_validator(mode="after")
    def _fit_together(self) -> Self:
        if self.oidc_issuer is None:
            return self
        for name in NEEDED:
            if not getattr(self, name):
                raise ValueError(f"RECSVC_OIDC_ISSUER needs RECSVC_{name.upper()} beside it")
        if not any(getattr(self, name) for name in ROLES):
            words = ", ".join(f"RECSVC_{name.upper()}" for name in ROLES)
            raise ValueError(f"RECSVC_OIDC_ISSUER lets nobody in without one of {words}")
        if find_spec("authlib") is None:
            raise ValueError("RECSVC_OIDC_ISSUER needs `pip install recsvc[oidc]`")
        return self


def is_loopback(host: str) -> bool:
    """Return whether ``host``, a name or an address without a port, is this machine alone."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _check_address(value: str, example: str) -> None:
    """Raise ValueError unless ``value`` is an address of HTTPS, or of this machine."""
    try:
        parts = urlsplit(value)
        host = parts.hostname or ""
        is_plain = bool(_HOST.fullmatch(parts.netloc)) and not parts.query and not parts.fragment
    except ValueError:
        is_plain, host, parts = False, "", urlsplit("")
    is_protected = parts.scheme == "https" or (parts.scheme == "http" and is_loopback(host))
    if not is_plain or not is_protected or not value.isascii() or not value.isprintable():
        raise ValueError(f"must be like {example} (http on loopback alone), got {value!r:.200}")
