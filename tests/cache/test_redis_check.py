from pathlib import Path

import pytest
from support.processes import NO_REDIS, RedisServer, free_port, has_redis
from support.sentinels import NAME, PASSWORD, SENTINEL_PASSWORD, Sentinels

from recsvc.cache.redis_check import check_redis
from recsvc.errors import SettingsError


def test_nothing_is_said_of_a_redis_that_does_all(shared_redis: RedisServer) -> None:
    assert check_redis(shared_redis.url, None) is None


def test_a_redis_that_is_away_does_not_keep_the_service_from_starting() -> None:
    assert "does it run where RECSVC_REDIS_URL says" in str(
        check_redis(f"redis://127.0.0.1:{free_port()}", None)
    )


def test_a_host_that_nobody_knows_is_said() -> None:
    assert "the host of RECSVC_REDIS_URL is not known" in str(
        check_redis("redis://no-such-host.invalid", None)
    )


def test_a_file_that_is_missing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"names ssl_ca_certs=.*/ca.pem, which is no file"):
        check_redis(f"rediss://localhost?ssl_ca_certs={tmp_path / 'ca.pem'}", None)


def test_a_cluster_is_refused_with_the_remedy(tmp_path: Path) -> None:
    server = RedisServer("--cluster-enabled", "yes", "--dir", str(tmp_path))
    with pytest.raises(
        SettingsError, match="is a node of a Redis Cluster, which is not supported: name a server"
    ):
        check_redis(server.url, None)
    server.kill()


@pytest.mark.skipif(not has_redis(), reason=NO_REDIS)
def test_wrong_words_to_sentinels_are_said_without_a_password(tmp_path: Path) -> None:
    with Sentinels(tmp_path) as sentinels:
        url = sentinels.url
        assert check_redis(url, None) is None
        for wrong, said in (
            (url.replace(f"/{NAME}/", "/other/"), "no sentinel names a server that works"),
            (
                url.replace("sentinel_password=", "sentinel_password=x"),
                "no sentinel names a server that works",
            ),
            (url.replace("://:", "://:x"), "refuses the user or the password"),
        ):
            told = str(check_redis(wrong, None))
            assert said in told
            assert PASSWORD not in told
            assert SENTINEL_PASSWORD not in told
        port = url.partition(",")[0].rpartition(":")[2]
        with pytest.raises(
            SettingsError, match=r"is a sentinel and keeps no lists: name it as redis\+sentinel://"
        ):
            check_redis(f"redis://:{SENTINEL_PASSWORD}@127.0.0.1:{port}", None)
