"""What nobody sends who means well is refused at once, with a document that says why, by a service that goes on."""

import json
import socket
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from http.client import HTTPResponse
from pathlib import Path

import pytest
from support.models import release, small_model
from support.processes import Service

from recsvc.model.registry import Registry

SECONDS = 0.1
TRIES = 10
"""Others use the machine too: one quick answer out of so many shows that it is quick."""

JSON = ("Content-Type: application/json",)
NDJSON = ("Content-Type: application/x-ndjson",)
TEN_MEGABYTES = 10 * 2**20


@dataclass(frozen=True)
class Hostile:
    """A request, and what it is answered with.

    ``by_server`` means before any line of ours, without a document.
    """

    name: str
    status: int
    target: str
    method: str = "POST"
    headers: tuple[str, ...] = JSON
    body: bytes = b""
    chunked: bool = False
    by_server: bool = False

    def as_bytes(self) -> bytes:
        length = "Transfer-Encoding: chunked" if self.chunked else f"Content-Length: {len(self.body)}"
        lines = [
            f"{self.method} {self.target} HTTP/1.1",
            "Host: localhost",
            "Connection: close",
            *self.headers,
            length,
        ]
        body = _in_chunks(self.body) if self.chunked else self.body
        return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


def _in_chunks(body: bytes, size: int = 50_000) -> bytes:
    parts = [body[start : start + size] for start in range(0, len(body), size)]
    return b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in [*parts, b""])


def recommend(body: str) -> dict[str, object]:
    return {"target": "/v1/recommend", "body": body.encode()}


def events(body: str) -> dict[str, object]:
    return {"target": "/v1/events", "body": body.encode()}


def an_object(members: Iterable[str]) -> str:
    return f"{{{','.join(members)}}}"


VIEW = '{"type": "view", "user_id": "ada", "item_id": "tea"'
NESTED = "[" * 20_000 + "]" * 20_000
HUGE = "1" * 50_000
MANY_IDS = json.dumps({"item_id": [str(number) for number in range(10_000)]})
GET = {"method": "GET", "headers": ()}

REQUESTS = [
    Hostile("10 MB", 413, **recommend(f'{{"user_id": "{"x" * TEN_MEGABYTES}"}}')),
    Hostile("10 MB of events", 413, **events(f'{{"events": [{"0," * (TEN_MEGABYTES // 2)}0]}}')),
    Hostile("10 MB in chunks", 413, **events("x" * TEN_MEGABYTES), chunked=True),
    Hostile("10 MB of items", 413, "/v1/items", headers=NDJSON, body=b"{}\n" * (TEN_MEGABYTES // 3)),
    Hostile(
        "10 MB of items in chunks", 413, "/v1/items", headers=NDJSON, body=b"x" * TEN_MEGABYTES, chunked=True
    ),
    Hostile("a merge of 10 MB", 413, "/v1/users/ada/merge", body=b"x" * TEN_MEGABYTES),
    Hostile("2 MB of lines", 413, "/v1/items", headers=NDJSON, body=b"\n" * 2_000_000),
    Hostile("10,000 ids", 413, **recommend(MANY_IDS)),
    Hostile("10,000 short ids", 422, **recommend(json.dumps({"item_id": ["1"] * 10_000}))),
    Hostile("10,000 ids in a query string", 414, "/v1/recommend?" + "&".join(["item_id=1"] * 6_000), **GET),
    Hostile("10,000 events", 413, **events(f'{{"events": [{",".join([VIEW + "}"] * 50_000)}]}}')),
    Hostile("1,001 events", 422, **events(f'{{"events": [{",".join([VIEW + "}"] * 1_001)}]}}')),
    Hostile("1,000 events without sense", 422, **events(f'{{"events": [{",".join(["{}"] * 1_000)}]}}')),
    Hostile("2 MB of nothings", 422, **events(f'{{"events": [{",".join(["0"] * 1_000_000)}]}}')),
    Hostile("1 MB of unknown names", 400, **events(an_object(f'"n{i}": 0' for i in range(70_000)))),
    Hostile("2 MB of one name", 400, **events(an_object(['"n": 0'] * 250_000))),
    Hostile("NUL in JSON", 422, **recommend('{"user_id": "a\\u0000b"}')),
    Hostile("NUL in an event", 422, **events(VIEW.replace("ada", "a\\u0000") + "}")),
    Hostile("a raw NUL in JSON", 400, **recommend('{"user_id": "a\0b"}')),
    Hostile("NUL in a query string", 422, "/v1/recommend?user_id=a%00b", **GET),
    Hostile("NUL in a path", 422, "/v1/items/a%00b", **GET),
    Hostile("NUL in a path of none", 404, "/v1/no%00thing", **GET),
    Hostile("1e400", 422, **recommend('{"user_id": "ada", "n": 1e400}')),
    Hostile("1e400 of an item", 422, **events(VIEW + ', "quantity": 1e400}')),
    Hostile("10**400", 422, **recommend('{"user_id": "ada", "n": 1%s}' % ("0" * 400))),
    Hostile("10**400 of an item", 422, **events(VIEW + f', "quantity": 1{"0" * 400}}}')),
    Hostile("a number of 50,000 digits", 400, **recommend(f'{{"n": {HUGE}}}')),
    Hostile("a number of 1,000,000 digits", 400, **events(VIEW + f', "quantity": {"1" * 1_000_000}}}')),
    Hostile("a number of 4,000 digits in a query", 422, f"/v1/recommend?n={'1' * 4_000}", **GET),
    Hostile("NaN", 400, **recommend('{"n": NaN}')),
    Hostile("nested", 400, **recommend(NESTED)),
    Hostile("nested in an object", 400, **recommend(an_object([f'"user_id": {NESTED}']))),
    Hostile("nested by 1,000,000", 400, **events("[" * 1_000_000)),
    Hostile("nested objects", 400, **events('{"events":' * 100_000)),
    Hostile(
        "nested attributes", 400, "/v1/items/tea", "PUT", body=b'{"attributes": {"a": %s}}' % NESTED.encode()
    ),
    Hostile("a name twice", 400, **recommend('{"user_id": "ada", "user_id": "bob"}')),
    Hostile("bad UTF-8", 400, "/v1/recommend", body=b'{"user_id": "\xff\xfe"}'),
    Hostile("bad UTF-8 in a query string", 400, "/v1/recommend?user_id=%ff%fe", **GET),
    Hostile("bad UTF-8 in a path", 400, "/v1/items/%ff", **GET),
    Hostile("half a surrogate pair", 422, **recommend('{"user_id": "\\ud800"}')),
    Hostile("UTF-16", 400, "/v1/recommend", body='{"user_id": "ada"}'.encode("utf-16")),
    Hostile("no JSON", 400, **recommend("user_id=ada")),
    Hostile("no object", 400, **recommend("[]")),
    Hostile("no body", 400, "/v1/recommend"),
    Hostile("an empty chunked body", 400, "/v1/recommend", chunked=True),
    Hostile("no type", 415, "/v1/recommend", headers=(), body=b"{}"),
    Hostile("another type", 415, "/v1/events", headers=("Content-Type: text/plain",), body=b"{}"),
    Hostile("XML", 415, "/v1/events", headers=("Content-Type: application/xml",), body=b"<a/>"),
    Hostile(
        "a form",
        415,
        "/v1/recommend",
        headers=("Content-Type: multipart/form-data; boundary=x",),
        body=b"--x",
    ),
    Hostile(
        "a type of 10 KB", 415, "/v1/recommend", headers=("Content-Type: " + "a/b;" * 2_500,), body=b"{}"
    ),
    Hostile("another method", 405, "/v1/recommend", "DELETE"),
    Hostile("an invented method", 405, "/v1/recommend", "BREW"),
    Hostile("a query string of 9 KB", 414, "/v1/recommend?user_id=" + "x" * 9_000, **GET),
    Hostile("a path of 20 KB", 422, "/v1/items/" + "x" * 20_000, **GET),
    Hostile("a path of slashes", 404, "/" * 20_000, **GET),
    Hostile("a target of 200 KB", 431, "/v1/recommend?user_id=" + "x" * 200_000, **GET, by_server=True),
    Hostile("a header of 200 KB", 431, "/v1/model", "GET", (f"X-Long: {'x' * 200_000}",), by_server=True),
    Hostile("500 headers", 431, "/v1/model", "GET", tuple(f"X-{i}: x" for i in range(500)), by_server=True),
    Hostile(
        "two lengths", 400, "/v1/recommend", headers=(*JSON, "Content-Length: 5"), body=b"{}", by_server=True
    ),
    Hostile("a negative length", 400, "/v1/recommend", headers=(*JSON, "Content-Length: -5"), by_server=True),
]


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    directory = tmp_path_factory.mktemp("hostile")
    Registry(directory / "models").publish(small_model(), release("1"))
    service = Service(directory / "models", directory / "log", workers=1)
    yield service
    assert service.stop() == 0


def send(service: Service, data: bytes) -> tuple[HTTPResponse, bytes, float]:
    """Return the answer, its body, and how long it took from the first byte sent."""
    with socket.create_connection(("127.0.0.1", service.port), timeout=10) as connection:
        started = time.perf_counter()
        with suppress(ConnectionError):  # refused before all of it was read
            connection.sendall(data)
        response = HTTPResponse(connection)
        response.begin()
        body = response.read()
        return response, body, time.perf_counter() - started


@pytest.mark.parametrize("request_", REQUESTS, ids=lambda one: one.name)
def test_it_is_refused_at_once(service: Service, request_: Hostile) -> None:
    fastest = float("inf")
    for _ in range(TRIES):
        response, body, seconds = send(service, request_.as_bytes())
        fastest = min(fastest, seconds)
        assert response.status == request_.status, body[:300]
        if not request_.by_server:
            assert response.getheader("Content-Type") == "application/problem+json"
            document = json.loads(body)
            assert (document["status"], bool(document["detail"])) == (request_.status, True)
            assert len(body) < 5_000
        if fastest < SECONDS:
            break
    assert fastest < SECONDS
    assert service.status("/v1/recommend?user_id=ada") == 200


def test_nothing_of_it_was_logged_as_a_failure(service: Service, tmp_path: Path) -> None:
    for request_ in REQUESTS:
        send(service, request_.as_bytes())
    failures = [
        line
        for line in service.log.read_text().splitlines()
        if "request_failed" in line or "Traceback" in line
    ]
    assert failures == []
