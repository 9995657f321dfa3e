"""Whatever is sent, the answer is right, or a problem document that says what is wrong."""

import gzip
import json
from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from flask import Flask
from hypothesis import example, given
from hypothesis import strategies as st
from support.keys import add_key
from support.mutations import ODD_BYTES, ODD_TEXTS, as_json, mutated_bytes, mutated_values
from werkzeug.test import EnvironBuilder, run_wsgi_app

from recsvc.app import EXTENSION, create_app
from recsvc.settings.settings import Settings
from recsvc.store.api_keys import Scope
from recsvc.store.store import open_store

PROBLEM = "application/problem+json"
EVENT = {
    "type": "purchase", "user_id": "ada", "item_id": "tea", "quantity": 1, "unit_price": 2.5, "order_id": "o",
    "event_id": "e", "session_id": "s", "channel": "web", "occurred_at": "2026-01-02T03:04:05Z", "consent": True,
}  # fmt: skip
ITEM = {
    "title": "Tea", "url": "https://shop.example/tea", "price": 2.5, "categories": ["Food", "Food > Drinks"],
    "in_stock": True, "available_from": "2026-01-01T00:00:00Z",
    "attributes": {"brand": "x", "sizes": ["s", 1], "organic": False},
}  # fmt: skip
RULES = {
    "base": "for_you", "filter": "price <= 50", "boosts": [{"when": "in_stock", "factor": 2}],
    "pins": [{"item_id": "tea", "position": 1}], "caps": [{"by": "brand", "at_most": 2}],
}  # fmt: skip
BODIES: dict[tuple[str, str], list[Any]] = {
    ("POST", "/v1/recommend"): [{"user_id": "ada", "placement": "for_you", "n": 3, "exclude": ["tea"]}],
    ("POST", "/v1/recommend/page"): [
        {"user_id": "ada", "placements": [{"name": "a", "placement": "similar", "item_ids": ["tea"], "n": 2}]}
    ],
    ("POST", "/v1/events"): [EVENT, {"events": [EVENT, {"type": "view", "session_id": "s", "item_id": "x"}]}],
    ("POST", "/v1/items"): [{"items": [{"item_id": "tea", **ITEM}]}],
    ("PUT", "/v1/items/tea"): [ITEM],
    ("PATCH", "/v1/items/tea"): [{"price": 3, "in_stock": False}],
    ("POST", "/v1/users/ada/merge"): [{"from_user_id": "ann"}, {"from_session_id": "s"}],
    ("PUT", "/v1/placements/own"): [RULES],
}
TYPES = (
    "application/json",
    "application/json; charset=utf-16",
    "text/plain",
    "application/x-ndjson",
    "",
    "a/b;;;=",
)


@pytest.fixture
def app(published: Path, tmp_path: Path) -> Iterator[Flask]:
    app = create_app(
        Settings(models_dir=published, log_level="error", database_url=f"sqlite:///{tmp_path}/recsvc.db")
    )
    yield app
    app.extensions[EXTENSION].close()


def ask(app: Flask, **request: Any) -> tuple[int, str, bytes]:
    builder = EnvironBuilder(**request)
    builder.headers.setdefault("Host", "localhost")
    return answer_to(app, builder.get_environ())


def answer_to(app: Flask, environ: dict[str, Any]) -> tuple[int, str, bytes]:
    body, status, headers = run_wsgi_app(app, environ, buffered=True)
    return int(status[:3]), headers.get("Content-Type", ""), b"".join(body)


def check(answer: tuple[int, str, bytes]) -> None:
    status, kind, body = answer
    assert status < HTTPStatus.INTERNAL_SERVER_ERROR, body
    if status >= HTTPStatus.BAD_REQUEST:
        assert kind == PROBLEM, (status, body)
        assert json.loads(body)["status"] == status
        assert json.loads(body)["detail"]
        assert len(body) < 20_000
    elif body and kind == "application/json":
        json.loads(body.decode(), parse_constant=lambda constant: pytest.fail(f"the answer holds {constant}"))


VALID = [(route, body) for route, bodies in BODIES.items() for body in bodies]


@given(st.data(), st.sampled_from(VALID))
def test_a_body_is_taken_or_refused_by_the_names_of_its_fields(
    app: Flask, data: st.DataObject, valid: tuple[tuple[str, str], Any]
) -> None:
    (method, path), right = valid
    check(ask(app, path=path, method=method, data=as_json(right), content_type="application/json"))
    value = data.draw(mutated_values([right]))
    answer = ask(app, path=path, method=method, data=as_json(value), content_type="application/json")
    check(answer)
    if answer[0] == HTTPStatus.UNPROCESSABLE_ENTITY and isinstance(value, dict):
        problem = json.loads(answer[2])
        assert problem.get("errors") or problem["detail"]


@given(st.data(), st.sampled_from(VALID), st.sampled_from(TYPES), st.sampled_from(["", "gzip", "br", "x"]))
@example(None, (("POST", "/v1/events"), EVENT), "application/json", "gzip")
def test_bytes_that_are_no_body_are_refused(
    app: Flask, data: st.DataObject | None, valid: tuple[tuple[str, str], Any], kind: str, encoding: str
) -> None:
    (method, path), right = valid
    doubled = b'{"user_id": "ada", ' + as_json(right)[1:]
    content = gzip.compress(as_json(right))
    if data is not None:
        raw = [
            as_json(right),
            doubled,
            content,
            b"\xef\xbb\xbf" + as_json(right),
            json.dumps(right).encode("utf-16"),
        ]
        content = data.draw(mutated_bytes(raw) | st.sampled_from(ODD_BYTES))
    headers = {"Content-Encoding": encoding} if encoding else {}
    check(ask(app, path=path, method=method, data=content, content_type=kind, headers=headers))


NAMES = st.sampled_from(
    ["user_id", "session_id", "placement", "n", "item_id", "context_item_id", "exclude", "category", "fields",
     "consent", "", "x"]
)  # fmt: skip
TEXTS = st.one_of(
    st.sampled_from(
        ["ada", "tea", "for_you", "similar", "3", "true", "title,price", "%", "%ff", "%ed%a0%80", "%00", "+"]
    ),
    st.sampled_from(ODD_TEXTS).map(lambda text: quote(text.encode(errors="surrogatepass"))),
    st.text(st.characters(max_codepoint=255), max_size=6),
)
QUERY = st.lists(st.tuples(NAMES, TEXTS).map("=".join), max_size=5).map("&".join)
PATHS = (
    "/v1/recommend", "/v1/explain", "/v1/model", "/v1/users", "/v1/users/ada", "/v1/items", "/v1/items/tea",
    "/v1/placements", "/v1/placements/own", "/health/ready", "/metrics", "/openapi.json", "/v1/", "/",
)  # fmt: skip


@given(st.sampled_from(PATHS), QUERY, st.sampled_from(["GET", "HEAD", "DELETE", "OPTIONS", "TRACE", "BREW"]))
def test_a_query_string_is_taken_or_refused(app: Flask, path: str, query: str, method: str) -> None:
    environ = EnvironBuilder(path=path, method=method, headers={"Host": "localhost"}).get_environ()
    environ["QUERY_STRING"] = query
    status, kind, body = answer_to(app, environ)
    check((status, kind, body or b'{"status": %d, "detail": "of a HEAD"}' % status))


@given(QUERY)
@example("user_id=ada&user_id=bob")
@example("user_id=ada&n=010")
@example("placement=similar&item_id=tea;n=3")
def test_the_hot_path_answers_byte_for_byte_as_the_slow_one(app: Flask, query: str) -> None:
    environ = EnvironBuilder(path="/v1/recommend", headers={"Host": "localhost"}).get_environ()
    hot = []
    for _ in range(3):
        hot.append(answer_to(app, {**environ, "QUERY_STRING": query}))  # noqa: PERF401 - the answers depend on it
    body, status, _ = run_wsgi_app(
        lambda *call: Flask.wsgi_app(app, *call), {**environ, "QUERY_STRING": query}, buffered=True
    )
    assert [(code, found) for code, _, found in hot] == [(int(status[:3]), b"".join(body))] * 3


@pytest.fixture
def keyed(published: Path, tmp_path: Path) -> Iterator[tuple[Flask, str]]:
    url = f"sqlite:///{tmp_path}/keyed.db"
    store = open_store(url)
    token = str(add_key(store.keys, Scope.ADMIN))
    store.close()
    models_dir = tmp_path / "models"
    models_dir.symlink_to(published)
    app = create_app(Settings(models_dir=published, log_level="error", database_url=url))
    yield app, token
    app.extensions[EXTENSION].close()
    (published / "keys-demanded").unlink(missing_ok=True)


@given(st.data(), st.sampled_from(["Authorization", "X-API-Key"]))
def test_a_key_that_was_altered_lets_nobody_in(
    keyed: tuple[Flask, str], data: st.DataObject, name: str
) -> None:
    app, token = keyed
    prefix = "Bearer " if name == "Authorization" else ""
    sent = data.draw(mutated_bytes([(prefix + token).encode()])).decode("latin-1")
    environ = EnvironBuilder(path="/v1/model", headers={"Host": "localhost"}).get_environ()
    environ["HTTP_" + name.upper().replace("-", "_")] = sent
    answer = answer_to(app, environ)
    check(answer)
    scheme, _, key = sent.partition(" ")
    is_right = key.strip() == token and scheme.lower() == "bearer" if prefix else sent == token
    assert (answer[0] == HTTPStatus.OK) is is_right
