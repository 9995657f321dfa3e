"""What stands in Redis was written by anybody: it is a list, or a miss."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from hypothesis import example, given
from hypothesis import strategies as st
from redis import Redis
from support.mutations import ODD_BYTES, as_json, mutated_bytes, mutated_values
from support.processes import RedisServer

from recsvc.app import EXTENSION, create_app
from recsvc.cache.finished_list import Kept
from recsvc.cache.subscription import MAX_WITHHELD_SECONDS, _read
from recsvc.settings.settings import Settings

LISTS = [
    [
        {
            "strategy": "personalized",
            "words": ["als", "because_you_bought", "milk", "rule"],
            "items": [["tea", 0.5, 0, 1, [2]], ["cake", 0.25, 3, 1, [], 7, 3]],
        }
    ],
    [{"strategy": "trending", "words": ["trending"], "items": [["tea", 1, 0, 0, []]], "id": "ab12"}] * 2,
]
VALUES = st.one_of(
    mutated_values(LISTS).map(as_json), mutated_bytes([as_json(one) for one in LISTS]), st.binary(max_size=40)
)


@given(VALUES)
@example(as_json([{"strategy": "x", "words": ["a"], "items": [["tea", float("nan"), 0, 0, []]]}]))
@example(as_json([{"strategy": "x", "words": ["a"], "items": [[[], 1, 0, 0, []]]}]))
@example(as_json([{"strategy": "x", "words": [[]], "items": [["tea", 1, 0, 0, []]]}]))
@example(as_json([{"strategy": "x", "words": ["a"], "items": [["\ud800", 1, 0, 0, []]]}]))
def test_a_kept_list_is_one_that_can_be_answered_or_none(packed: bytes) -> None:
    kept = Kept.unpack(packed)
    for made in kept or ():
        rows = [made.rows, made.available({"tea"})]
        answer = [[made.item(row, 1) for row in some] for some in rows]
        json.dumps(
            [made.strategy, made.recommendation_id, answer], allow_nan=False, ensure_ascii=False
        ).encode()


ANNOUNCED = [{"origin": 5, "bucket": 7, "withheld_seconds": 0}, {"origin": 5, "bucket": 7}]


@given(
    st.one_of(
        mutated_values(ANNOUNCED).map(as_json),
        mutated_bytes([as_json(one) for one in ANNOUNCED]),
        st.binary(),
    )
)
def test_an_announcement_is_read_or_means_everyone(data: bytes) -> None:
    origin, bucket, seconds = _read(data)
    assert (type(origin), type(bucket), type(seconds)) == (int, int, float)
    assert 0 <= seconds <= MAX_WITHHELD_SECONDS


@pytest.fixture
def client(
    published: Path, shared_redis: RedisServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[FlaskClient]:
    database_url = f"sqlite:///{tmp_path_factory.mktemp('kept')}/recsvc.db"
    settings = {"redis_url": shared_redis.url, "database_url": database_url, "log_level": "error"}
    app = create_app(Settings(models_dir=published, near_cache_bytes=0, **settings))
    yield app.test_client()
    app.extensions[EXTENSION].close()


TYPES = ("string", "hash", "list", "field", "field", "field")
ASKED = "/v1/recommend?user_id=ada&n=3"


@given(st.integers(0, 5), st.sampled_from(TYPES), VALUES | st.sampled_from(ODD_BYTES))
@example(1, "string", b"\xff")
def test_whatever_stands_in_redis_a_shopper_gets_their_list(
    client: FlaskClient, shared_redis: RedisServer, number: int, kind: str, value: bytes
) -> None:
    with Redis.from_url(shared_redis.url) as redis:
        redis.flushdb()
        right = client.get(ASKED)
        names = sorted(name for name in redis.scan_iter(b"recsvc:*"))
        name = names[number % len(names)] if names else b"recsvc:list:1:x"
        if kind == "field" and redis.type(name) == b"hash":
            redis.hset(name, redis.hkeys(name)[0], value)
        else:
            redis.delete(name)
            _write(redis, name, kind, value)
        found = client.get(ASKED)
        assert found.status_code == 200, found.data
        json.loads(found.data, parse_constant=_refuse)
        assert (
            client.post(
                "/v1/events", json={"type": "view", "user_id": "ada", "item_id": "unknown"}
            ).status_code
            == 202
        )
        assert client.get(ASKED).json["items"] == right.json["items"]


def _write(redis: Redis, name: bytes, kind: str, value: bytes) -> None:
    if kind == "hash":
        redis.hset(name, value, value)
    elif kind == "list":
        redis.rpush(name, value)
    else:
        redis.set(name, value)


def _refuse(constant: str) -> None:
    raise AssertionError(f"the answer holds {constant}, which is no JSON")
