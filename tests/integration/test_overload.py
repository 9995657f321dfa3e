"""More cold requests than a worker can rank: some are refused, none fails otherwise, and it recovers."""

import json
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
from support.metrics import total
from support.models import ITEMS
from support.processes import Service

from recsvc.model.registry import Registry


def ask(service: Service, path: str) -> tuple[int, str | None, dict]:
    with closing(service.connect()) as connection:
        connection.request("GET", path)
        response = connection.getresponse()
        return response.status, response.getheader("Retry-After"), json.loads(response.read())


def test_two_hundred_cold_requests_at_once_are_answered_or_refused_with_a_time_to_come_back(
    registry: Registry, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    limits = {"threads": 1, "max_waiting": 4, "max_wait_seconds": 5}
    service = Service(registry.directory, tmp_path / "log", workers=1, **limits)
    request.addfinalizer(service.stop)
    paths = [
        f"/v1/recommend?user_id={user_id}&n={n}&exclude={item_id}"
        for user_id in ("ada", "bob", "ann", "ben")
        for item_id in ITEMS
        for n in range(1, 9)
    ][:200]
    hot = "/v1/recommend?placement=trending"
    for _ in range(3):
        ask(service, hot)
    with ThreadPoolExecutor(200) as pool:
        answers = list(pool.map(lambda path: ask(service, path), paths))
        while_busy = pool.map(lambda path: ask(service, path), [*paths[:50], *[hot] * 20])
        assert [status for status, _, _ in list(while_busy)[50:]] == [200] * 20
    refused = [(after, body) for status, after, body in answers if status == 503]
    assert {status for status, _, _ in answers} == {200, 503}
    assert all(after == "1" and body["type"] == "urn:recsvc:problem:overloaded" for after, body in refused)
    assert total(service.text("/metrics"), "recsvc_shed_requests_total") >= len(refused)
    assert {ask(service, path)[0] for path in paths[:40]} == {200}
    assert service.stop() == 0
