"""What is sent of a request."""

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from support.otlp import Collector, SentSpan
from support.processes import RedisServer

from recsvc.model.registry import Registry

ADA = "/v1/recommend?user_id=ada"
LIST, SERVER, CLIENT = "GET /v1/recommend", 2, 3
CALLER = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
NOT_TRACED = CALLER[:-2] + "00"


@pytest.fixture
def app(app_of: Callable[..., Flask], registry: Registry) -> Flask:
    return app_of(registry.directory)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


def below(parent: SentSpan, spans: list[SentSpan]) -> list[SentSpan]:
    return [span for span in spans if span.parent_id == parent.span_id]


def test_a_list_that_is_made_shows_its_steps_one_below_the_other(
    client: FlaskClient, collector: Collector
) -> None:
    assert client.get(ADA).status_code == 200
    [request] = collector.wait_for(LIST)
    spans = collector.spans()
    assert request.parent_id == ""
    assert request.kind == SERVER
    assert [span.name for span in below(request, spans)] == [
        "resolve",
        "look into the caches",
        "finish the list",
    ]
    [finish] = collector.named("finish the list")
    assert [span.name for span in below(finish, spans)] == [
        "store events.history_of",
        "rank",
        "near cache put",
    ]
    [rank] = collector.named("rank")
    inside = {span.name for span in below(rank, spans)}
    assert {"source als", "source item_neighbours", "ranker"} <= inside
    [store] = collector.named("store events.history_of")
    assert store.kind == CLIENT
    assert store.attributes == {"db.system.name": "sqlite"}


def test_a_request_says_which_list_it_was_given_and_from_where(
    client: FlaskClient, collector: Collector
) -> None:
    for _ in range(3):  # made, found by its key, found by its query string
        client.get(ADA)
    made, *found = collector.wait_for(LIST, 3)
    both = {
        "http.request.method": "GET",
        "http.route": "/v1/recommend",
        "http.response.status_code": 200,
        "recsvc.placement": "for_you",
        "recsvc.strategy": "personalized",
    }
    assert made.attributes == both | {"recsvc.cache": "miss", "recsvc.model_version": "1"}
    assert [span.attributes | {"recsvc.model_version": "1"} for span in found] == [
        both | {"recsvc.cache": "near", "recsvc.model_version": "1"}
    ] * 2


def test_redis_is_a_span_that_says_whether_it_knew_the_list(
    app_of: Callable[..., Flask], registry: Registry, shared_redis: RedisServer, collector: Collector
) -> None:
    app_of(registry.directory, redis_url=shared_redis.url, near_cache_bytes=0).test_client().get(ADA)
    client = app_of(registry.directory, redis_url=shared_redis.url, near_cache_bytes=0).test_client()
    client.get(ADA)
    collector.wait_for("redis get", 2)
    assert [span.attributes["recsvc.hit"] for span in collector.named("redis get")] == [False, True]
    assert {span.attributes["db.system.name"] for span in collector.named("redis put")} == {"redis"}
    assert collector.wait_for(LIST, 2)[1].attributes["recsvc.cache"] == "redis"


def test_the_trace_of_the_caller_is_continued(client: FlaskClient, collector: Collector) -> None:
    client.get(ADA, headers={"traceparent": CALLER, "tracestate": "shop=cart-of-ada", "baggage": "user=ada"})
    [request] = collector.wait_for(LIST)
    assert (request.trace_id, request.parent_id) == (CALLER[3:35], CALLER[36:52])
    assert {span.trace_id for span in collector.spans() if span.name != "load the model"} == {CALLER[3:35]}


def test_the_caller_decides_whether_a_request_is_traced(
    app_of: Callable[..., Flask], registry: Registry, collector: Collector
) -> None:
    client, never = app_of(registry.directory).test_client(), app_of(registry.directory, tracing_ratio=0)
    client.get("/v1/model", headers={"traceparent": NOT_TRACED})
    never.test_client().get(ADA)
    never.test_client().get(ADA, headers={"traceparent": CALLER})
    assert [span.trace_id for span in collector.wait_for(LIST)] == [CALLER[3:35]]
    assert not collector.named("GET /v1/model")


def test_a_malformed_trace_context_is_as_good_as_none(client: FlaskClient, collector: Collector) -> None:
    malformed = ("ada", f"00-{'0' * 32}-b7ad6b7169203331-01", f"{CALLER}-more", f"ff{CALLER[2:]}", "")
    for header in malformed:
        assert client.get(ADA, headers={"traceparent": header}).status_code == 200
    assert {span.parent_id for span in collector.wait_for(LIST, len(malformed))} == {""}


def test_a_request_bears_the_name_of_its_route_and_never_its_path(
    client: FlaskClient, collector: Collector
) -> None:
    for method, path in (
        ("GET", "/v1/users/ada"), ("GET", "/no/such/page/ada"), ("BREW", "/v1/users/ada"), ("POST", "/v1/recommend"),
    ):  # fmt: skip
        client.open(path, method=method, json={"user_id": "ada"} if method == "POST" else None)
    collector.wait_for("POST /v1/recommend")
    requests = [span for span in collector.spans() if span.kind == SERVER]
    assert [(span.name, span.attributes["http.response.status_code"]) for span in requests] == [
        ("GET /v1/users/{user_id}", 200), ("GET", 404), ("HTTP", 405), ("POST /v1/recommend", 200),
    ]  # fmt: skip


def test_an_answer_of_500_or_more_is_an_error(
    app_of: Callable[..., Flask], registry: Registry, collector: Collector
) -> None:
    client = app_of(registry.directory / "nothing-here").test_client()
    assert client.get(ADA).status_code == 503
    assert client.get("/v1/recommend?n=0").status_code in (400, 422)
    failed, refused = collector.wait_for(LIST, 2)
    assert (failed.is_error, failed.attributes["error.type"]) == (True, "503")
    assert not refused.is_error
    assert {span.attributes["error.type"] for span in collector.named("resolve") if span.is_error} == {
        "NoModelError"
    }


def test_probes_and_metrics_are_not_traced(client: FlaskClient, collector: Collector) -> None:
    for path in ("/health/live", "/health/ready", "/metrics", "/v1/model"):
        client.get(path)
    collector.wait_for("GET /v1/model")
    assert [span.name for span in collector.spans() if span.kind == SERVER] == ["GET /v1/model"]


def test_lines_of_the_log_say_which_trace_they_belong_to(
    app_of: Callable[..., Flask], registry: Registry, capfd: pytest.CaptureFixture[str], collector: Collector
) -> None:
    app = app_of(registry.directory)
    (registry.directory / "recsvc.db").unlink()
    app.test_client().get(ADA, headers={"traceparent": CALLER})
    [request] = collector.wait_for(LIST)
    lost = [line for line in capfd.readouterr().err.splitlines() if '"store_lost"' in line]
    assert any(f'"trace_id": "{request.trace_id}"' in line for line in lost), lost
