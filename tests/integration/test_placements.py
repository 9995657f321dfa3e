"""Rules from the file and through the API, on each of two workers."""

import json
from pathlib import Path
from typing import Any

from support.load import wait_for
from support.processes import Service

from recsvc.model.registry import Registry

PROMISED_SECONDS = 1.0
SALE = "/v1/placements/sale"


def send(service: Service, method: str, body: Any = None) -> int:
    connection = service.connect()
    connection.request(method, SALE, json.dumps(body), {"Content-Type": "application/json"})
    response = connection.getresponse()
    response.read()
    return response.status


def test_what_is_put_and_deleted_is_in_force_on_every_worker_within_a_second(
    registry: Registry, tmp_path: Path
) -> None:
    config = tmp_path / "recsvc.toml"
    config.write_text('[placements.sale]\nbase = "for_you"\n')
    service = Service(registry.directory, tmp_path / "log", workers=2, config=config)

    def all_answer(base: str, origin: str) -> bool:
        answers = [service.get(SALE)[1] for _ in range(16)]  # a connection each: both workers are asked
        return {(one["base"], one["origin"]) for one in answers} == {(base, origin)}

    try:
        assert all_answer("for_you", "file")
        for base in ("discover", "trending", "buy_again"):
            assert send(service, "PUT", {"base": base}) in (200, 201)
            assert wait_for(lambda base=base: all_answer(base, "store"), PROMISED_SECONDS)
        assert send(service, "DELETE") == 204
        assert wait_for(lambda: all_answer("for_you", "file"), PROMISED_SECONDS)
    finally:
        service.stop()
