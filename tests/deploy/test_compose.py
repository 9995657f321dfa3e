"""deploy/compose.yaml without Docker: what each container may do, and its commands as processes."""

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
import yaml
from redis import AuthenticationError, Redis
from redis.exceptions import NoPermissionError
from support.models import release, small_model
from support.processes import NO_REDIS, RedisServer, Service, has_redis

from recsvc.model.registry import Registry

COMPOSE: dict[str, Any] = yaml.safe_load((Path(__file__).parents[2] / "deploy" / "compose.yaml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]


def inline(text: str) -> str:
    """Return what a container gets: compose fills in variables and turns $$ into $."""
    return re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", text).replace("$$", "$")


@pytest.mark.parametrize("name", SERVICES)
def test_each_container_is_confined(name: str) -> None:
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["tmpfs"] == ["/tmp"]  # noqa: S108 - in a container
    assert service["cap_drop"] == ["ALL"]
    assert re.fullmatch(r"\d+[mg]", inline(service["mem_limit"]))
    assert service["pids_limit"] <= 512
    assert set(service["logging"]["options"]) == {"max-size", "max-file"}
    assert service["restart"] == ("no" if name == "init" else "unless-stopped")


def test_images_are_pinned() -> None:
    for service in SERVICES.values():
        if "build" in service:
            assert re.fullmatch(r"\d+\.\d+\.\d+", inline(service["build"]["args"]["PYTHON_VERSION"]))
        else:
            assert re.fullmatch(r"[a-z]+:\d+\.\d+\.\d+-alpine@sha256:[0-9a-f]{64}", service["image"])


def test_what_is_published_is_on_loopback_and_volumes_exist() -> None:
    assert [port for service in SERVICES.values() for port in service.get("ports", [])] == [
        "127.0.0.1:${RECSVC_PORT:-8000}:8000"
    ]
    mounted = {mount.split(":")[0] for service in SERVICES.values() for mount in service.get("volumes", [])}
    assert {name for name in mounted if not name.startswith(".")} == set(COMPOSE["volumes"])


def init(secrets: Path) -> None:
    """Run what the container ``init`` runs."""
    *shell, script = [*SERVICES["init"]["entrypoint"], *SERVICES["init"]["command"]]
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    command = [*shell, inline(script).replace("/secrets", str(secrets))]
    subprocess.run(command, env={"PATH": path}, check=True)


@pytest.fixture
def secrets(tmp_path: Path) -> Path:
    directory = tmp_path / "secrets"
    directory.mkdir()
    init(directory)
    return directory


@pytest.fixture
def redis(secrets: Path) -> Iterator[RedisServer]:
    """Redis with the options that it has in its container."""
    if not has_redis():
        pytest.skip(NO_REDIS)
    options = shlex.split(SERVICES["redis"]["command"].replace("/secrets", str(secrets)))[1:]
    server = RedisServer(*options, needs_password=True)
    address = secrets / "recsvc_redis_url"
    address.write_text(address.read_text().replace("@redis:6379", f"@127.0.0.1:{server.port}"))
    yield server
    server.kill()


def test_the_password_is_made_once_and_redis_gets_a_hash_of_it(secrets: Path) -> None:
    before = {path.name: path.read_text() for path in secrets.iterdir()}
    init(secrets)
    assert {path.name: path.read_text() for path in secrets.iterdir()} == before
    assert set(before) == {"redis.acl", "recsvc_redis_url"}
    [password] = re.findall(r"redis://recsvc:([\w-]{43})@redis:6379/0\n", before["recsvc_redis_url"])
    assert password not in before["redis.acl"]
    assert {path.stat().st_mode & 0o777 for path in secrets.iterdir()} == {0o600}


def test_redis_answers_only_with_the_password_and_only_for_recsvc(secrets: Path, redis: RedisServer) -> None:
    with Redis.from_url(redis.url) as stranger, pytest.raises(AuthenticationError):
        stranger.get("recsvc:list")
    with Redis.from_url((secrets / "recsvc_redis_url").read_text().strip()) as client:
        assert client.set("recsvc:list:1:x", "1")
        for refused in (
            lambda: client.set("other", "1"),
            lambda: client.publish("other", "1"),
            lambda: client.config_get("*"),
            client.flushall,
        ):
            with pytest.raises(NoPermissionError):
                refused()
    probe = SERVICES["redis"]["healthcheck"]["test"][1].replace("redis-cli", f"redis-cli -p {redis.port}")
    assert subprocess.run(["sh", "-c", probe], check=False).returncode == 0


def test_the_service_comes_up_closed_and_opens_with_the_first_key(
    secrets: Path, redis: RedisServer, tmp_path: Path
) -> None:
    Registry(tmp_path / "models").publish(small_model(), release("1"))
    environment = {
        name.removeprefix("RECSVC_").lower(): inline(value).replace("/secrets", str(secrets))
        for name, value in SERVICES["service"]["environment"].items()
    }
    del environment["workers"]
    store = f"sqlite:///{tmp_path}/store.db"
    service = Service(tmp_path / "models", tmp_path / "log", workers=1, database_url=store, **environment)
    lists = service.base + "/v1/recommend?user_id=ada"
    try:
        with pytest.raises(HTTPError) as refused, urlopen(lists, timeout=10):
            pass
        refused.value.close()
        assert refused.value.code == 401
        assert service.get("/health/ready")[0] == 200
        create = [
            sys.executable,
            "-m",
            "recsvc",
            "keys",
            "create",
            "--scope",
            "admin",
            "--database-url",
            store,
        ]
        key = subprocess.run(create, capture_output=True, text=True, check=True).stdout.strip()
        request = Request(lists, headers={"Authorization": f"Bearer {key}"})
        assert _becomes_200(request)
        with Redis.from_url((secrets / "recsvc_redis_url").read_text().strip()) as client:
            assert list(client.scan_iter("recsvc:*:list:*"))
        log = service.log.read_text()
        assert "no_keys_yet" in log
        assert "redis_lost" not in log
        assert "subscription_lost" not in log
        assert key not in log
    finally:
        service.stop()


def _becomes_200(request: Request) -> bool:
    for _ in range(100):
        try:
            with urlopen(request, timeout=10) as response:
                return bool(response.status == 200)
        except HTTPError as error:
            error.close()
    return False
