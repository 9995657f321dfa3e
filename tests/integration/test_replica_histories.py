"""Whatever shoppers and merchandisers do, at whichever of two replicas, the lists are those of one service alone."""

import os
import random
import shutil
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from support.keys import add_key
from support.models import ITEMS
from support.postgres import PostgresServer
from support.processes import RedisServer, Service, becomes_true
from support.proxies import NO_PROXY, has_proxies
from support.replicas import Answer, Replicas, replicas_behind

from recsvc.store.api_keys import Scope, Token
from recsvc.store.store import open_store

pytestmark = pytest.mark.skipif(not has_proxies(), reason=NO_PROXY)
SEED = int(os.environ.get("FAULT_SEED", "1"))
ROUNDS = int(os.environ.get("FAULT_ROUNDS", "3"))
KINDS = ("purchase", "purchase", "return", "view", "like", "dislike", "add_to_cart")
START = datetime(2026, 6, 1, tzinfo=UTC)
CONTROL = {"name": "control", "share": 0.5, "kind": "control"}
OTHERS = (
    {"name": "B", "share": 0.5, "kind": "placement", "placement": "trending"},
    {"name": "B", "share": 0.5, "kind": "rules", "rules": {"filter": 'item_id != "jam"'}},
)
DONE = (200, 201, 202, 204)
WAIT_SECONDS = 10.0
"""A second is promised; a busy machine gets more."""


@dataclass
class History:
    """Does the same at a replica and at the service alone.

    Attributes:
        log: what was done, to be read where a list differs.
    """

    replicas: Replicas
    alone: Service
    key_of_alone: Token
    rng: random.Random
    log: list[str] = field(default_factory=list)

    def step(self, *, breaks: bool) -> None:
        """Do one thing."""
        ways = [self.post] * 8 + [self.merge, self.erase, self.rule, self.experiment]
        self.rng.choice([*ways, *([self.restart, self.lose_redis] if breaks else [])])()

    def post(self) -> None:
        number = len(self.log)
        owner = {"user_id": self.user()} if self.rng.random() < 0.7 else {"session_id": self.visit()}
        moment = START + timedelta(minutes=number)
        event = {"type": self.rng.choice(KINDS), "item_id": self.rng.choice(ITEMS), **owner}
        self.do("/v1/events", {**event, "event_id": f"e{number}", "occurred_at": moment.isoformat()})

    def merge(self) -> None:
        self.do(f"/v1/users/{self.user()}/merge", {"from_session_id": self.visit()})

    def erase(self) -> None:
        self.do(f"/v1/users/{self.user()}", method="DELETE")

    def rule(self) -> None:
        if self.rng.random() < 0.3:
            self.do("/v1/placements/trending", method="DELETE")
        else:
            body = {"filter": f'item_id != "{self.rng.choice(ITEMS)}"'}
            self.do("/v1/placements/trending", body, method="PUT")

    def experiment(self) -> None:
        if self.rng.random() < 0.4:
            self.do("/v1/experiments/first", method="DELETE")
        else:
            body = {"placement": "discover", "variants": [CONTROL, self.rng.choice(OTHERS)]}
            self.do("/v1/experiments/first", body, method="PUT")

    def restart(self) -> None:
        service = self.rng.choice(self.replicas.services)
        self.log.append(f"{service.port} is killed")
        service.kill()
        service.start()

    def lose_redis(self) -> None:
        self.log.append("Redis is killed")
        self.replicas.redis.kill()
        for _ in range(3):
            self.post()
        self.replicas.redis.start()

    def do(self, path: str, body: object = None, method: str | None = None) -> None:
        """Do the same at both; what the one refuses, the other does."""
        at = self.rng.choice([*self.replicas.services, *self.replicas.proxies.values()])
        found = self.replicas.ask(at, path, body, method=method).status
        expected = self.ask_alone(path, body, method).status
        self.log.append(f"{at.port}: {method or 'POST'} {path} {body} {found} {expected}")
        assert (found in DONE) == (expected in DONE), self.log

    def ask_alone(self, path: str, body: object = None, method: str | None = None) -> Answer:
        return self.replicas.ask(self.alone, path, body, method=method, X_API_Key=str(self.key_of_alone))

    def user(self) -> str:
        return self.rng.choice(("ada", "bob", "new-1", "new-2", "new-3"))

    def visit(self) -> str:
        return f"visit-{self.rng.randrange(4)}"

    def assert_one(self) -> None:
        """Ask everywhere for all lists, of both replicas, as often as a busy machine needs."""
        owners = [f"user_id={one}" for one in ("ada", "bob", "ann", "new-1", "new-2", "new-3")]
        owners += [f"session_id=visit-{number}" for number in range(4)]
        for owner in owners:
            for placement in ("for_you", "discover", "trending", "buy_again"):
                path = f"/v1/recommend?{owner}&placement={placement}&n=5"
                expected = _shown(self.ask_alone(path))
                for service in self.replicas.services:
                    assert self.gives(service, path, expected), (
                        path, expected, _shown(self.replicas.ask(service, path)), service.port, self.log,
                    )  # fmt: skip

    def gives(self, at: Service, path: str, expected: object) -> bool:
        """Return whether a replica gives the list that is expected, soon."""
        return becomes_true(lambda: _shown(self.replicas.ask(at, path)) == expected, WAIT_SECONDS)


def _shown(answer: Answer) -> tuple[int, Any, list[str]]:
    body = answer.body
    return answer.status, body.get("strategy"), [item["item_id"] for item in body.get("items", ())]


@pytest.fixture
def history(
    published: Path, shared_postgres: PostgresServer, own_redis: RedisServer, tmp_path: Path,
) -> Iterator[History]:  # fmt: skip
    models = Path(shutil.copytree(published, tmp_path / "alone"))
    with closing(open_store(f"sqlite:///{models}/recsvc.db")) as store:
        key = add_key(store.keys, Scope.ADMIN)
    url = shared_postgres.new_database()
    with replicas_behind(published, url, own_redis, tmp_path, workers=1) as replicas:
        alone = Service(models, tmp_path / "log-alone", workers=1)
        yield History(replicas, alone, key, random.Random())  # noqa: S311 - seeded by each test
        alone.stop()


def go_through(history: History, seed: int, n_steps: int, *, breaks: bool) -> None:
    history.rng.seed(seed)
    for number in range(n_steps):
        history.step(breaks=breaks)
        if number % 12 == 11:
            history.assert_one()
    history.assert_one()


def test_what_is_done_at_either_is_as_if_done_at_one(history: History) -> None:
    go_through(history, SEED, 24, breaks=False)


@pytest.mark.long
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("seed", range(SEED, SEED + ROUNDS))
def test_so_it_is_with_replicas_and_redis_killed_in_between(history: History, seed: int) -> None:
    go_through(history, seed, 120, breaks=True)
