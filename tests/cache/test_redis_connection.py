"""Each kind of Redis that there is, as a real server."""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest
from redis import Redis
from support.caches import finished, key_of, names_of_tests, redis_cache
from support.certificates import Authority
from support.moving_name import MovingName
from support.processes import NO_REDIS, RedisServer, becomes_true, free_port, has_redis

from recsvc.cache.cache import Hit, Miss
from recsvc.cache.epochs import Epochs
from recsvc.cache.key import tag_of
from recsvc.cache.redis_connection import connect
from recsvc.cache.subscription import Subscription
from recsvc.ranking.query import UserKey

pytestmark = pytest.mark.skipif(not has_redis(), reason=NO_REDIS)
KEY = key_of("redis")
AT_ONCE = ("--repl-diskless-sync-delay", "0")
"""A replica that comes is given everything at once."""
NO_FILE = ("--repl-diskless-load", "swapdb")
Starts = Callable[..., RedisServer]


@pytest.fixture
def start() -> Iterator[Starts]:
    with ExitStack() as stack:

        def begin(*options: str, needs_password: bool = False) -> RedisServer:
            server = RedisServer(*options, needs_password=needs_password)
            stack.callback(server.kill)
            return server

        yield begin


def keeps_lists(url: str) -> bool:
    """Return whether what one process keeps there another one finds, until it is invalidated."""
    here, there = redis_cache(url), redis_cache(url)
    try:
        looked = here.get(KEY)
        assert isinstance(looked, Miss)
        here.put(KEY, finished("tea"), looked)
        is_found = isinstance(there.get(KEY), Hit)
        there.invalidate(tag_of(UserKey("user", "redis")))
        return is_found and isinstance(here.get(KEY), Miss) and here.health.problem is None
    finally:
        here.close()
        there.close()


def problem_with(url: str) -> str | None:
    """Return what health says after one look."""
    with closing(redis_cache(url)) as cache:
        cache.get(KEY)
        return cache.health.problem


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("certificates"))


def tls_options(authority: Authority, subject: str, *options: str) -> list[str]:
    certificate, key = authority.issue("server", subject)
    files = [
        "--tls-cert-file",
        str(certificate),
        "--tls-key-file",
        str(key),
        "--tls-ca-cert-file",
        str(authority.ca),
    ]
    return ["--tls-port", str(free_port()), *files, *options]


def test_tls_with_a_ca_of_ones_own(start: Starts, authority: Authority, tmp_path: Path) -> None:
    options = tls_options(authority, "IP:127.0.0.1", "--tls-auth-clients", "no")
    start(*options)
    url = f"rediss://127.0.0.1:{options[1]}"
    assert keeps_lists(f"{url}?ssl_ca_certs={authority.ca}")
    assert "is not trusted" in str(problem_with(url))
    other = Authority(tmp_path, "other")
    assert "name its CA as ?ssl_ca_certs=FILE" in str(problem_with(f"{url}?ssl_ca_certs={other.ca}"))


def test_a_certificate_of_another_host_is_refused_by_name(start: Starts, authority: Authority) -> None:
    options = tls_options(authority, "DNS:redis.example", "--tls-auth-clients", "no")
    start(*options)
    problem = problem_with(f"rediss://127.0.0.1:{options[1]}?ssl_ca_certs={authority.ca}")
    assert "mismatch" in str(problem)
    assert "the host as the certificate does" in str(problem)


def test_a_client_certificate_is_shown_where_it_is_asked_for(start: Starts, authority: Authority) -> None:
    options = tls_options(authority, "IP:127.0.0.1")
    start(*options)
    certificate, key = authority.issue("client", "DNS:recsvc")
    url = f"rediss://127.0.0.1:{options[1]}?ssl_ca_certs={authority.ca}"
    assert keeps_lists(f"{url}&ssl_certfile={certificate}&ssl_keyfile={key}")
    assert "do not agree on TLS" in str(problem_with(url))


def test_a_unix_socket(start: Starts, tmp_path: Path) -> None:
    path = tmp_path / "redis.sock"
    start("--unixsocket", str(path))
    assert keeps_lists(f"unix://{path}?db=1")
    assert "is not where RECSVC_REDIS_URL says" in str(problem_with(f"unix://{path}x"))


def test_a_node_of_a_cluster_is_refused_by_name(start: Starts, tmp_path: Path) -> None:
    server = start("--cluster-enabled", "yes", "--dir", str(tmp_path))
    assert "a node of a Redis Cluster, which is not supported" in str(problem_with(server.url))


def test_a_wrong_password_is_said(start: Starts) -> None:
    server = start("--requirepass", "right", needs_password=True)
    assert keeps_lists(f"redis://:right@127.0.0.1:{server.port}")
    for who in ("", ":wrong@"):
        problem = problem_with(f"redis://{who}127.0.0.1:{server.port}")
        assert "refuses the user or the password" in str(problem)
        assert "wrong@" not in str(problem)


def test_a_user_may_have_two_passwords_while_one_follows_the_other(start: Starts) -> None:
    server = start()
    url = "redis://shop:{}@127.0.0.1:" + str(server.port)
    with Redis.from_url(server.url) as operator:
        operator.execute_command("ACL", "SETUSER", "shop", "on", ">old", "~*", "&*", "+@all")
        with closing(redis_cache(url.format("old"))) as old:
            assert isinstance(old.get(KEY), Miss)
            operator.execute_command("ACL", "SETUSER", "shop", ">new")
            assert keeps_lists(url.format("old"))
            assert keeps_lists(url.format("new"))
            operator.execute_command("ACL", "SETUSER", "shop", "<old")
            old.get(KEY)
            assert old.health.problem is None  # who is in stays in
        assert "refuses the user or the password" in str(problem_with(url.format("old")))
        assert keeps_lists(url.format("new"))


@pytest.mark.parametrize("command", ["HELLO", "CLIENT", "CONFIG", "INFO", "KEYS", "ROLE"])
def test_commands_that_a_service_takes_away_are_not_needed(start: Starts, command: str) -> None:
    assert keeps_lists(start("--rename-command", command, "").url)


def test_a_connection_that_the_server_closed_for_idling_is_no_failure(start: Starts) -> None:
    server = start("--timeout", "1")
    epochs = Epochs()
    listener = Subscription(
        connect(server.url, timeout_seconds=0.5, max_connections=1), names_of_tests, epochs, lambda: None
    )
    with closing(redis_cache(server.url, epochs=epochs)) as cache, Redis.from_url(server.url) as operator:
        listener.start()
        cache.get(KEY)
        assert operator.info("clients")["connected_clients"] == 3
        before = epochs.stamp(7)
        time.sleep(2.5)
        assert operator.info("clients")["connected_clients"] == 2  # the listener's and this one's
        looked = cache.get(KEY)
        assert isinstance(looked, Miss)
        assert looked.generation is not None
        assert cache.health.problem is None
        assert epochs.is_trusted()
        assert epochs.stamp(7) == before  # the subscription was never lost
        listener.stop()


def replica_of(primary: RedisServer, start: Starts) -> RedisServer:
    replica = start("--replicaof", "127.0.0.1", str(primary.port), *NO_FILE)
    with Redis.from_url(replica.url) as client:
        assert becomes_true(lambda: client.info("replication")["master_link_status"] == "up")
    return replica


def test_a_replica_is_read_and_named(start: Starts) -> None:
    primary = start(*AT_ONCE)
    replica = replica_of(primary, start)
    with closing(redis_cache(replica.url)) as cache:
        looked = cache.get(KEY)
        cache.put(KEY, finished("tea"), looked if isinstance(looked, Miss) else Miss())
        cache.invalidate(tag_of(UserKey("user", "redis")))
        assert "a read-only replica, name its primary" in str(cache.health.problem)


def test_when_a_name_becomes_that_of_another_server_it_is_followed(start: Starts) -> None:
    primary = start(*AT_ONCE)
    replica = replica_of(primary, start)
    epochs = Epochs()
    with closing(MovingName(primary.port)) as name, closing(redis_cache(name.url, epochs=epochs)) as cache:
        listener = Subscription(
            connect(name.url, timeout_seconds=0.5, max_connections=1), names_of_tests, epochs, cache.keep_up
        )
        listener.start()
        assert isinstance(cache.get(KEY), Miss)
        with Redis.from_url(replica.url) as promoted, Redis.from_url(primary.url) as demoted:
            promoted.replicaof("NO", "ONE")
            demoted.replicaof("127.0.0.1", replica.port)
            name.stands_for(replica.port)  # connections to the server of before stay
            cache.invalidate(tag_of(UserKey("user", "redis")))
            assert becomes_true(lambda: cache.health.problem is None and epochs.is_trusted())
            assert becomes_true(lambda: promoted.pubsub_numsub(names_of_tests().channel)[0][1] == 1)
        listener.stop()
