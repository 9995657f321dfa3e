from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from support.otlp import Collector, collecting

from recsvc.app import EXTENSION, create_app
from recsvc.settings.settings import Settings


@pytest.fixture
def collector() -> Iterator[Collector]:
    with collecting() as collector:
        yield collector


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Spans are sent at once."""
    monkeypatch.setenv("OTEL_BSP_SCHEDULE_DELAY", "20")


@pytest.fixture
def app_of(collector: Collector) -> Iterator[Callable[..., Flask]]:
    """Makes applications that trace each request, and are closed after the test."""
    apps = []

    def make(models_dir: Path, **settings: Any) -> Flask:
        traced = {"tracing_endpoint": collector.url, "tracing_ratio": 1.0, "log_level": "warning"}
        apps.append(create_app(Settings(models_dir=models_dir, **traced | settings)))
        return apps[-1]

    yield make
    for app in apps:
        app.extensions[EXTENSION].close()
