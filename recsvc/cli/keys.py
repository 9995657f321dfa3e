"""``recsvc keys``: create, list and revoke the keys of clients."""

from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

import click
import structlog
from rich.console import Console
from rich.table import Table

from recsvc.cli.options import database_url, models_dir, of_shop
from recsvc.clock import now_us
from recsvc.errors import SettingsError, StoreError
from recsvc.service import make_store
from recsvc.settings.service import check_origin
from recsvc.settings.settings import Settings
from recsvc.settings.shops import load_shop
from recsvc.store.api_keys import ApiKey, Keys, Scope, Token, digest_of
from recsvc.store.tables import MAX_KEY_NAME_LENGTH

FORMAT = "%Y-%m-%d %H:%M"
WIDTH = 1000
"""Columns of a table: nothing is cut off, because ids are there to be copied."""

_log = structlog.get_logger(__name__)


@click.group()
def keys() -> None:
    """Create, list and revoke the keys of clients."""


@keys.command()
@click.option(
    "--scope",
    "scopes",
    multiple=True,
    required=True,
    type=click.Choice([str(scope) for scope in Scope]),
    help="What it opens: read lists, send events, both from a page (widget), the console's pages for the service desk "
    "(support) or for merchandising (merchandise), who is likely to buy an item (audience), or admin for everything; "
    "may be repeated.",
)
@click.option("--name", default="", help="Whose key it is, for people.")
@click.option("--expires", type=click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"]), help="In UTC.")
@click.option("--origin", "origins", multiple=True, help="Web site whose pages may use it; may be repeated.")
@of_shop
@models_dir
@database_url
def create(
    scopes: tuple[str, ...],
    name: str,
    expires: datetime | None,
    origins: tuple[str, ...],
    config: Path | None,
    **options: object,
) -> None:
    """Make a key and print it, this once: only a hash of it is kept."""
    created_at_us, expires_at_us = now_us(), None if expires is None else _to_us(expires)
    _check(name, origins, created_at_us, expires_at_us)
    _check_widget(scopes, origins)
    token = Token.new()
    key = ApiKey(
        key_id=token.key_id,
        digest=digest_of(token.key_id, token.secret),
        scopes=frozenset(Scope(scope) for scope in scopes),
        name=name,
        origins=origins,
        created_at_us=created_at_us,
        expires_at_us=expires_at_us,
    )
    with _keys_of(config, options) as kept:
        kept.add(key)
    click.echo(str(token))
    click.echo("Keep it now: it cannot be shown again. Services take it within a second.", err=True)


@keys.command("list")
@of_shop
@models_dir
@database_url
def list_keys(config: Path | None, **options: object) -> None:
    """List all keys, without their secrets."""
    table = Table("id", "scopes", "name", "created", "until", "origins", box=None, pad_edge=False)
    for column in table.columns:
        column.no_wrap = True
    with _keys_of(config, options) as kept:
        for key in kept.all():
            table.add_row(*_columns(key))
    Console(width=WIDTH).print(
        table if table.row_count else "there are no keys yet: recsvc keys create --scope read"
    )


@keys.command()
@click.argument("key_id")
@of_shop
@models_dir
@database_url
def revoke(key_id: str, config: Path | None, **options: object) -> None:
    """Make the key with the id KEY_ID useless, for good."""
    with _keys_of(config, options) as kept:
        if not kept.revoke(key_id, now_us()):
            raise SettingsError(f"there is no key with the id {key_id!r}; recsvc keys list shows all")
    click.echo(f"{key_id} is revoked; services refuse it within a second")


def require_protection(settings: Settings) -> None:
    """Refuse to answer every client on an address that other machines can reach.

    A service that must not be open starts without a key, and answers nobody until there is one.

    Raises:
        SettingsError: no key was ever made, and nothing says whether the service may be open.
    """
    if settings.is_open:
        return
    with closing(make_store(settings)) as store:
        try:
            is_protected = bool(store.keys.all())
        except StoreError:  # the workers refuse every request until they have read the keys
            return
    if is_protected:
        return
    if settings.allow_open is False:
        _log.warning("no_keys_yet", remedy="recsvc keys create --scope admin")
    else:
        raise SettingsError(
            "there is no key, and without one only loopback is answered: make one with "
            "`recsvc keys create --scope admin`, say --allow-open if a gateway protects the service, or set "
            "RECSVC_ALLOW_OPEN=false to start and to answer nobody until there is one"
        )


def _check(name: str, origins: tuple[str, ...], created_at_us: int, expires_at_us: int | None) -> None:
    if len(name) > MAX_KEY_NAME_LENGTH or not name.isprintable():
        raise SettingsError(
            f"--name must be at most {MAX_KEY_NAME_LENGTH} printable characters, got {name!r:.80}"
        )
    if expires_at_us is not None and expires_at_us <= created_at_us:
        raise SettingsError("--expires must be in the future")
    try:
        for origin in origins:
            check_origin(origin)
    except ValueError as error:
        raise SettingsError(f"--origin {error}") from error


def _check_widget(scopes: tuple[str, ...], origins: tuple[str, ...]) -> None:
    if Scope.WIDGET not in scopes:
        return
    if set(scopes) != {Scope.WIDGET}:
        raise SettingsError(
            "--scope widget goes with no other: everybody can read such a key in a page. Make a second key"
        )
    if not origins:
        raise SettingsError(
            "--scope widget needs --origin, the web site whose pages use the key, like https://shop.example"
        )


@contextmanager
def _keys_of(config: Path | None, options: Mapping[str, object]) -> Iterator[Keys]:
    shop = load_shop(config, options)
    if shop.name is not None and shop.settings.store_url is None:
        with suppress(OSError):  # where it cannot be made, the store says so
            shop.settings.models_dir.mkdir(parents=True, exist_ok=True)
    with closing(make_store(shop.settings)) as store:
        yield store.keys


def _columns(key: ApiKey) -> tuple[str, ...]:
    until = "" if key.expires_at_us is None else _to_text(key.expires_at_us)
    if key.revoked_at_us is not None:
        until = f"revoked {_to_text(key.revoked_at_us)}"
    return (
        key.key_id,
        " ".join(sorted(key.scopes)),
        key.name,
        _to_text(key.created_at_us),
        until,
        " ".join(key.origins),
    )


def _to_us(moment: datetime) -> int:
    return int(moment.replace(tzinfo=UTC).timestamp()) * 1_000_000


def _to_text(moment_us: int) -> str:
    return datetime.fromtimestamp(moment_us / 1e6, UTC).strftime(FORMAT)
