"""A collector that is away, slow or refuses costs no request anything, and few words."""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from socket import create_server
from typing import Any

import pytest
from flask import Flask
from support.otlp import Collector, collecting
from support.processes import Service, becomes_true, free_port

from recsvc.app import EXTENSION
from recsvc.model.registry import Registry
from recsvc.tracing.exporting import CLOSE_SECONDS

ADA = "/v1/recommend?user_id=ada"
LIST = "GET /v1/recommend"


def said(capfd: pytest.CaptureFixture[str], heard: list[dict[str, Any]]) -> list[str]:
    """Return the names of all lines so far."""
    heard += [json.loads(line) for line in capfd.readouterr().err.splitlines()]
    return [line["event"] for line in heard]


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_TIMEOUT", "0.2")


def test_a_collector_that_is_away_is_logged_once_and_once_when_it_is_back(
    app_of: Callable[..., Flask], registry: Registry, capfd: pytest.CaptureFixture[str]
) -> None:
    port, heard = free_port(), list[dict[str, Any]]()
    client = app_of(
        registry.directory, tracing_endpoint=f"http://127.0.0.1:{port}", log_level="info"
    ).test_client()
    for _ in range(5):
        assert client.get(ADA).status_code == 200
        time.sleep(0.1)
    assert becomes_true(lambda: "tracing_lost" in said(capfd, heard), 30)
    with collecting(port) as collector:
        deadline = time.monotonic() + 30
        while "tracing_back" not in said(capfd, heard):
            assert client.get(ADA).status_code == 200
            assert time.monotonic() < deadline
            time.sleep(0.05)
        assert collector.bodies
    names = said(capfd, heard)
    assert names[: names.index("tracing_back")].count("tracing_lost") == 1
    lost, back = (
        next(one for one in heard if one["event"] == name) for name in ("tracing_lost", "tracing_back")
    )
    assert lost["address"] == f"http://127.0.0.1:{port}/v1/traces"
    assert "Failed to export" in lost["detail"]
    assert back["spans_lost"] > 0
    assert not [line for line in heard if "opentelemetry" in json.dumps(line)]


def test_a_collector_that_refuses_is_logged_with_its_answer(
    app_of: Callable[..., Flask], registry: Registry, collector: Collector, capfd: pytest.CaptureFixture[str]
) -> None:
    collector.status, heard = 401, list[dict[str, Any]]()
    client = app_of(registry.directory).test_client()
    assert client.get(ADA).status_code == 200
    assert becomes_true(lambda: "tracing_lost" in said(capfd, heard), 30)
    assert "401" in heard[-1]["detail"]


@contextmanager
def hanging() -> Iterator[str]:
    """Yield the address of a server that takes connections and never answers."""
    with create_server(("127.0.0.1", 0), backlog=100) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}"


def test_a_collector_that_never_answers_delays_neither_requests_nor_the_end(
    app_of: Callable[..., Flask], registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_TIMEOUT", "30")
    monkeypatch.setenv("OTEL_BSP_MAX_QUEUE_SIZE", "50")
    monkeypatch.setenv("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "10")
    with hanging() as address:
        app = app_of(registry.directory, tracing_endpoint=address)
        client = app.test_client()
        started = time.monotonic()
        for _ in range(100):  # more spans than the queue holds
            assert client.get(ADA).status_code == 200
        assert time.monotonic() - started < 20
        ending = time.monotonic()
        app.extensions[EXTENSION].tracing.close()
        assert time.monotonic() - ending < CLOSE_SECONDS + 5  # it would be 30, twice


def test_each_worker_sends_its_spans_and_the_last_ones_when_it_is_stopped(
    registry: Registry, tmp_path: Path, collector: Collector, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTEL_BSP_SCHEDULE_DELAY", "60000")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_TIMEOUT", "2")
    monkeypatch.setenv("OTEL_RESOURCE_ATTRIBUTES", "deployment.environment.name=test,service.name=shop-lists")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_HEADERS", "authorization=Bearer%20token")
    service = Service(
        registry.directory, tmp_path / "log", workers=2, tracing_endpoint=collector.url, tracing_ratio=1
    )
    asked = 0
    connections = [service.connect() for _ in range(16)]
    for connection in connections:
        connection.request("GET", ADA)
        asked += connection.getresponse().read() != b""
    assert not collector.bodies
    assert service.stop() == 0
    assert len(collector.named(LIST)) == asked == len(connections)
    workers = {resource["service.instance.id"] for resource in collector.resources()}
    assert len(workers) == 2
    [resource, *_] = collector.resources()
    assert (resource["service.name"], resource["deployment.environment.name"]) == ("shop-lists", "test")
    assert resource["service.version"]
    assert {headers["authorization"] for headers in collector.headers} == {"Bearer token"}
    assert set(collector.paths) == {"/v1/traces"}
