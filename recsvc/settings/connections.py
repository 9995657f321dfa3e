"""The settings of the shop's own system that orders and products come from."""

import re
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, NoDecode

from recsvc.settings.oidc import is_loopback

_SHOPIFY_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,60}\.myshopify\.com")


class ConnectionSettings(BaseSettings):
    """Nothing is connected unless its settings are there."""

    woocommerce_url: str | None = Field(
        None,
        max_length=512,
        description="Address of the WooCommerce shop that `recsvc connect woocommerce` reads, like "
        "`https://shop.example` ([WooCommerce](../guides/woocommerce.md)).",
    )
    woocommerce_key: SecretStr | None = Field(
        None, repr=False, description="Consumer key of its REST interface, `ck_…`; it needs to read alone."
    )
    woocommerce_secret: SecretStr | None = Field(
        None, repr=False, description="Consumer secret of that key, `cs_…`."
    )
    woocommerce_hook_secret: SecretStr | None = Field(
        None,
        repr=False,
        min_length=16,
        description="Secret with which the shop signs its webhooks; none: `/v1/hooks/woocommerce` takes nothing.",
    )
    woocommerce_user_id: Literal["email", "customer_id"] = Field(
        "email",
        description="What a shopper is called: `email`, the billing address, as the order exports have it, or "
        "`customer_id`, the number of the account, and the billing address of guests.",
    )
    woocommerce_item_id: Literal["sku", "id"] = Field(
        "sku",
        description="What an item is called: `sku`, and its number where it has none, or `id`, always its number.",
    )
    woocommerce_bought: Annotated[tuple[str, ...], NoDecode] = Field(
        (),
        description="Statuses of a plug-in in which an order counts as bought, separated by commas, beside "
        "`processing` and `completed`; of others that WooCommerce does not have it counts whether the order was paid.",
    )

    shopify_shop: str | None = Field(
        None,
        max_length=512,
        description="The Shopify shop that `recsvc connect shopify` reads, and whose webhooks are taken, by its own "
        "name, like `acme.myshopify.com` ([Shopify](../guides/shopify.md)).",
    )
    shopify_client_id: str | None = Field(
        None,
        max_length=256,
        description="Client ID of the app that reads it, made in Shopify's Dev Dashboard.",
    )
    shopify_client_secret: SecretStr | None = Field(
        None,
        repr=False,
        min_length=16,
        description="Client secret of that app; it gives the app its tokens, and signs webhooks and requests by app "
        "proxy. None: `/v1/hooks/shopify` and `/v1/proxy/shopify` take nothing.",
    )
    shopify_token: SecretStr | None = Field(
        None,
        repr=False,
        description="Token of the Admin API, `shpat_…`, of an app that was made in the shop's admin before 2026; newer "
        "apps have a client ID in place of it.",
    )
    shopify_user_id: Literal["email", "customer_id"] = Field(
        "email",
        description="What a shopper is called: `email`, the address of the order, as the order export has it, or "
        "`customer_id`, the customer's number, as theme and app proxy know it.",
    )
    shopify_item_id: Literal["sku", "variant_id"] = Field(
        "sku",
        description="What an item is called: `sku`, and its name with its options where it has none, as the exports "
        "have it, or `variant_id`, the number of the variant.",
    )

    @field_validator("woocommerce_bought", mode="before")
    @classmethod
    def _split_statuses(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        return tuple(one.strip().removeprefix("wc-") for one in value.split(",") if one.strip())

    @field_validator("shopify_shop")
    @classmethod
    def _shopify_name(cls, value: str | None) -> str | None:
        if value is None:
            return None
        name = value.strip().lower().removeprefix("https://").rstrip("/")
        if not _SHOPIFY_NAME.fullmatch(name) and not _is_here(name):
            raise ValueError(f"must be the shop's own name, like acme.myshopify.com, got {value!r:.80}")
        return name

    @field_validator("woocommerce_url")
    @classmethod
    def _shop_address(cls, value: str | None) -> str | None:
        if value is None:
            return None
        try:
            parts = urlsplit(value)
            host = parts.hostname or ""
        except ValueError:
            raise ValueError(f"must be like https://shop.example, got {value!r:.80}") from None
        is_safe = parts.scheme == "https" or (parts.scheme == "http" and is_loopback(host))
        if not is_safe or not host or parts.query or parts.username:
            raise ValueError(
                f"must be like https://shop.example, and http only of this machine, got {value!r:.80}"
            )
        return value.rstrip("/")


def _is_here(address: str) -> bool:
    """Return whether an address is one of this machine, where a shop may be tried out."""
    try:
        parts = urlsplit(address)
        return parts.scheme == "http" and is_loopback(parts.hostname or "") and parts.path in ("", "/")
    except ValueError:
        return False
