import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from redis import Redis
from support.load import wait_for
from support.models import release
from support.processes import RedisServer, free_port

from recsvc.cli.main import recsvc
from recsvc.errors import RecsvcError
from recsvc.model.model import Model
from recsvc.model.registry import Registry


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(recsvc, [str(argument) for argument in arguments])


def test_versions_are_listed_newest_first_with_the_live_one_marked(registry: Registry, model: Model) -> None:
    registry.publish(model, release("2026"), activate=False)
    lines = run("models", "list", "--models-dir", registry.directory).output.splitlines()
    assert [line.split()[0] for line in lines] == ["version", "2026", "*"]
    assert lines[2].split()[1:] == ["1", "2026-01-02", "03:04", "2026-01-01", "4", "7"]


def test_a_long_version_name_is_shown_whole(registry: Registry, model: Model) -> None:
    name = "20261122T231336123Z-abcdef"
    registry.publish(model, release(name))
    assert name in run("models", "list", "--models-dir", registry.directory).output


def test_an_empty_directory_is_said_to_be_empty(tmp_path: Path) -> None:
    words = run("models", "list", "--models-dir", tmp_path).output.split()
    assert words[-4:] == ["has", "no", "versions", "yet"]


def test_a_manifest_is_shown_as_json(registry: Registry) -> None:
    assert '"model_version": "1"' in run("models", "show", "--models-dir", registry.directory).output


def test_activating_and_rolling_back_say_what_is_live(registry: Registry, model: Model) -> None:
    registry.publish(model, release("2"))
    assert run("models", "rollback", "--models-dir", registry.directory).output == "1 is live\n"
    assert run("models", "activate", "2", "--models-dir", registry.directory).output == "2 is live\n"
    assert registry.current_version() == "2"


def test_the_demo_says_so_where_only_the_service_is_installed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "training", None)
    refused = run("demo", "--once", "--directory", tmp_path / "demo").exception
    assert isinstance(refused, RecsvcError)
    assert "pip install recsvc[train]" in str(refused)
    assert not (tmp_path / "demo").exists()


def warm(registry: Registry, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "recsvc", "warm", "--models-dir", str(registry.directory), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


def test_warming_says_what_was_written_and_what_was_there(registry: Registry, own_redis: RedisServer) -> None:
    first = warm(registry, "--redis-url", own_redis.url)
    second = warm(registry, "--redis-url", own_redis.url, "--placement", "discover", "--placement", "for_you")
    assert (first.returncode, second.returncode) == (0, 0), first.stderr + second.stderr
    assert "4 lists written, 0 were there" in first.stdout
    assert "4 lists written, 4 were there" in second.stdout
    assert "for the lists of 4 shoppers" in second.stdout


def test_warming_is_ended_by_an_interrupt_and_says_how_far_it_is(
    registry: Registry, own_redis: RedisServer
) -> None:
    command = [sys.executable, "-m", "recsvc", "warm", "--models-dir", str(registry.directory)]
    slow = [*command, "--redis-url", own_redis.url, "--rate", "0.1"]
    with subprocess.Popen(slow, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        with Redis.from_url(own_redis.url) as client:
            assert wait_for(lambda: client.dbsize() == 2)  # a list and the epoch
        time.sleep(0.5)  # until it waits for the next turn
        process.send_signal(signal.SIGINT)
        said, errors = process.communicate(timeout=20)
    assert (process.returncode, errors) == (130, "")
    assert said == "Ended after 1 of 4 lists. Another run goes on from there.\n"


def test_warming_without_a_redis_is_refused(registry: Registry) -> None:
    done = warm(registry)
    assert (done.returncode, "--redis-url" in done.stderr) == (1, True)


def test_warming_ends_with_1_when_redis_is_lost(registry: Registry) -> None:
    done = warm(registry, "--redis-url", f"redis://127.0.0.1:{free_port()}/0")
    assert done.returncode == 1
    assert "Ended after 0 of 4 lists; those stay" in done.stderr
