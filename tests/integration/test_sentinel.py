"""Two services whose Redis is named by sentinels, while the sentinels change their mind."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from support import droppable
from support.load import Load, wait_for
from support.processes import NO_REDIS, Service, becomes_true, has_redis
from support.sentinels import Sentinels

from recsvc.cache.redis_names import RedisNames
from recsvc.model.registry import Registry

pytestmark = pytest.mark.skipif(not has_redis(), reason=NO_REDIS)
ADA = "/v1/recommend?user_id=ada"
PROMISED_SECONDS = 1.0


@pytest.fixture
def sentinels(tmp_path: Path) -> Iterator[Sentinels]:
    with Sentinels(tmp_path) as running:
        yield running


@pytest.fixture
def services(sentinels: Sentinels, registry: Registry, tmp_path: Path) -> Iterator[list[Service]]:
    running = [
        Service(
            registry.directory, tmp_path / f"log-{number}", workers=1, redis_url=sentinels.url,
            program=(droppable.__file__,), redis_namespace="shop", redis_timeout_seconds=0.1,
        )
        for number in range(2)
    ]  # fmt: skip
    yield running
    for service in running:
        service.stop()


def problems(service: Service) -> list[str]:
    return service.get("/health/ready")[1]["problems"]


def tier(service: Service) -> str:
    return service.get(ADA)[2]["x-recsvc-cache"]


def hears_of_it(here: Service, there: Service) -> bool:
    """Return whether a list that is kept there is gone within a second after it was invalidated here."""
    if not becomes_true(lambda: tier(there) == "near"):
        return False
    here.get("/test/drop?user_id=ada")
    began = time.monotonic()
    while tier(there) == "near":
        if time.monotonic() - began > PROMISED_SECONDS:
            return False
    return True


def lose_primary(sentinels: Sentinels) -> None:
    sentinels.servers[0].kill()


def lose_primary_and_a_sentinel(sentinels: Sentinels) -> None:
    sentinels.kill_sentinel(0)  # the one that is asked first
    sentinels.servers[0].kill()


def hang_primary(sentinels: Sentinels) -> None:
    sentinels.servers[0].hang()


@pytest.mark.parametrize(
    "change",
    [
        Sentinels.fail_over,
        pytest.param(lose_primary, marks=pytest.mark.long),
        pytest.param(lose_primary_and_a_sentinel, marks=pytest.mark.long),
        pytest.param(hang_primary, marks=pytest.mark.long),
    ],
)
def test_a_failover_costs_no_answer_and_is_followed(
    change: Callable[[Sentinels], None], sentinels: Sentinels, services: list[Service], registry: Registry
) -> None:
    here, there = services
    assert [problems(one) for one in services] == [[], []]
    assert hears_of_it(here, there)
    items = {registry.current_version(): set(registry.load().model.items.ids)}
    with Load(here, items).running(2) as load:
        change(sentinels)
        assert becomes_true(lambda: sentinels.primary_port() == sentinels.servers[1].port, 30)
        assert wait_for(lambda: [problems(one) for one in services] == [[], []], 15)
    assert load.faults == []
    assert set(load.statuses) == {200}
    assert hears_of_it(here, there)
    assert hears_of_it(there, here)
    with sentinels.client(sentinels.servers[1]) as primary:
        assert becomes_true(lambda: primary.pubsub_numsub(RedisNames("shop").channel)[0][1] == 2), (
            "they listen elsewhere"
        )
        assert primary.keys("recsvc:shop:list:*")
