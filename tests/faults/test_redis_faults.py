"""Whatever Redis answers, shoppers get the lists that a service without Redis gives."""

import json
import random
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest
from redis import Redis
from support.load import wait_for
from support.metrics import total
from support.processes import RedisServer, Service
from support.redis_proxy import CLOSED, ENDLESS, ERRORS, GARBAGE, REPLIES, SILENT, Fault, RedisProxy

from recsvc.store.store import DATABASE_FILE, open_store

PATHS = (
    "/v1/recommend?user_id=ada&n=3",
    "/v1/recommend?user_id=bob&placement=discover",
    "/v1/recommend?placement=similar&item_id=tea",
    "/v1/recommend?user_id=ann&placement=buy_again",
)
ANSWERS = (
    *(b"-%s\r\n" % error for error in ERRORS),
    *REPLIES,
    *GARBAGE,
    CLOSED,
    ENDLESS,
)
COMMANDS = (b"HGET", b"GET", b"SET", b"EVALSHA", b"EVAL", b"SCRIPT LOAD", b"DEL", b"PUBLISH",
            b"EXISTS", b"HELLO", b"CLIENT SETINFO", b"SELECT", b"SUBSCRIBE", b"PING")  # fmt: skip
"""What the service asks of Redis, in requests, in the background and while it connects."""

DEADLINE_SECONDS = 2.0


@dataclass
class Wire:
    """A service behind a proxy, one without any Redis, and the proxy."""

    service: Service
    plain: Service
    proxy: RedisProxy
    redis: Redis

    def check(self, paths: tuple[str, ...] = PATHS) -> None:
        """Both services answer alike, and at once."""
        for path in paths:
            started = time.monotonic()
            assert raw(self.service, path) == raw(self.plain, path)
            assert time.monotonic() - started < DEADLINE_SECONDS

    def forget_lists(self) -> None:
        for name in self.redis.scan_iter("recsvc:wire:list:*"):
            self.redis.delete(name)

    def post(self, event: dict[str, str]) -> None:
        for one in (self.plain, self.service):
            assert one.post("/v1/events", event)[0] == 202

    def is_whole(self) -> bool:
        """Lists come from the caches, and nothing is wrong."""
        health = self.service.get("/health/ready")[1]
        return health["status"] == "ok"

    def assert_whole(self) -> None:
        self.proxy.fault = None
        assert wait_for(self.is_whole, 12), self.service.get("/health/ready")[1]


def raw(service: Service, path: str) -> tuple[int, bytes]:
    try:
        with urlopen(service.base + path, timeout=10) as response:
            return response.status, response.read()
    except HTTPError as error:
        with error:
            return error.code, error.read()


@pytest.fixture(scope="module")
def wire(
    shared_redis: RedisServer, published: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Wire]:
    folder = tmp_path_factory.mktemp("redis-faults")
    models = [Path(shutil.copytree(published, folder / "wire")), folder / "plain"]
    with closing(open_store(f"sqlite:///{models[0] / DATABASE_FILE}")) as store:
        store.prepare()
    shutil.copytree(*models)  # with the store: what signs the ids of lists is the same
    with closing(RedisProxy(shared_redis.port)) as proxy, Redis.from_url(shared_redis.url) as redis:
        service = Service(
            models[0], folder / "log", workers=1, redis_url=proxy.url, redis_pause_seconds=0.02,
            redis_namespace="wire", near_cache_bytes=0, rate_limit="100000/second",
        )  # fmt: skip
        plain = Service(models[1], folder / "plain-log", workers=1, near_cache_bytes=0)
        yield Wire(service, plain, proxy, redis)
        service.stop()
        plain.stop()
        log = (folder / "log").read_text()
        assert "Traceback" not in log, log


@pytest.fixture(autouse=True)
def _whole(wire: Wire) -> Iterator[None]:
    wire.assert_whole()
    yield
    wire.assert_whole()


def sample(seed: int, choices: tuple[bytes, ...], n: int) -> list[bytes]:
    return random.Random(seed).sample(choices, n)  # noqa: S311 - chooses what fails


def other_users(seed: int) -> Callable[[], str]:
    """Return what names users whom no cache knows yet."""
    numbers = iter(range(10**6))
    return lambda: f"user-{seed}-{time.monotonic_ns()}-{next(numbers)}"


def test_each_answer_to_every_command(wire: Wire, fault_seed: int) -> None:
    new = other_users(fault_seed)
    for number, answer in enumerate((*ANSWERS, SILENT)):
        wire.proxy.fault = Fault(answer)
        wire.check((*PATHS, f"/v1/recommend?user_id={new()}"))
        if number % 6 == fault_seed % 6:
            wire.post({"type": "view", "user_id": new(), "item_id": "tea"})
        wire.proxy.fault = None
        wire.check(PATHS[:1])
    assert wire.proxy.n_faults > len(ANSWERS)


@pytest.mark.long
@pytest.mark.parametrize("command", COMMANDS, ids=lambda name: name.decode())
def test_each_command_answered_otherwise(wire: Wire, fault_seed: int, command: bytes) -> None:
    new, before = other_users(fault_seed), wire.proxy.n_faults
    if command in (b"HELLO", b"CLIENT SETINFO", b"SELECT", b"SUBSCRIBE"):
        wire.redis.client_kill_filter(_type="normal", skipme=True)
        wire.redis.client_kill_filter(_type="pubsub", skipme=True)
    if command in (b"SCRIPT LOAD", b"EVAL"):
        wire.redis.script_flush()
    if command == b"GET":
        wire.service.get("/v1/recommend?user_id=ada")
    for answer in sample(fault_seed * 100 + COMMANDS.index(command), ANSWERS, 6):
        user_id = new()
        wire.proxy.fault = Fault(answer, lambda name: name == command)
        wire.check((PATHS[0], f"/v1/recommend?user_id={user_id}", f"/v1/recommend?user_id={user_id}"))
        wire.post({"type": "dislike", "user_id": user_id, "item_id": "jam"})
        wire.check((f"/v1/recommend?user_id={user_id}",))
        wire.proxy.fault = None
        wire.check((f"/v1/recommend?user_id={user_id}",))
    assert wire.proxy.asked[command] > 0 or command in (
        b"SELECT",
        b"EXISTS",
        b"SET",
        b"SCRIPT LOAD",
        b"EVAL",
    ), command
    assert before <= wire.proxy.n_faults


def test_a_dislike_is_never_undone(wire: Wire, fault_seed: int) -> None:
    rng, new = random.Random(fault_seed), other_users(fault_seed)  # noqa: S311 - chooses what fails
    disliked: list[str] = []
    lies = (b":0\r\n", b":1\r\n")
    for _ in range(12):
        user_id = new()
        path = f"/v1/recommend?user_id={user_id}"
        wire.check((path,))
        wire.check((path,))  # now it is in Redis, where it can
        answer, command = rng.choice((*ANSWERS, SILENT)), rng.choice((None, *COMMANDS))
        if answer in lies:
            continue
        wire.proxy.fault = Fault(answer, lambda name, command=command: command is None or name == command)
        if rng.random() < 0.5:
            wire.check((path,))
        wire.post({"type": "dislike", "user_id": user_id, "item_id": "jam"})
        disliked.append(user_id)
        assert_never_jam(wire, disliked[-3:])
        wire.proxy.fault = None
        assert_never_jam(wire, disliked[-3:])
    wire.assert_whole()
    assert_never_jam(wire, disliked)


def assert_never_jam(wire: Wire, user_ids: list[str]) -> None:
    for user_id in user_ids:
        status, body = raw(wire.service, f"/v1/recommend?user_id={user_id}")
        assert status == 200
        assert "jam" not in {item["item_id"] for item in json.loads(body)["items"]}


def test_values_of_others(wire: Wire, fault_seed: int) -> None:
    rng = random.Random(fault_seed)  # noqa: S311 - chooses what fails
    wire.forget_lists()
    wire.check()
    for _ in range(3):
        for name in wire.redis.scan_iter("recsvc:wire:*"):
            damage(wire.redis, name, rng)
        wire.check()
        wire.check()
    assert wire.is_whole(), wire.service.get("/health/ready")[1]


def damage(redis: Redis, name: bytes, rng: random.Random) -> None:
    if redis.type(name) != b"hash" or rng.random() < 0.3:
        redis.delete(name)
        [
            lambda: redis.set(name, rng.randbytes(30), ex=60),
            lambda: redis.set(name, "-12345678901234567890123", ex=60),
            lambda: redis.rpush(name, "x"),
            lambda: redis.sadd(name, "x"),
        ][rng.randrange(4)]()
        return
    fields = redis.hkeys(name)
    others = [one for one in redis.scan_iter("recsvc:wire:list:*") if redis.type(one) == b"hash"]
    theirs = [value for one in others for value in redis.hvals(one)]
    for field in fields:
        mine = redis.hget(name, field) or b""
        value = rng.choice(
            [
                b"", b"null", b"[" * 100_000, rng.randbytes(50), mine[: rng.randrange(len(mine) + 1)],
                mine.replace(b"jam", b"tea").replace(b'"of":"', b'"of":"x'), mine.replace(b'"words":[', b'"words":[1,'),
                mine.replace(b"1.0", b"NaN"), mine.replace(b"1.0", b"1e999"), *theirs,
            ]
        )  # fmt: skip
        if value != mine and not _is_plausible(value, mine):
            redis.hset(name, field, value)
    if rng.random() < 0.3:
        redis.hset(name, "g", rng.randbytes(4))  # a field that is none of ours


def _is_plausible(value: bytes, mine: bytes) -> bool:
    """Return whether ``value`` is a list under the very key of ``mine``: nobody can tell that it was not made here."""
    return value.partition(b',"lists"')[0] == mine.partition(b',"lists"')[0] and value.endswith(b"}]}") and len(
        value
    ) >= len(mine) and b"NaN" not in value and b"1e999" not in value and b'"words":[1,' not in value  # fmt: skip


def test_counters_of_a_rate_limit_that_others_wrote(wire: Wire) -> None:
    wire.check(PATHS[:1])
    for name in wire.redis.scan_iter("recsvc:wire:limit*"):
        for value in ("foreign", "999999999"):
            wire.redis.set(name, value)
            wire.check(PATHS)
        wire.redis.delete(name)
        wire.redis.rpush(name, "x")
        wire.check(PATHS)


def test_one_foreign_key_is_a_miss_of_that_key_alone(wire: Wire) -> None:
    wire.forget_lists()
    wire.check()
    wire.check()
    lost = wire.service.log.read_text().count("redis_lost")
    damaged = list(wire.redis.scan_iter("recsvc:wire:list:*"))[:1]
    for name in damaged:
        wire.redis.delete(name)
        wire.redis.set(name, "x", ex=60)
    wire.check()
    assert wire.is_whole(), wire.service.get("/health/ready")[1]
    wire.check()
    assert [wire.redis.type(name) for name in damaged] == [b"hash"]
    assert wire.service.log.read_text().count("redis_lost") == lost
    assert total(wire.service.text("/metrics"), "recsvc_redis_errors_total", concern="key") > 0


def test_memory_stays_bounded(wire: Wire) -> None:
    wire.check()
    before = peak_kilobytes(wire.service)
    for answer in (
        ENDLESS,
        b"*999999999\r\n",
        b"*4294967295\r\n",
        b"*9999\r\n" * 5_000,
        b"$999999999999\r\n",
    ):
        wire.proxy.fault = Fault(answer)
        for _ in range(4):
            wire.check(PATHS[:2])
            time.sleep(0.03)
        wire.proxy.fault = None
    # A thread that allocates for the first time reserves 128 MiB for a moment; each of these would take 400 MB or more.
    assert peak_kilobytes(wire.service) - before < 300_000


def peak_kilobytes(service: Service) -> int:
    text = Path(f"/proc/{service.workers()[0]}/status").read_text()
    return next(int(line.split()[1]) for line in text.splitlines() if line.startswith("VmPeak"))
