"""What a page waits for is over in time, whatever the service does."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress

import pytest
from recsvc_client import BreakerOpen, Client, ServiceAway
from recsvc_client.breaker import Breaker
from support.processes import free_port

TIMEOUT, SLACK = 0.2, 0.8
"""Seconds; the machine may be busy, and a service that drips would take more than five."""

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"


def drip_head(client: socket.socket) -> None:
    for byte in HEAD * 3:
        client.sendall(bytes([byte]))
        time.sleep(0.05)


def drip_body(client: socket.socket) -> None:
    client.sendall(HEAD + b"Content-Length: 1000\r\n\r\n")
    for _ in range(200):
        client.sendall(b" ")
        time.sleep(0.05)


def hang(client: socket.socket) -> None:
    time.sleep(3)


def answers(text: bytes) -> Callable[[socket.socket], None]:
    return lambda client: client.sendall(HEAD + b"Content-Length: %d\r\n\r\n%s" % (len(text), text))


BROKEN: dict[str, Callable[[socket.socket], None]] = {
    "drips its head": drip_head,
    "drips its body": drip_body,
    "hangs": hang,
    "closes": lambda client: None,
    "is cut off": lambda client: client.sendall(HEAD + b'Content-Length: 100\r\n\r\n{"items": ['),
    "answers no HTTP": lambda client: client.sendall(b"SSH-2.0-OpenSSH_9.2\r\n"),
    "answers no JSON": answers(b"<html>It works!</html>"),
    "answers something else": answers(b'["tea"]'),
    "answers nested": answers(b"[" * 100_000),
    "fails": lambda client: client.sendall(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 4\r\n\r\noops"),
    "sheds": lambda client: client.sendall(
        b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nContent-Length: 2\r\n\r\n{}"
    ),
}


@contextmanager
def serving(behave: Callable[[socket.socket], None]) -> Iterator[str]:
    """Yield the address of a server that reads a request and then does as told; it knows no second one."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve(client: socket.socket) -> None:
        with closing(client), suppress(OSError):
            client.recv(65536)
            behave(client)

    def accept() -> None:
        with suppress(OSError):
            while True:
                threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()


def timed(client: Client) -> tuple[float, list[str], Exception | None]:
    started = time.monotonic()
    shown = client.recommend("ada", n=2, exclude=["jam"], fallback=["tea", "jam", "tea", "milk", "cake"])
    return time.monotonic() - started, [item["item_id"] for item in shown.items], shown.trouble


@pytest.mark.parametrize("how", BROKEN)
def test_a_page_has_its_own_list_in_time_where_the_service(how: str) -> None:
    with serving(BROKEN[how]) as base, Client(base, timeout_seconds=TIMEOUT) as client:
        seconds, shown, trouble = timed(client)
        assert shown == ["tea", "milk"]
        assert isinstance(trouble, ServiceAway)
        assert seconds < TIMEOUT + SLACK
        ranked = client.rank(["saw", "tea", "saw"], "ada")
        assert (ranked.item_ids, ranked.is_fallback) == (("saw", "tea"), True)
        page = client.page(
            [{"name": "a", "n": 1}, {"name": "b", "item_ids": ["jam"]}, {"name": "c"}],
            fallback={"a": ["tea"], "b": ["tea", "jam", "milk"]},
        )
        shown_ids = {name: [item["item_id"] for item in one.items] for name, one in page.lists.items()}
        assert shown_ids == {"a": ["tea"], "b": ["milk"], "c": []}


def test_nobody_listening_and_no_such_name_are_over_in_time() -> None:
    for base in (f"http://127.0.0.1:{free_port()}", "http://recsvc.invalid:8000"):
        with Client(base, timeout_seconds=TIMEOUT) as client:
            seconds, shown, trouble = timed(client)
            assert (shown, type(trouble)) == (["tea", "milk"], ServiceAway)
            assert seconds < TIMEOUT + SLACK


def test_a_look_up_that_hangs_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    look_up = socket.getaddrinfo

    def hanging(host: str, *args: object, **options: object) -> object:
        if options.get("flags") != socket.AI_NUMERICHOST:
            time.sleep(3)
        return look_up(host, *args, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(socket, "getaddrinfo", hanging)
    with Client("http://recs.example", timeout_seconds=TIMEOUT) as client:
        seconds, shown, trouble = timed(client)
    assert (shown, "name of the service" in str(trouble)) == (["tea", "milk"], True)
    assert seconds < TIMEOUT + SLACK


def test_a_service_that_is_away_does_not_cost_each_page_the_time() -> None:
    with serving(hang) as base, Client(base, timeout_seconds=TIMEOUT) as client:
        for _ in range(3):
            client.recommend(fallback=[])
        started = time.monotonic()
        for _ in range(100):
            assert isinstance(client.recommend(fallback=[]).trouble, BreakerOpen)
        assert time.monotonic() - started < TIMEOUT
        assert client.offer("ada") is None


def test_without_something_to_show_instead_it_says_so() -> None:
    with Client(f"http://127.0.0.1:{free_port()}") as client:
        with pytest.raises(ServiceAway, match="ConnectionRefusedError"):
            client.recommend("ada")
        with pytest.raises(ServiceAway, match="ConnectionRefusedError"):
            client.page([{"name": "a"}])


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_the_breaker_lets_one_at_a_time_try_ever_more_rarely_and_closes_when_one_is_answered() -> None:
    clock = Clock()
    breaker = Breaker(3, 1.0, 8.0, clock)

    def fail() -> bool:
        ticket = breaker.enter()
        assert ticket is not None
        return breaker.failed(ticket)

    late = breaker.enter()
    assert [fail(), fail(), fail()] == [False, False, True]
    assert breaker.enter() is None
    assert late is not None
    assert not breaker.failed(late), "what was under way when it opened says nothing new"
    waits = []
    for _ in range(6):
        started = clock.now
        while (ticket := breaker.enter()) is None:
            clock.now += 0.05
        assert breaker.enter() is None, "one at a time"
        breaker.failed(ticket)
        waits.append(clock.now - started)
    assert waits == sorted(waits[:4]) + waits[4:]
    assert 0.8 <= waits[0] <= 1.25
    assert 6.4 <= waits[-1] <= 9.65
    clock.now += 10
    ticket = breaker.enter()
    assert ticket is not None
    assert breaker.succeeded(ticket)
    assert [breaker.enter() is not None for _ in range(3)] == [True] * 3
    assert [fail(), fail(), fail()] == [False, False, True], "it counts anew"


def test_a_service_that_says_when_to_ask_again_is_not_asked_before() -> None:
    clock = Clock()
    breaker = Breaker(1, 1.0, 30.0, clock)
    ticket = breaker.enter()
    assert ticket is not None
    breaker.failed(ticket, retry_after_seconds=20.0)
    clock.now = 19.0
    assert breaker.enter() is None
    clock.now = 20.5
    assert breaker.enter() is not None
