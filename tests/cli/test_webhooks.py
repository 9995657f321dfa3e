"""The commands about webhooks, with a real receiver and a store."""

import socket
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from support.webhooks import HOUR_US, SECRET, TellingShop, WebhookReceiver

from recsvc.cli.main import recsvc
from recsvc.clock import to_text
from recsvc.settings.webhooks import signing_key
from recsvc.store.store import Store, open_store
from recsvc.webhooks.webhooks import problem_of


@pytest.fixture
def receiver() -> Iterator[WebhookReceiver]:
    receiver = WebhookReceiver()
    yield receiver
    receiver.close()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with closing(open_store(f"sqlite:///{tmp_path}/recsvc.db")) as store:
        yield store


def run(tmp_path: Path, *arguments: str, url: str | None = None) -> Result:
    variables = {"RECSVC_MODELS_DIR": str(tmp_path)}
    if url is not None:
        variables |= {"RECSVC_WEBHOOKS_URL": url, "RECSVC_WEBHOOKS_SECRET": SECRET}
    return CliRunner().invoke(recsvc, ["webhooks", *arguments], env=variables)


def test_a_secret_is_made_that_the_settings_take(tmp_path: Path) -> None:
    first, second = (run(tmp_path, "secret").output.strip() for _ in range(2))
    assert first != second
    assert len(signing_key(first)) == 32


def test_a_trial_says_whether_the_receiver_took_it(tmp_path: Path, receiver: WebhookReceiver) -> None:
    done = run(tmp_path, "test", url=receiver.url)
    assert (done.exit_code, done.output) == (0, "the receiver took it: it answered 204\n")
    assert receiver.received[0].type == "recsvc.ping"
    receiver.answers.append((404, {}))
    refused = run(tmp_path, "test", url=receiver.url)
    assert (refused.exit_code, refused.output) == (1, "the receiver did not take it: it answered 404\n")


def test_without_an_address_it_says_which_setting(tmp_path: Path) -> None:
    assert "RECSVC_WEBHOOKS_URL" in str(run(tmp_path, "test").exception)
    assert run(tmp_path, "status").output.startswith("RECSVC_WEBHOOKS_URL is not set: nothing is sent")


def test_a_sender_that_was_killed_is_told_from_one_that_sends(
    tmp_path: Path, store: Store, receiver: WebhookReceiver
) -> None:
    shop = TellingShop(store, receiver.url)
    shop.look()
    assert "no service" not in run(tmp_path, "status", url=receiver.url).output
    found = store.sender.listening()
    assert found is not None
    store.sender.keep_listening(replace(found, listens_until_us=found.listens_until_us - HOUR_US))
    assert run(tmp_path, "status", url=receiver.url).output.startswith("no service has sent for a while")
    shop.sender.stop()
    assert run(tmp_path, "status", url=receiver.url).output.startswith("no service sends now")


def test_the_last_refusal_is_a_sentence(tmp_path: Path, store: Store) -> None:
    with closing(socket.socket()) as closed:
        closed.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{closed.getsockname()[1]}/"
    shop = TellingShop(store, url)
    shop.look()
    shop.put(in_stock=False)
    shop.looks("ada")
    shop.put(in_stock=True)
    shop.look()
    told = run(tmp_path, "status", url=url).output
    assert (
        "last refusal: the receiver gave no answer (ConnectionError); `recsvc webhooks test` tries it now\n"
        in told
    )
    found = store.sender.receiver()
    assert found is not None
    assert problem_of(found, shop.now() + 2 * HOUR_US) == (
        f"the receiver of webhooks has taken nothing since {to_text(found.failing_since_us or 0)}: it gave no answer "
        "(ConnectionError); see to it, or to RECSVC_WEBHOOKS_URL, and try it by `recsvc webhooks test`"
    )
    shop.sender.stop()


def test_the_state_is_told_and_switched_on_again(
    tmp_path: Path, store: Store, receiver: WebhookReceiver
) -> None:
    shop = TellingShop(store, receiver.url)
    shop.look()
    shop.put(in_stock=False)
    shop.looks("ada-17850")
    shop.put(in_stock=True)
    receiver.answers.append((410, {}))
    shop.look()
    shop.look()
    told = run(tmp_path, "status", url=receiver.url)
    assert told.exit_code == 3
    assert "item.back_in_stock: 1 disabled\n" in told.output
    assert "last refusal: the receiver answered 410" in told.output
    assert "`recsvc webhooks resume` switches them on again" in told.output
    listed = run(tmp_path, "list", url=receiver.url).output
    assert "item.back_in_stock tea disabled, tried 1 times" in listed
    assert "17850" not in listed
    assert run(tmp_path, "resume", url=receiver.url).exit_code == 0
    assert run(tmp_path, "status", url=receiver.url).exit_code == 0
    shop.put(in_stock=False)
    shop.looks("ada-17850", hours_ago=0)
    assert run(tmp_path, "quiet", "--hours", "2", url=receiver.url).output.startswith(
        "dropped: 0; nothing that changes"
    )
    shop.put(in_stock=True)
    shop.look()
    assert len(receiver.received) == 1
    shop.sender.stop()
