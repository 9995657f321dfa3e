"""What Prometheus reads, from a service with several workers."""

import json
import os
import re
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families
from support.load import wait_for
from support.metrics import total
from support.models import release
from support.processes import RedisServer, Service

from recsvc.model.model import Model
from recsvc.model.registry import CURRENT, Registry

DASHBOARD = Path(__file__).parents[2] / "deploy" / "grafana" / "recsvc.json"
REFERENCE = Path(__file__).parents[2] / "docs" / "reference" / "metrics.md"


def names(page: str) -> set[str]:
    return {one.name for family in text_string_to_metric_families(page) for one in family.samples}


@pytest.fixture
def service(registry: Registry, tmp_path: Path, own_redis: RedisServer) -> Iterator[Service]:
    service = Service(registry.directory, tmp_path / "log", workers=2, redis_url=own_redis.url)
    yield service
    service.stop()


def test_the_requests_of_all_workers_add_up_whatever_answered_them(service: Service) -> None:
    for turn in range(60):
        service.get(f"/v1/recommend?user_id={('ada', 'bob', 'nobody')[turn % 3]}")
    service.get("/v1/recommend?placement=trending")
    service.get("/v1/recommend?n=0")
    service.post("/v1/recommend", {"user_id": "ada"})

    def counted() -> bool:
        page = service.text("/metrics")
        return total(page, "recsvc_requests_total") == 63

    assert wait_for(counted)
    page = service.text("/metrics")
    assert total(page, "recsvc_requests_total", placement="for_you", status="200") == 61
    assert total(page, "recsvc_requests_total", placement="none", status="422", cache="none") == 1
    assert total(page, "recsvc_request_seconds_count") == 63
    assert total(page, "recsvc_request_seconds_bucket", le="+Inf") == 63
    assert total(page, "recsvc_request_seconds_sum") > 0
    assert total(page, "recsvc_requests_total", cache="near") > 30


def test_the_live_version_and_one_that_was_refused_are_shown(
    service: Service, registry: Registry, model: Model
) -> None:
    registry.publish(model, release("2"))
    assert wait_for(lambda: total(service.text("/metrics"), "recsvc_model_info", model_version="1") == 0)
    page = service.text("/metrics")
    assert total(page, "recsvc_model_info", model_version="2") == 1
    assert total(page, "recsvc_model_age_seconds") > 0
    assert total(page, "recsvc_model_swaps_total") == 4
    (registry.directory / CURRENT).write_text("3\n")
    assert wait_for(lambda: total(service.text("/metrics"), "recsvc_model_refused") == 1)
    assert wait_for(lambda: total(service.text("/metrics"), "recsvc_model_refusals_total") == 2)


def test_a_worker_that_is_killed_keeps_its_counts_and_loses_its_gauges(service: Service) -> None:
    for _ in range(20):
        service.get("/v1/recommend?user_id=ada")
    assert wait_for(lambda: total(service.text("/metrics"), "recsvc_requests_total") == 20)
    entries = total(service.text("/metrics"), "recsvc_near_cache_entries")
    os.kill(service.workers()[0], signal.SIGKILL)

    def is_over() -> bool:
        started = service.log.read_text().count("Started worker-")
        return started == 3 and total(service.text("/metrics"), "recsvc_near_cache_entries") < max(2, entries)

    assert wait_for(is_over)
    assert wait_for(lambda: total(service.text("/metrics"), "recsvc_requests_total") == 20)


def test_the_dashboard_and_the_table_name_only_metrics_that_exist(service: Service) -> None:
    for _ in range(3):
        service.get("/v1/recommend?user_id=ada")
    assert wait_for(lambda: total(service.text("/metrics"), "recsvc_requests_total") == 3)
    page = service.text("/metrics")
    known = names(page) | {family.name for family in text_string_to_metric_families(page)}
    # What has labels appears with its first event.
    known |= {"recsvc_invalidations_total", "recsvc_explanation_seconds", "recsvc_redis_errors_total"}
    known |= {"recsvc_webhooks_total"}
    for text in (json.dumps(json.loads(DASHBOARD.read_text())), REFERENCE.read_text()):
        named = set(re.findall(r"\brecsvc_[a-z_]+", text))
        assert len(named) > 10
        assert named <= known | {name.removesuffix("_total") for name in known}
    documented = set(re.findall(r"`(recsvc_[a-z_]+)", REFERENCE.read_text()))
    declared = {line.split()[2] for line in page.splitlines() if line.startswith("# TYPE")}
    assert {name.removesuffix("_total") for name in declared} <= {
        name.removesuffix("_total") for name in documented
    }


def test_what_the_workers_share_is_removed_at_the_end(registry: Registry, tmp_path: Path) -> None:
    shared = tmp_path / "shared"
    shared.mkdir()
    service = Service(registry.directory, tmp_path / "log", workers=1, shared_dir=shared)
    made = list(shared.iterdir())
    assert service.stop() == 0
    assert made
    assert not list(shared.iterdir())
