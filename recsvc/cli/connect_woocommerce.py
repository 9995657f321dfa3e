"""``recsvc connect woocommerce``: orders and products of a WooCommerce shop."""

import sys
from contextlib import closing
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import click
from pydantic import SecretStr
from rich.console import Console

from recsvc.cli.options import (
    database_url,
    guests_of,
    models_dir,
    of_shop,
    read_since,
    reconciling,
    setting,
)
from recsvc.cli.progress import counting
from recsvc.clock import now_us, to_us
from recsvc.connect.order_recorder import OrderRecorder
from recsvc.connect.product_recorder import ProductRecorder
from recsvc.connect.rest_client import ApiKeys, RestClient
from recsvc.connect.woocommerce.fields import PLATFORM
from recsvc.connect.woocommerce.hooks import HOOK_PATH, HookState, Receiver, put_in_order
from recsvc.connect.woocommerce.naming import Naming
from recsvc.connect.woocommerce.rest import WooCommerceRest
from recsvc.connect.woocommerce.sync import Report, Sync
from recsvc.errors import PlatformError, SettingsError
from recsvc.logs import configure_logging
from recsvc.service import make_store
from recsvc.settings.settings import Settings
from recsvc.settings.shops import load_shop
from recsvc.store.event import MAX_QUANTITY

EXIT_HOOKS = 4
PATIENCE_SECONDS = 60.0
"""A statement may take so long: nobody waits for the answer."""

MOST_PER_SECOND = 50.0


@click.command("woocommerce")
@click.option("--url", "woocommerce_url", help="Address of the shop, like https://shop.example.")
@reconciling
@click.option(
    "--days",
    type=click.IntRange(1, 3660),
    default=60,
    show_default=True,
    help="With --reconcile: orders of so many days are looked at anew, with their refunds.",
)
@read_since
@click.option(
    "--hooks-at",
    help="Address at which the shop reaches this service: make the webhooks that are missing, and switch on those that "
    "are off. The key must be allowed to write.",
)
@click.option(
    "--per-second",
    type=click.FloatRange(0.1, MOST_PER_SECOND),
    default=4.0,
    show_default=True,
    help="Requests to the shop, at most.",
)
@of_shop
@models_dir
@database_url
@setting("woocommerce_user_id", click.Choice(["email", "customer_id"]))
@setting("woocommerce_item_id", click.Choice(["sku", "id"]))
def woocommerce(
    reconcile: bool,
    days: int,
    since: datetime | None,
    hooks_at: str | None,
    per_second: float,
    config: Path | None,
    **options: object,
) -> None:
    """Read all products and orders of a WooCommerce shop, refunds included, into the store.

    The keys come from RECSVC_WOOCOMMERCE_KEY and RECSVC_WOOCOMMERCE_SECRET, or from the secrets directory. It may be
    ended at any time; the next run goes on. What was read before is not stored again. Exit status: 0, 1 where the shop
    does not answer, or 4 where all is read but webhooks are missing or off.
    """
    settings = load_shop(config, options).settings
    configure_logging("error")
    client = _client_of(settings, per_second)
    with (
        closing(client),
        closing(make_store(settings, PATIENCE_SECONDS)) as store,
        counting(Console(stderr=True), {"products": "Products", "orders": "Orders"}) as show,
    ):
        rest = WooCommerceRest(client)
        rest.check()
        guests = guests_of(settings)
        append = partial(store.events.append, guests=guests)
        into = Receiver(
            OrderRecorder(PLATFORM, store, append, now_us, lambda: guests),
            ProductRecorder(PLATFORM, store, now_us),
            Naming(settings.woocommerce_user_id, settings.woocommerce_item_id),
            settings.woocommerce_bought,
        )
        sync = Sync(rest, into, show)
        if reconcile:
            report = sync.reconcile(days)
        else:
            report = sync.backfill(0 if since is None else to_us(since.replace(tzinfo=UTC)))
        hooks = _hooks_of(rest, settings, hooks_at)
    _print(report, settings, reconcile=reconcile)
    if settings.woocommerce_hook_secret is not None and not _are_well(hooks, hooks_at):
        sys.exit(EXIT_HOOKS)


def _client_of(settings: Settings, per_second: float) -> RestClient:
    key, secret = settings.woocommerce_key, settings.woocommerce_secret
    if settings.woocommerce_url is None:
        raise SettingsError("say which shop: --url https://shop.example, or RECSVC_WOOCOMMERCE_URL")
    if key is None or secret is None:
        raise SettingsError(
            "RECSVC_WOOCOMMERCE_KEY and RECSVC_WOOCOMMERCE_SECRET are needed: make a key with read permission in the "
            "shop under WooCommerce > Settings > Advanced > REST API"
        )
    keys = ApiKeys(key.get_secret_value(), secret.get_secret_value())
    return RestClient(settings.woocommerce_url, keys, pace_seconds=1 / per_second)


def _hooks_of(rest: WooCommerceRest, settings: Settings, hooks_at: str | None) -> HookState | None:
    """Return how the webhooks are, or were where they are put in order; None where the key may not see them."""
    if hooks_at is None:
        try:
            return HookState.of(rest.webhooks())
        except PlatformError:
            return None
    secret: SecretStr | None = settings.woocommerce_hook_secret
    if secret is None:
        raise SettingsError("--hooks-at needs RECSVC_WOOCOMMERCE_HOOK_SECRET, with which the shop signs them")
    return put_in_order(rest, hooks_at, secret.get_secret_value())


def _are_well(hooks: HookState | None, hooks_at: str | None) -> bool:
    """Say how the webhooks are; return whether nothing is left to do."""
    if hooks is None:
        click.echo(
            "webhooks: the key may not see them; look under WooCommerce > Settings > Advanced > Webhooks"
        )
        return True
    remedy = "" if hooks_at else f"; --hooks-at https://THIS-SERVICE puts it right ({HOOK_PATH})"
    for topic, number in hooks.switched_off.items():
        was = (
            "was off and is on again"
            if hooks_at
            else "is off: WooCommerce ends one after six failures in a row"
        )
        click.echo(f"webhook {number} ({topic}) {was}{remedy}", err=True)
    if hooks.missing:
        done = "made" if hooks_at else "missing"
        click.echo(f"webhooks {done}: {', '.join(hooks.missing)}{remedy}", err=not hooks_at)
    return bool(hooks_at) or not (hooks.switched_off or hooks.missing)


def _print(report: Report, settings: Settings, *, reconcile: bool) -> None:
    orders = report.orders
    verb = "looked at" if reconcile else "read"
    click.echo(
        f"orders: {orders.n_orders:,} {verb}, {orders.n_events:,} purchases and returns new, "
        f"{report.n_deleted:,} orders deleted in the shop"
    )
    if orders.n_erased:
        click.echo(f"  {orders.n_erased:,} lines of shoppers who were erased are not stored")
    if report.n_nobody:
        click.echo(f"  {report.n_nobody:,} orders do not say who ordered")
    if report.n_unusable_lines:
        click.echo(
            f"  {report.n_unusable_lines:,} lines name no item (no SKU, no product, no name), or have more than "
            f"{MAX_QUANTITY:,.0f} pieces: they are not stored"
        )
    click.echo(
        f"products: {report.n_products:,} read, {report.n_items:,} items changed, {report.n_withdrawn:,} withdrawn"
    )
    if report.currency and report.currency != settings.currency:
        click.echo(
            f"warning: prices are in {report.currency}, the shop's currency; RECSVC_CURRENCY is {settings.currency}",
            err=True,
        )
    for currency, n_orders in report.currencies.most_common():
        click.echo(
            f"  {n_orders:,} orders were paid in {currency!r:.20}, not in {report.currency}, the shop's currency: they "
            "count, without their prices",
            err=True,
        )
    for status, n_orders in report.statuses.most_common():
        click.echo(
            f"  {n_orders:,} orders are {status!r:.60}, which WooCommerce itself does not have: they count as bought "
            "where they were paid; RECSVC_WOOCOMMERCE_BOUGHT decides",
            err=True,
        )
    for problem in report.problems:
        click.echo(f"  {problem}", err=True)
