"""What bypasses Flask is read and answered as Flask would."""

import time
from collections.abc import Callable
from http import HTTPStatus
from threading import Thread

import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_openapi3 import OpenAPI
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs
from support.models import release
from werkzeug.test import Client, TestResponse, create_environ, run_wsgi_app
from werkzeug.wrappers import Response

from recsvc.api import problems, recommend
from recsvc.api.hot_path import HotPath, read_plain_query
from recsvc.app import EXTENSION, Parts, create_app
from recsvc.errors import NoModelError
from recsvc.metrics import Metrics
from recsvc.model.model import Model
from recsvc.model.registry import Registry
from recsvc.ranking.query import Placement, Query, UserKey
from recsvc.serving.shop import Shop
from recsvc.settings.settings import Settings

ADA = "/v1/recommend?user_id=ada"


@pytest.fixture
def app(registry: Registry) -> Flask:
    app = create_app(Settings(models_dir=registry.directory, log_level="error", stale_seconds=0))
    yield app
    parts(app).close()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


def parts(app: Flask) -> Parts:
    return app.extensions[EXTENSION]


def layer(app: Flask) -> HotPath:
    return app.wsgi_app.app


def ask_often(client: Client, path: str = ADA, **options) -> TestResponse:
    """The answer after Flask made it, found it near, and the layer remembered it."""
    for _ in range(3):
        response = client.get(path, **options)
    return response


def is_hot(app: Flask, query_string: str = "user_id=ada") -> bool:
    return layer(app).near.response(query_string, parts(app).lists.basis()) is not None


def test_a_list_given_before_is_given_again_without_flask(app: Flask, client: FlaskClient) -> None:
    first = client.get(ADA)
    again = ask_often(client)
    assert is_hot(app)
    assert again.data == first.data
    assert again.headers["X-Recsvc-Cache"] == "near"
    varying = ("X-Recsvc-Cache", "Server-Timing")
    assert [one for one in again.headers if one[0] not in varying] == [
        one for one in first.headers if one[0] not in varying
    ]
    assert [name for name, _ in again.headers] == [name for name, _ in first.headers]


def test_head_has_the_headers_of_get_and_no_body(app: Flask, client: FlaskClient) -> None:
    slow = client.head(ADA)
    got = ask_often(client)
    hot = client.head(ADA)
    assert (slow.data, hot.data) == (b"", b"")
    assert slow.headers["Content-Length"] == hot.headers["Content-Length"] == str(len(got.data))
    assert slow.headers["ETag"] == hot.headers["ETag"] == got.headers["ETag"]


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("form", ["{}", "W/{}", '"other", {}', "*"])
def test_a_list_that_the_asker_has_already_is_not_sent_again(
    client: FlaskClient, method: str, form: str
) -> None:
    tag = client.get(ADA).headers["ETag"]
    condition = {"If-None-Match": form.format(tag)}
    slow = client.open(ADA, method=method, headers=condition)
    ask_often(client)
    hot = client.open(ADA, method=method, headers=condition)
    for response in (slow, hot):
        assert (response.status_code, response.data) == (304, b"")
        assert response.headers["ETag"] == tag
        assert response.headers["Cache-Control"] == "private, no-cache"
    assert [name for name, _ in slow.headers] == [name for name, _ in hot.headers]


def test_a_list_that_the_asker_has_an_older_form_of_is_sent(client: FlaskClient) -> None:
    for _ in range(4):
        response = client.get(ADA, headers={"If-None-Match": '"older"'})
        assert response.status_code == 200
        assert response.json["user_id"] == "ada"


def test_a_condition_does_not_change_a_post(client: FlaskClient) -> None:
    tag = client.get(ADA).headers["ETag"]
    posted = client.post("/v1/recommend", json={"user_id": "ada"}, headers={"If-None-Match": tag})
    assert (posted.status_code, posted.headers["ETag"]) == (200, tag)


def raw(app: Flask, query_string: str) -> tuple[str, bytes]:
    environ = create_environ("/v1/recommend")
    environ["QUERY_STRING"] = query_string
    body, status, _ = run_wsgi_app(app, environ, buffered=True)
    return status, b"".join(body)


FIELDS = st.sampled_from(["user_id", "placement", "n", "item_id", "exclude", "nonsense", "user%5Fid", ""])
VALUES = st.one_of(
    st.sampled_from(
        ["ada", "bob", "%61da", "a+da", "nobody", "for_you", "similar", "bought_together", "trending"]
    ),
    st.sampled_from(["tea", "milk", "te%61", "3", "03", "+3", "%33", "0", "101", "", "%", "%ff", "%00", "é"]),
    st.text(st.characters(max_codepoint=255), max_size=6),
)
PAIRS = st.lists(st.tuples(FIELDS, VALUES).map("=".join), max_size=5)
QUERY_STRINGS = st.one_of(
    st.tuples(PAIRS, st.sampled_from(["&", ";", "&&"])).map(lambda parts: parts[1].join(parts[0])),
    st.text(st.characters(max_codepoint=255), max_size=20),
)


@given(QUERY_STRINGS)
@example("user_id=ada&user_id=bob")
@example("placement=bought_together&item_id=tea&item_id=milk&exclude=tea")
@example("n=3&user_id=%C3%A4")
@example("user_id=\x80")
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_is_asked_the_layer_answers_as_flask_does(app: Flask, query_string: str) -> None:
    served = app.wsgi_app
    answers = [raw(app, query_string) for _ in range(3)]
    without = Flask.wsgi_app.__get__(app)
    app.wsgi_app = without
    try:
        expected = raw(app, query_string)
    finally:
        app.wsgi_app = served
    assert answers == [expected] * 3
    assert HTTPStatus(int(expected[0][:3])) < 500


def test_a_list_is_made_anew_when_its_time_is_over(registry: Registry) -> None:
    app = create_app(Settings(models_dir=registry.directory, log_level="error", cache_ttl_seconds=0.2))
    client = app.test_client()
    ask_often(client)
    assert is_hot(app)
    time.sleep(0.25)
    assert not is_hot(app)
    assert client.get(ADA).headers["X-Recsvc-Cache"] == "miss"
    parts(app).close()


def test_a_new_version_is_answered_from_at_once(
    app: Flask, client: FlaskClient, registry: Registry, model: Model
) -> None:
    ask_often(client)
    registry.publish(model, release("2"))
    parts(app).live_model.refresh()
    assert not is_hot(app)
    assert client.get(ADA).json["model_version"] == "2"
    registry.rollback()
    parts(app).live_model.refresh()
    assert client.get(ADA).json["model_version"] == "1"


def test_an_invalidated_list_is_not_given_again_and_others_are(app: Flask, client: FlaskClient) -> None:
    ask_often(client)
    ask_often(client, "/v1/recommend?user_id=bob")
    parts(app).lists.invalidate(UserKey("user", "ada"))
    assert (is_hot(app), is_hot(app, "user_id=bob")) == (False, True)
    assert client.get(ADA).headers["X-Recsvc-Cache"] == "miss"
    parts(app).lists.invalidate(None)
    assert client.get("/v1/recommend?user_id=bob").headers["X-Recsvc-Cache"] == "miss"


def test_made_up_ids_take_a_small_share_of_the_memory_and_push_nobody_out(registry: Registry) -> None:
    app = create_app(Settings(models_dir=registry.directory, log_level="error", near_cache_bytes=2**20))
    client = app.test_client()
    ask_often(client)
    hot = layer(app)
    for number in range(1000):
        raw(app, f"user_id=made-up-{number}")
        raw(app, f"user_id=ada&exclude=made-up-{number}")
    assert is_hot(app)
    assert len(hot.near.familiar) < 10
    assert 0 < hot.near.strangers.size_bytes <= 2**20 / 16
    parts(app).close()


def test_a_gate_comes_before_every_answer(app: Flask) -> None:
    refused = Response("no", 401)
    hot = layer(app)
    gated = HotPath(
        hot,
        parts(app).lists,
        hot.near,
        parts(app).metrics,
        gate=lambda environ: None if environ.get("HTTP_AUTHORIZATION") == "ok" else refused,
    )
    client = Client(gated)
    assert [client.get(ADA).status_code for _ in range(3)] == [401, 401, 401]
    assert ask_often(client, headers={"Authorization": "ok"}).status_code == 200
    assert client.get(ADA).status_code == 401
    assert client.get("/health/live").status_code == 200


def test_an_error_in_the_layer_is_logged_once_and_flask_answers(
    app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(layer(app).near, "response", None)
    with capture_logs() as lines:
        for _ in range(3):
            assert client.get(ADA).status_code == 200
    assert [line["event"] for line in lines] == ["hot_path_failed"]


def test_without_a_near_cache_nothing_is_remembered(
    client_of: Callable[..., FlaskClient], registry: Registry
) -> None:
    client = client_of(registry.directory, near_cache_bytes=0)
    assert ask_often(client).headers["X-Recsvc-Cache"] == "miss"


def test_threads_that_ask_while_lists_are_invalidated_get_whole_answers(app: Flask) -> None:
    wrong = []

    def ask() -> None:
        client = app.test_client()
        for turn in range(150):
            user_id = ("ada", "bob", "nobody")[turn % 3]
            answer = client.get(f"/v1/recommend?user_id={user_id}")
            if answer.status_code != 200 or answer.json["user_id"] != user_id:
                wrong.append(answer.data)

    threads = [Thread(target=ask) for _ in range(6)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        parts(app).lists.invalidate(UserKey("user", "ada"))
        time.sleep(0.001)
    for thread in threads:
        thread.join()
    assert wrong == []


class Listener:
    """In the place of ``Lists``: keeps what was asked."""

    asked: Query | None = None
    shop = Shop()

    look = None

    def resolve(self, query: Query) -> None:
        self.asked = query
        raise NoModelError("only listening")


LISTENER = Listener()
RULES = Listener.shop.rules
LISTENING_APP = OpenAPI("test", validation_error_callback=problems.refuse_fields)
LISTENING_APP.register_api(recommend.blueprint(LISTENER, lambda _items, _names: None))
problems.init_app(LISTENING_APP, Metrics())


def read_by_flask(query_string: str) -> Query | None:
    LISTENER.asked = None
    environ = create_environ("/v1/recommend")
    environ["QUERY_STRING"] = query_string
    run_wsgi_app(LISTENING_APP, environ)
    return LISTENER.asked


PLAIN_VALUES = st.sampled_from(
    ["a", "A-1_~.", "10", "0", "007", "100", "101", "1.0", "1_0", "trending", "similar", "FOR_YOU", "", "%41"]
) | st.text(st.characters(max_codepoint=255), max_size=3)
PLAIN_PAIRS = st.tuples(
    st.sampled_from(
        ["user_id", "session_id", "placement", "n", "item_id", "exclude", "fields", "consent", "x"]
    ),
    PLAIN_VALUES,
).map("=".join)
PLAIN_QUERY_STRINGS = st.lists(PLAIN_PAIRS, max_size=4).map("&".join) | st.text(
    st.characters(max_codepoint=255), max_size=8
)


@given(PLAIN_QUERY_STRINGS)
@example("")
@example("&")
@example("user_id=a&user_id=b")
@example("user_id=a=b")
@example("n=10&placement=similar&item_id=b&item_id=a&item_id=b&exclude=c")
@settings(max_examples=600, deadline=None)
def test_a_plain_query_is_what_flask_reads(query_string: str) -> None:
    plain = read_plain_query(query_string, RULES)
    assert plain is None or plain == read_by_flask(query_string)


@pytest.mark.parametrize(
    ("query_string", "query"),
    [
        ("", Query()),
        ("user_id=17850", Query(user_id="17850")),
        ("n=5&placement=discover&user_id=ada", Query(Placement.DISCOVER, 5, "ada")),
        ("placement=similar&item_id=85123A", Query(Placement.SIMILAR, item_ids=("85123A",))),
        ("exclude=a&exclude=b", Query(exclude=("a", "b"))),
    ],
)
def test_the_usual_questions_are_plain(query_string: str, query: Query) -> None:
    assert read_plain_query(query_string, RULES) == query == read_by_flask(query_string)


@pytest.mark.parametrize(
    "query_string", ["user_id=Zo%C3%AB", "n=101", "placement=similar", "color=red", "user_id="]
)
def test_what_needs_the_full_validation_is_left_to_it(query_string: str) -> None:
    assert read_plain_query(query_string, RULES) is None
