"""The settings of links in mails: where they may lead, and for how long."""

from typing import Annotated
from urllib.parse import urlsplit

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, NoDecode

from recsvc.settings.host_names import host_name


class MailSettings(BaseSettings):
    """Links in mails lead to the shop's own site alone; without ``shop_url`` they lead nowhere."""

    shop_url: str | None = Field(
        None,
        max_length=512,
        description="Front page of the shop, like `https://shop.example/`: links in mails lead to its host alone, and "
        "to this page where nothing else is left ([mails](../guides/mail.md)).",
    )
    shop_hosts: Annotated[tuple[str, ...], NoDecode] = Field(
        (),
        description="Other hosts of the shop to which links in mails may lead, like `m.shop.example`, separated by "
        "commas; with a port where it is not that of the scheme.",
    )
    mail_link_days: float = Field(
        90.0,
        gt=0,
        le=3650,
        description="How long the links of an export of lists resolve, and what it held is kept.",
    )

    @field_validator("shop_url")
    @classmethod
    def _front_page(cls, value: str | None) -> str | None:
        if value is not None:
            check_page(value)
        return value

    @field_validator("shop_hosts", mode="before")
    @classmethod
    def _split_hosts(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(host.strip() for host in value.split(",") if host.strip())
        return value

    @field_validator("shop_hosts")
    @classmethod
    def _known_hosts(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for host in value:
            if host_name(host) is None:
                raise ValueError(f"must be a host like m.shop.example, got {host!r:.80}")
        return value


def check_page(address: str) -> None:
    """Raise ValueError unless ``address`` is a page of the web that no program can read in two ways."""
    is_plain = address.isascii() and address.isprintable() and not set(address) & set(' \\"<>@')
    try:
        parts = urlsplit(address)
        is_page = parts.scheme in ("http", "https") and host_name(parts.netloc) is not None
    except ValueError:
        is_page = False
    if not (is_plain and is_page):
        raise ValueError(f"must be an address like https://shop.example/, got {address!r:.80}")
