import signal
import subprocess
import sys
import time

from redis import Redis
from support.load import wait_for
from support.processes import RedisServer, free_port

from recsvc.model.registry import Registry


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
