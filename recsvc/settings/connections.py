"""The settings of the shop's own system that orders and products come from."""

from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, NoDecode

from recsvc.settings.oidc import is_loopback


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

    @field_validator("woocommerce_bought", mode="before")
    @classmethod
    def _split_statuses(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        return tuple(one.strip().removeprefix("wc-") for one in value.split(",") if one.strip())

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
