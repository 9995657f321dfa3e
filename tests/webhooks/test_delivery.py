"""The signature that a library of Standard Webhooks knows, and what an answer means."""

import socket
import threading
import time
from contextlib import closing, suppress

import pytest
from standardwebhooks import Webhook as StandardWebhook
from support.webhooks import KEY, SECRET, WebhookReceiver

from recsvc.settings.webhooks import signing_key
from recsvc.store.webhook_sender import Receiver
from recsvc.webhooks import delivery
from recsvc.webhooks.delivery import Courier, retry_after, signatures
from recsvc.webhooks.schedule import Answer, Verdict, after_round, next_try_us

NOW = 1_700_000_000


def test_the_signature_is_that_of_the_published_example() -> None:
    # From the tests of the specification's own libraries.
    key = signing_key("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    made = signatures([key], "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}')
    assert made == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_while_the_secret_changes_both_sign() -> None:
    other = b"another key of thirty-two bytes."
    now = int(time.time())
    made = signatures([KEY, other], "msg_1", now, b"{}")
    headers = {"webhook-id": "msg_1", "webhook-timestamp": str(now), "webhook-signature": made}
    for key in (SECRET, other):
        assert StandardWebhook(key).verify(b"{}", headers) == {}


def test_a_receiver_that_is_away_or_silent_is_no_answer(
    receiver: WebhookReceiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery, "READ_SECONDS", 0.2)
    with closing(socket.socket()) as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        port = silent.getsockname()[1]
        with closing(Courier(f"http://127.0.0.1:{port}/", [KEY])) as courier:
            answer = courier.post("msg_1", b"{}", NOW)
            assert (answer.status, answer.error) == (None, "ReadTimeout")
    with closing(Courier(f"http://127.0.0.1:{port}/", [KEY])) as courier:
        answer = courier.post("msg_1", b"{}", NOW)
    assert (answer.verdict, answer.error) == (Verdict.REFUSED, "ConnectionError")
    assert str(port) not in answer.words


@pytest.mark.parametrize(
    ("scheme", "head"),
    [("http", b""), ("http", b"HTTP/1.1 200 OK\r\n"), ("https", b"\x16\x03\x03\x10\x00")],
)
def test_an_answer_that_comes_byte_by_byte_is_cut_off(
    scheme: str, head: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery, "TOTAL_SECONDS", 0.4)
    with closing(socket.socket()) as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        was_cut = threading.Event()

        def drip() -> None:
            connection, _ = server.accept()
            with closing(connection):
                connection.recv(65_536)
                try:
                    connection.sendall(head)
                    for _ in range(60):
                        connection.sendall(b"H" if not head else b"x")
                        time.sleep(0.05)
                except OSError:
                    was_cut.set()

        thread = threading.Thread(target=drip)
        thread.start()
        began = time.monotonic()
        with closing(Courier(f"{scheme}://127.0.0.1:{server.getsockname()[1]}/", [KEY])) as courier:
            assert courier.post("msg_1", b"{}", NOW) == Answer(None, "ReadTimeout")
        assert time.monotonic() - began < 2
        thread.join(5)
        assert was_cut.is_set()


def test_no_proxy_of_the_environment_comes_between_this_machine_and_itself(
    receiver: WebhookReceiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    with closing(Courier(receiver.url, [KEY])) as courier:
        assert courier.post("msg_1", b'{"type": "t", "data": {}, "timestamp": ""}', NOW) == Answer(204)


def test_an_endless_answer_is_not_read() -> None:
    with closing(socket.socket()) as server:
        server.bind(("127.0.0.1", 0))
        server.listen()

        def answer() -> None:
            connection, _ = server.accept()
            with closing(connection), suppress(ConnectionError):
                connection.recv(65_536)
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n" + b"x" * 100_000)
                connection.recv(1)  # until the other side goes

        thread = threading.Thread(target=answer)
        thread.start()
        with closing(Courier(f"http://127.0.0.1:{server.getsockname()[1]}/", [KEY])) as courier:
            assert courier.post("msg_1", b"{}", NOW).verdict is Verdict.TAKEN
        thread.join(5)
        assert not thread.is_alive()


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("120", 120.0), (" 5 ", 5.0), ("Tue, 14 Nov 2023 22:13:30 GMT", 10.0), ("Tue, 14 Nov 2023 22:00:00 GMT", 0.0),
     ("soon", None), ("-5", None), (None, None), ("٣", None),
     ("Mon, 01 Jan 2024 00:00:00 +9999999999999999", None), ("Mon, 01 Jan 0001 00:00:00 +2359", 0.0)],
)  # fmt: skip
def test_retry_after_is_seconds_or_a_date(text: str | None, seconds: float | None) -> None:
    assert retry_after(text, NOW) == seconds


def test_pauses_double_up_to_five_minutes_and_end_with_the_first_webhook_taken() -> None:
    receiver, pauses = Receiver(), []
    for _ in range(9):
        receiver = after_round(receiver, [Answer(500)], 0, 0.5)
        pauses.append(receiver.paused_until_us / 1e6)
    assert pauses == [5, 10, 20, 40, 80, 160, 300, 300, 300]
    taken = after_round(receiver, [Answer(500), Answer(204)], 7, 0.5)
    assert (taken.n_failures, taken.failing_since_us, taken.paused_until_us, taken.last_sent_at_us) == (
        0,
        None,
        7,
        7,
    )
    assert after_round(receiver, [], 9, 0.5) is receiver


def test_tries_of_one_webhook_are_farther_and_farther_apart() -> None:
    assert [next_try_us(attempts, 0, 0.5) / 1e6 for attempts in (1, 2, 3, 4, 5, 6, 7)] == [
        30, 120, 480, 1920, 7680, 14_400, 14_400,
    ]  # fmt: skip
    assert next_try_us(1, 0, 0.0) == 24_000_000
    assert next_try_us(1, 0, 1.0) == 36_000_000
