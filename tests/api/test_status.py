import time
from collections.abc import Callable
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from flask_openapi3 import OpenAPI

from recsvc.model.registry import CURRENT, Registry
from recsvc.settings.webhooks import KINDS

PROBLEM = "application/problem+json"


def test_the_live_version_is_shown(client: FlaskClient) -> None:
    answer = client.get("/v1/model").json
    assert (answer["model_version"], answer["counts"]["items"]) == ("1", 7)


def test_a_service_with_a_model_is_ready(client: FlaskClient) -> None:
    assert client.get("/health/ready").json == {"status": "ok", "model_version": "1", "problems": []}


def test_without_a_model_the_process_lives_but_is_not_ready(
    client_of: Callable[..., FlaskClient], tmp_path: Path
) -> None:
    client = client_of(tmp_path)
    assert client.get("/health/live").status_code == 200
    ready = client.get("/health/ready")
    assert (ready.status_code, ready.json["status"]) == (503, "unavailable")
    assert "recsvc-train run" in ready.json["problems"][0]
    assert str(tmp_path) not in ready.text  # shown to whoever asks
    for path in ("/v1/recommend", "/v1/model"):
        response = client.get(path)
        assert (response.status_code, response.mimetype) == (503, PROBLEM)
        assert response.headers["Retry-After"]


def test_a_version_that_cannot_be_loaded_is_degraded_not_down(
    client_of: Callable[..., FlaskClient], registry: Registry
) -> None:
    client = client_of(registry.directory, model_poll_seconds=0.02)
    (registry.directory / CURRENT).write_text("2\n")
    deadline = time.monotonic() + 5
    while (answer := client.get("/health/ready")).json["status"] == "ok" and time.monotonic() < deadline:
        time.sleep(0.01)
    assert (answer.status_code, answer.json["model_version"]) == (200, "1")
    assert "no version 2" in answer.json["problems"][0]
    assert str(registry.directory) not in answer.text


def test_a_store_that_does_not_answer_is_said(
    client_of: Callable[..., FlaskClient], registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = f"sqlite:///{registry.directory}/no/such/directory/recsvc.db"
    never = client_of(registry.directory, database_url=url).get("/health/ready").json
    assert never["status"] == "degraded"
    assert "the store has not answered yet" in never["problems"][0]
    answered = client_of(registry.directory)
    assert answered.get("/health/ready").json["problems"] == []
    monkeypatch.setattr("recsvc.service.LATE_SECONDS", -1.0)
    assert "the store has not answered for 0 s" in answered.get("/health/ready").json["problems"][0]


@pytest.mark.parametrize(
    ("method", "path", "status"), [("GET", "/nowhere", 404), ("DELETE", "/v1/model", 405)]
)
def test_every_error_is_a_problem_document(client: FlaskClient, method: str, path: str, status: int) -> None:
    response = client.open(path, method=method)
    assert (response.status_code, response.mimetype) == (status, PROBLEM)
    assert response.json["status"] == status


def test_what_a_status_demands_beside_the_document_is_kept(client: FlaskClient) -> None:
    assert "GET" in client.delete("/v1/model").headers["Allow"]


def test_the_api_is_described_and_the_description_has_a_page(client: FlaskClient) -> None:
    described = client.get("/openapi.json").json
    assert set(described["paths"]) == {
        "/v1/recommend",
        "/v1/recommend/page",
        "/v1/rank",
        "/v1/audiences",
        "/v1/items/{item_id}/audience",
        "/v1/explain",
        "/v1/events",
        "/v1/hooks/shopify",
        "/v1/hooks/woocommerce",
        "/v1/proxy/shopify",
        "/v1/items",
        "/v1/items/{item_id}",
        "/v1/users",
        "/v1/users/{user_id}",
        "/v1/users/{user_id}/moment",
        "/v1/users/{user_id}/profiling",
        "/v1/placements",
        "/v1/placements/{name}",
        "/v1/users/{user_id}/merge",
        "/v1/performance",
        "/v1/experiments",
        "/v1/experiments/{name}",
        "/v1/experiments/{name}/results",
        "/v1/benefits",
        "/v1/benefits/{name}",
        "/v1/offers",
        "/v1/offers/{offer_id}/taken",
        "/v1/model",
        "/r/{token}",
        "/health/live",
        "/health/ready",
    }
    assert set(described["webhooks"]) == {*KINDS, "recsvc.ping"}
    answers = described["paths"]["/v1/recommend"]["get"]["responses"]
    assert set(answers) == {"200", "304", "400", "401", "403", "404", "414", "422", "429", "503"}
    assert answers["422"]["content"] == {PROBLEM: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    assert client.get("/docs/swagger").status_code == 200
    assert client.get("/docs", follow_redirects=True).status_code == 200


def test_the_description_is_made_once(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    first = client.get("/openapi.json").data
    monkeypatch.setattr(OpenAPI, "api_doc", property(lambda _app: pytest.fail("made again")))
    assert client.get("/openapi.json").data == client.get("/docs/openapi.json").data == first


def test_the_page_of_the_description_takes_nothing_from_elsewhere(client: FlaskClient) -> None:
    for path in ("/docs/", "/docs/swagger"):
        policy = client.get(path).headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
    assert "Content-Security-Policy" not in client.get("/v1/model").headers
