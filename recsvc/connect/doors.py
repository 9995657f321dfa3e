"""All doors through which webhooks come in, one a system, made from the settings of a shop."""

from collections.abc import Callable
from dataclasses import dataclass

from pydantic import SecretStr

from recsvc.connect.hook_door import HookDoor
from recsvc.connect.order_recorder import Append, OrderRecorder
from recsvc.connect.privacy_requests import PrivacyRequests
from recsvc.connect.product_recorder import ProductRecorder
from recsvc.connect.shopify import fields as shopify
from recsvc.connect.shopify import hooks as shopify_hooks
from recsvc.connect.shopify import naming as shopify_naming
from recsvc.connect.shopify.app_proxy import AppProxy
from recsvc.connect.shopify.privacy import Privacy
from recsvc.connect.woocommerce import fields as woocommerce
from recsvc.connect.woocommerce import hooks as woocommerce_hooks
from recsvc.connect.woocommerce import naming as woocommerce_naming
from recsvc.identity.nobody import Guests
from recsvc.settings.settings import Settings
from recsvc.store.store import Store


@dataclass(frozen=True)
class Takers:
    """What takes in what webhooks tell.

    Attributes:
        store: where it is kept.
        append: stores events, as ``EventLog.append`` does.
        guests: returns who is nobody.
        erase: erases a shopper as ``DELETE /v1/users`` does.
        clock: returns the time, in microseconds since 1970.
    """

    store: Store
    append: Append
    guests: Callable[[], Guests]
    erase: Callable[[str], object]
    clock: Callable[[], int]


def doors_of(settings: Settings, takers: Takers) -> tuple[HookDoor, ...]:
    """Return the doors; one whose secret is not set takes nothing."""
    return (_woocommerce(settings, takers), _shopify(settings, takers))


def shopify_receiver(settings: Settings, takers: Takers) -> shopify_hooks.Receiver:
    """Return what takes orders, products and requests of a Shopify shop."""
    naming = shopify_naming.Naming(settings.shopify_user_id, settings.shopify_item_id)
    requests = PrivacyRequests(shopify.PLATFORM, takers.store.platform)
    return shopify_hooks.Receiver(
        _orders(shopify.PLATFORM, takers),
        ProductRecorder(shopify.PLATFORM, takers.store, takers.clock),
        Privacy(requests, takers.store, takers.erase, takers.clock, naming),
        naming,
    )


def app_proxy_of(settings: Settings) -> AppProxy | None:
    """Return what tells requests by Shopify's app proxy; None where shoppers are not called as Shopify calls them."""
    shop, secret = settings.shopify_shop, _revealed(settings.shopify_client_secret)
    is_by_number = settings.shopify_user_id == "customer_id"
    return AppProxy(shop, secret) if shop is not None and secret is not None and is_by_number else None


def _shopify(settings: Settings, takers: Takers) -> HookDoor:
    secret = _revealed(settings.shopify_client_secret)
    return shopify_hooks.door_of(shopify_receiver(settings, takers), secret, settings.shopify_shop)


def _woocommerce(settings: Settings, takers: Takers) -> HookDoor:
    receiver = woocommerce_hooks.Receiver(
        _orders(woocommerce.PLATFORM, takers),
        ProductRecorder(woocommerce.PLATFORM, takers.store, takers.clock),
        woocommerce_naming.Naming(settings.woocommerce_user_id, settings.woocommerce_item_id),
        settings.woocommerce_bought,
    )
    return woocommerce_hooks.door_of(receiver, _revealed(settings.woocommerce_hook_secret))


def _orders(platform: str, takers: Takers) -> OrderRecorder:
    return OrderRecorder(platform, takers.store, takers.append, takers.clock, takers.guests)


def _revealed(secret: SecretStr | None) -> str | None:
    return None if secret is None else secret.get_secret_value()
