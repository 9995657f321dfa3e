"""``recsvc webhooks``: a secret, a trial, how it goes, and on again."""

import base64
import secrets
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import click

from recsvc.cli.options import database_url, models_dir, of_shop
from recsvc.clock import now_us, to_text
from recsvc.errors import SettingsError
from recsvc.logs import configure_logging
from recsvc.service import make_store
from recsvc.settings.settings import Settings
from recsvc.settings.shops import load_shop
from recsvc.settings.webhooks import SECRET_PREFIX
from recsvc.store.notices import OUTCOMES, Outcome
from recsvc.store.store import Store
from recsvc.store.webhook_sender import Receiver
from recsvc.webhooks.delivery import Courier
from recsvc.webhooks.gathering import new_id
from recsvc.webhooks.occasion import PING
from recsvc.webhooks.payload import Trial, Webhook
from recsvc.webhooks.schedule import SECOND_US, Verdict
from recsvc.webhooks.sender import endpoint_of, is_gone
from recsvc.webhooks.webhooks import problem_of

EXIT_REFUSED = 1
EXIT_OFF = 3
SECRET_BYTES = 32
HOUR_US = 3600 * SECOND_US


@click.group()
def webhooks() -> None:
    """Tell the shop's own systems: try the receiver, see how it goes."""


@webhooks.command("secret")
def secret() -> None:
    """Print a new secret for RECSVC_WEBHOOKS_SECRET; the receiver is told the same."""
    click.echo(SECRET_PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode())


@webhooks.command("test")
@of_shop
def test(config: Path | None, **options: object) -> None:
    """Send a signed webhook of the type recsvc.ping, once. Exit status: 0, or 1 where the receiver did not take it."""
    settings = load_shop(config, options).settings
    at_us = now_us()
    body = Webhook(
        type=PING, timestamp=to_text(at_us), data=Trial(message="recsvc reaches you, and this is signed")
    )
    courier = Courier(_url_of(settings), settings.webhook_keys)
    with closing(courier):
        answer = courier.post(new_id(), body.to_bytes(), at_us // SECOND_US)
    if answer.verdict is Verdict.TAKEN:
        click.echo(f"the receiver took it: it {answer.words}")
    else:
        click.echo(f"the receiver did not take it: it {answer.words}", err=True)
        sys.exit(EXIT_REFUSED)


@webhooks.command("status")
@of_shop
@models_dir
@database_url
def status(config: Path | None, **options: object) -> None:
    """Say what waits, what was sent in the last 90 days, and how the receiver is.

    Exit status: 0, or 3 where the receiver is switched off, or took nothing for an hour.
    """
    settings = load_shop(config, options).settings
    with _store_of(settings) as store:
        receiver, counts = store.sender.receiver() or Receiver(), store.notices.counts()
        listening, heart = store.sender.listening(), store.sender.heart()
        oldest_us = store.notices.oldest_waiting_us()
        n_changes = 0 if listening is None else store.item_changes.n_after(listening.cursor)
    problem = problem_of(receiver, now_us())
    if settings.webhooks_url is None:
        click.echo("RECSVC_WEBHOOKS_URL is not set: nothing is sent")
    elif receiver.endpoint != endpoint_of(_url_of(settings)) or heart is None or heart.holder is None:
        click.echo("no service sends now; one that runs with these settings begins within a minute")
    elif listening is not None and receiver.disabled_at_us is None and is_gone(listening, now_us()):
        click.echo(
            "no service has sent for a while: the last one ended without leaving; start one with these settings"
        )
    for kind in sorted({kind for kind, _ in counts}):
        told = [
            f"{counts[kind, outcome]:,} {outcome or 'wait'}"
            for outcome in ("", *Outcome)
            if counts[kind, outcome]
        ]
        click.echo(f"{kind}: {', '.join(told)}")
    for outcome in sorted({outcome for _, outcome in counts} & set(Outcome)):
        click.echo(f"  {outcome}: {OUTCOMES[Outcome(outcome)]}")
    if oldest_us is not None:
        click.echo(f"the oldest waits since {to_text(oldest_us)}")
    click.echo(f"changes of items that are still to be looked at: {n_changes:,}")
    if receiver.last_sent_at_us is not None:
        click.echo(f"last taken by the receiver: {to_text(receiver.last_sent_at_us)}")
    if receiver.last_error:
        click.echo(f"last refusal: the receiver {receiver.last_error}; `recsvc webhooks test` tries it now")
    if problem is not None:
        click.echo(problem, err=True)
        sys.exit(EXIT_OFF)


@webhooks.command("list")
@click.option("--limit", type=click.IntRange(1, 1000), default=20, show_default=True)
@of_shop
@models_dir
@database_url
def list_(limit: int, config: Path | None, **options: object) -> None:
    """Print the newest webhooks, newest first, without whom they are about: webhook-id, type, item, outcome."""
    with _store_of(load_shop(config, options).settings) as store:
        for one in store.notices.newest(limit):
            when = to_text(one.created_at_us)[:19] + "Z"
            tries = f", tried {one.attempts} times" if one.attempts else ""
            click.echo(
                f"{when} {one.webhook_id} {one.kind} {one.item_id or '-'} {one.outcome or 'waits'}{tries}"
            )


@webhooks.command("resume")
@of_shop
@models_dir
@database_url
def resume(config: Path | None, **options: object) -> None:
    """Switch a receiver on again that answered 410 or was away for days. What happened meanwhile is not told."""
    settings = load_shop(config, options).settings
    with _store_of(settings) as store:
        if store.sender.receiver() is None:
            raise SettingsError("nothing was ever sent from this store: there is nothing to switch on")
        store.sender.keep_receiver(Receiver(endpoint_of(_url_of(settings))))
        store.sender.be_quiet(now_us())
    click.echo("webhooks are on")


@webhooks.command("quiet")
@click.option("--hours", type=click.FloatRange(0, 24 * 365), default=24.0, show_default=True)
@of_shop
@models_dir
@database_url
def quiet(hours: float, config: Path | None, **options: object) -> None:
    """Drop what waits, and tell nothing of what changes within the next hours.

    For what is no news: a catalogue that is brought up to date after a restore in PostgreSQL, or moved.
    """
    with _store_of(load_shop(config, options).settings) as store:
        at_us = now_us()
        n_dropped = store.notices.end_waiting(Outcome.OVER, at_us)
        store.sender.be_quiet(at_us + round(hours * HOUR_US))
    click.echo(
        f"dropped: {n_dropped:,}; nothing that changes before {to_text(at_us + round(hours * HOUR_US))} is told"
    )


def _url_of(settings: Settings) -> str:
    if settings.webhooks_url is None:
        raise SettingsError(
            "say where webhooks go: RECSVC_WEBHOOKS_URL, like https://crm.shop.example/recsvc"
        )
    return settings.webhooks_url.get_secret_value()


@contextmanager
def _store_of(settings: Settings) -> Iterator[Store]:
    configure_logging("error")
    with closing(make_store(settings)) as store:
        yield store
