"""What a client does not finish costs nobody else an answer."""

import json
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing

import pytest
from support.metrics import total
from support.models import release, small_model
from support.processes import Service

from recsvc.model.registry import Registry

EVENT = json.dumps({"type": "view", "user_id": "ada", "item_id": "tea"}).encode()
HTTP_2_PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + b"\x00\x00\x00\x04\x00\x00\x00\x00\x00"
SECONDS = 1.0


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    directory = tmp_path_factory.mktemp("slow")
    Registry(directory).publish(small_model(), release("1"))
    service = Service(directory, directory / "log", workers=1)
    yield service
    service.stop()


def connected(service: Service, stack: ExitStack) -> socket.socket:
    return stack.enter_context(closing(socket.create_connection(("127.0.0.1", service.port), timeout=30)))


def begin(path: str, length: str = "Content-Length: 1000") -> bytes:
    return f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n{length}\r\n\r\n".encode()


def seconds_of(service: Service, path: str) -> float:
    started = time.monotonic()
    assert service.get(path)[0] == 200
    return time.monotonic() - started


def post_event(service: Service) -> int:
    with ExitStack() as stack:
        connection = connected(service, stack)
        connection.sendall(begin("/v1/events", f"Content-Length: {len(EVENT)}") + EVENT)
        return int(connection.recv(100).split()[1])


def test_a_body_that_does_not_come_is_given_up(service: Service) -> None:
    with ExitStack() as stack:
        connection = connected(service, stack)
        started = time.monotonic()
        connection.sendall(begin("/v1/events") + b"{")
        answer = connection.recv(10_000)
        while b"\r\n\r\n" not in answer or not answer.endswith(b"}"):
            answer += connection.recv(10_000)
        assert 4 < time.monotonic() - started < 8
        assert answer.startswith(b"HTTP/1.1 408")
        assert b"send it at once" in answer


@pytest.mark.parametrize("unfinished", [b"", b"{", b'{"type": '])
@pytest.mark.parametrize("path", ["/v1/events", "/v1/recommend", "/v1/users/x/merge", "/nowhere"])
def test_bodies_that_never_end_keep_nobody_waiting(service: Service, unfinished: bytes, path: str) -> None:
    with ExitStack() as stack:
        for _ in range(100):
            connected(service, stack).sendall(begin(path) + unfinished)
        time.sleep(0.2)
        for question in ("/health/live", "/health/ready", "/v1/recommend?user_id=ada", "/v1/model"):
            assert seconds_of(service, question) < SECONDS


def test_chunks_that_never_end_keep_nobody_waiting(service: Service) -> None:
    with ExitStack() as stack:
        for _ in range(100):
            connected(service, stack).sendall(
                begin("/v1/events", "Transfer-Encoding: chunked") + b"1\r\n{\r\n"
            )
        time.sleep(0.2)
        assert seconds_of(service, "/health/live") < SECONDS
        assert seconds_of(service, "/v1/recommend?user_id=ada") < SECONDS


def test_events_of_a_client_are_taken_again_when_its_unfinished_ones_are_gone(service: Service) -> None:
    before = total(service.text("/metrics"), "recsvc_shed_requests_total")
    with ExitStack() as stack:
        for _ in range(100):
            connected(service, stack).sendall(begin("/v1/events") + b"{")
        deadline = time.monotonic() + 4  # until bodies are given up
        while (status := post_event(service)) == 202 and time.monotonic() < deadline:
            time.sleep(0.05)  # a busy machine has not read all headers yet
        assert status == 503
        assert total(service.text("/metrics"), "recsvc_shed_requests_total") > before
    time.sleep(0.5)
    for _ in range(20):
        assert post_event(service) == 202


def test_http_2_is_not_spoken(service: Service) -> None:
    with ExitStack() as stack:
        connection = connected(service, stack)
        connection.sendall(HTTP_2_PREFACE)
        answer = connection.recv(100)
        assert answer == b"" or answer.startswith(b"HTTP/1.1 4")
