"""``recsvc connect shopify``: orders and products of a Shopify shop, and what is to be done for its shoppers."""

import sys
from contextlib import closing
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from urllib.parse import quote

import click
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
from recsvc.clock import now_us, to_text, to_us
from recsvc.connect.doors import Takers, shopify_receiver
from recsvc.connect.privacy_requests import PrivacyRequest, PrivacyRequests, Wish
from recsvc.connect.rest_client import RestClient
from recsvc.connect.shopify import queries
from recsvc.connect.shopify.access import NO_TOKEN, AccessToken, AppCredentials
from recsvc.connect.shopify.admin_api import RETRY, AdminApi
from recsvc.connect.shopify.fields import PLATFORM
from recsvc.connect.shopify.shop_access import Access
from recsvc.connect.shopify.subscriptions import (
    HOOK_PATH,
    HookState,
    MadeHooks,
    hook_address,
    put_in_order,
    subscriptions,
)
from recsvc.connect.shopify.sync import Report, Sync
from recsvc.errors import SettingsError
from recsvc.logs import configure_logging
from recsvc.service import make_store
from recsvc.settings.settings import Settings
from recsvc.settings.shops import load_shop
from recsvc.store.event import MAX_QUANTITY
from recsvc.store.store import Store

EXIT_HOOKS = 4
IN_THE_APP = "app"
PATIENCE_SECONDS = 60.0
"""A statement may take so long: nobody waits for the answer."""

PACE_SECONDS = 0.25


@click.command("shopify")
@reconciling
@click.option(
    "--days",
    type=click.IntRange(1, 3660),
    default=7,
    show_default=True,
    help="With --reconcile: orders that changed in so many days are looked at anew.",
)
@read_since
@click.option(
    "--file",
    "files",
    multiple=True,
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="Read a file of a bulk operation, and ask the shop for nothing; may be repeated.",
)
@click.option(
    "--queries", "prints_queries", is_flag=True, help="Print the queries of such a file, and do nothing."
)
@click.option(
    "--hooks-at",
    help="Address at which Shopify reaches this service, with https: make the webhooks that are missing. "
    f"{IN_THE_APP}: those of the app's configuration tell everything; make none, and miss none.",
)
@click.option(
    "--requests", "lists_requests", is_flag=True, help="Show what is to be done for the privacy of shoppers."
)
@click.option(
    "--done", metavar="NUMBER", help="Note that such a request was answered; its shopper is named no more."
)
@of_shop
@models_dir
@database_url
@setting("shopify_shop")
@setting("shopify_user_id", click.Choice(["email", "customer_id"]))
@setting("shopify_item_id", click.Choice(["sku", "variant_id"]))
def shopify(
    reconcile: bool,
    days: int,
    since: datetime | None,
    files: tuple[Path, ...],
    prints_queries: bool,
    hooks_at: str | None,
    lists_requests: bool,
    done: str | None,
    config: Path | None,
    **options: object,
) -> None:
    """Read all products and orders of a Shopify shop, refunds included, into the store.

    The credentials of the app come from RECSVC_SHOPIFY_CLIENT_ID and RECSVC_SHOPIFY_CLIENT_SECRET, or from the secrets
    directory. It may be ended at any time; the next run goes on. What was read before is not stored again. Exit status:
    0, 1 where the shop does not answer, or 4 where all is read but webhooks are missing.
    """
    if prints_queries:
        click.echo(f"{queries.orders()}\n\n{queries.PRODUCTS}")
        return
    settings = load_shop(config, options).settings
    configure_logging("error")
    with closing(make_store(settings, PATIENCE_SECONDS)) as store:
        requests = PrivacyRequests(PLATFORM, store.platform)
        if done is not None:
            requests.close(done, now_us())
            click.echo(f"request {done}: done, and its shopper is named no more")
        elif lists_requests:
            _list(requests.open())
        else:
            hooks = _read(settings, store, files, (reconcile, days, since), hooks_at)
            _remind(requests.open())
            if hooks is not None and hooks.missing and not hooks_at:
                sys.exit(EXIT_HOOKS)


def _read(
    settings: Settings,
    store: Store,
    files: tuple[Path, ...],
    how: tuple[bool, int, datetime | None],
    hooks_at: str | None,
) -> HookState | None:
    """Read files, or the shop; return how the webhooks were, None where nobody was asked."""
    guests = guests_of(settings)
    append = partial(store.events.append, guests=guests)
    into = shopify_receiver(settings, Takers(store, append, lambda: guests, _nobody_erases, now_us))
    with counting(
        Console(stderr=True), {"objects": "Shopify reads", "products": "Products", "orders": "Orders"}
    ) as show:
        sync = Sync(into, show)
        if files:
            for path in files:
                sync.read_file(path)
            report, access, hooks = sync.report, None, None
        else:
            with closing(_client_of(settings)) as client:
                api = _api_of(settings, client)
                access = Access.of(api)
                _check_naming(settings, access)
                reconcile, days, since = how
                if reconcile:
                    report = sync.reconcile(api, access, days)
                else:
                    report = sync.backfill(
                        api, access, 0 if since is None else to_us(since.replace(tzinfo=UTC))
                    )
                hooks = _hooks_of(api, MadeHooks(store.platform), hooks_at)
    _print(report, access, settings)
    if hooks is not None:
        _say_hooks(hooks, hooks_at)
    elif not files:
        click.echo(
            "webhooks: none that the interface shows; those in the app's own configuration it does not show "
            f"({HOOK_PATH})"
        )
    return hooks


def _hooks_of(api: AdminApi, made: MadeHooks, hooks_at: str | None) -> HookState | None:
    """Return how the webhooks are, or were where they are made; None where none were ever made by the interface."""
    if hooks_at == IN_THE_APP:
        made.remember(None)
        return None
    if hooks_at:
        state = put_in_order(api, hooks_at)
        made.remember(hook_address(hooks_at))
        return state
    address = made.address()
    state = HookState.of(subscriptions(api), address or "")
    if address is None and state.n_here:
        made.remember("")
    return state if address is not None or state.n_here else None


def _check_naming(settings: Settings, access: Access) -> None:
    if settings.shopify_user_id == "customer_id" and not access.reads_customers:
        raise SettingsError(
            "RECSVC_SHOPIFY_USER_ID=customer_id needs the scope read_customers, without which orders do not say the "
            "number of their customer: add it to a new version of the app, release it, and accept it in the shop; or "
            "call shoppers by email"
        )


def _nobody_erases(_user_id: str) -> None:
    """Do nothing: what the interface answers asks to erase nobody."""


def _client_of(settings: Settings) -> RestClient:
    if settings.shopify_shop is None:
        raise SettingsError("say which shop: --shopify-shop acme.myshopify.com, or RECSVC_SHOPIFY_SHOP")
    name = settings.shopify_shop
    url = name if name.startswith("http://") else f"https://{name}"
    return RestClient(url, NO_TOKEN, pace_seconds=PACE_SECONDS, retry=RETRY)


def _api_of(settings: Settings, client: RestClient) -> AdminApi:
    if settings.shopify_token is not None:
        client.use(AccessToken(settings.shopify_token.get_secret_value()))
        return AdminApi(client)
    client_id, secret = settings.shopify_client_id, settings.shopify_client_secret
    if client_id is None or secret is None:
        raise SettingsError(
            "RECSVC_SHOPIFY_CLIENT_ID and RECSVC_SHOPIFY_CLIENT_SECRET are needed: make an app in Shopify's Dev "
            "Dashboard, install it in the shop, and look under its settings (RECSVC_SHOPIFY_TOKEN for an app of before "
            "2026)"
        )
    credentials = AppCredentials(client_id, secret.get_secret_value())

    def renew() -> AccessToken:
        client.use(NO_TOKEN)
        return credentials.token(client)

    client.use(renew())
    return AdminApi(client, renew)


def _print(report: Report, access: Access | None, settings: Settings) -> None:
    orders = report.orders
    click.echo(
        f"orders: {orders.n_orders:,} read, {orders.n_events:,} purchases and returns new, "
        f"{report.n_deleted:,} orders deleted in the shop"
    )
    if orders.n_erased:
        click.echo(f"  {orders.n_erased:,} lines of shoppers who were erased are not stored")
    if report.n_nobody:
        click.echo(
            f"  {report.n_nobody:,} orders do not say who ordered: at a till, or the shop's plan hides it from apps"
        )
    if report.n_unusable_lines:
        click.echo(
            f"  {report.n_unusable_lines:,} lines name no item (no SKU, no name), or have more than "
            f"{MAX_QUANTITY:,.0f} pieces: they are not stored"
        )
    click.echo(
        f"products: {report.n_products:,} read, {report.n_items:,} items changed, {report.n_withdrawn:,} withdrawn"
    )
    for problem in report.problems:
        click.echo(f"  {problem}", err=True)
    if report.n_problems > len(report.problems):
        click.echo(f"  and {report.n_problems - len(report.problems):,} more of the kind", err=True)
    if access is None:
        return
    for warning in access.warnings():
        click.echo(f"warning: {warning}", err=True)
    if access.currency and settings.currency and access.currency != settings.currency:
        click.echo(
            f"warning: prices are in {access.currency}, the shop's currency; RECSVC_CURRENCY is {settings.currency}",
            err=True,
        )


def _say_hooks(hooks: HookState, hooks_at: str | None) -> None:
    if hooks_at:
        made = f"made: {', '.join(hooks.missing)}" if hooks.missing else "all there"
        click.echo(f"webhooks {made}")
    elif hooks.missing:
        click.echo(
            f"webhooks missing: {', '.join(hooks.missing)}: Shopify deletes one whose deliveries fail for four hours; "
            f"--hooks-at https://THIS-SERVICE makes it again; --hooks-at {IN_THE_APP}, where the app's "
            "configuration has them now",
            err=True,
        )


def _remind(requests: list[PrivacyRequest]) -> None:
    if requests:
        click.echo(
            f"{len(requests):,} requests for privacy are open, the oldest until {_day(requests[0].due_at_us)}: "
            "recsvc connect shopify --requests",
            err=True,
        )


def _list(requests: list[PrivacyRequest]) -> None:
    if not requests:
        click.echo("no request is open")
    for one in requests:
        click.echo(f"{one.number}: received {_day(one.received_at_us)}, due {_day(one.due_at_us)}")
        if one.wish is Wish.SHOP:
            click.echo(
                "  the app was uninstalled, and Shopify asks that what was read of the shop be erased: erase the "
                "database and the models, unless the shop itself is to go on with them"
            )
            continue
        click.echo("  a shopper wants to see what is held on them; send the shop the answers of")
        for user_id in one.user_ids:
            click.echo(f"    GET /v1/users?user_id={quote(user_id, safe='')}")
        click.echo(f"  then: recsvc connect shopify --done {one.number}")


def _day(moment_us: int) -> str:
    return to_text(moment_us)[:10]
