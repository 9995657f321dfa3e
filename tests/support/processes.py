"""Real servers for tests: started on a free port of loopback, ended by their own process id."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from http.client import HTTPConnection
from itertools import cycle
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

from redis import AuthenticationError, Redis, RedisError

NO_REDIS = "needs redis-server on the PATH: apt-get install redis-server"


def has_redis() -> bool:
    return shutil.which("redis-server") is not None


PORTS = range(10_000, 30_000)
"""Below those that the kernel gives to connections, so that none takes a port before its server listens on it."""
N_LANES = 8


def _lane(worker: str, pid: int) -> Iterator[int]:
    """Yield the ports of one worker of pytest-xdist over and over; workers beside each other share none."""
    own = PORTS[int(worker.removeprefix("gw")) % N_LANES :: N_LANES]
    start = pid % len(own)
    return cycle([*own[start:], *own[:start]])


_ports = _lane(os.environ.get("PYTEST_XDIST_WORKER", "gw0"), os.getpid() * 101)


def free_port() -> int:
    """Return a port of loopback on which nobody listens, and which is not returned again soon."""
    return next(port for port in _ports if _is_free(port))


def _is_free(port: int) -> bool:
    with closing(socket.socket()) as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def becomes_true(condition: Callable[[], bool], seconds: float = 10) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.05)
    return False


class RedisServer:
    """A Redis that keeps nothing on disk."""

    def __init__(self, *options: str, needs_password: bool = False) -> None:
        self._needs_password = needs_password
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self._options = options
        self.start()

    def start(self) -> None:
        self._process = subprocess.Popen(
            ["redis-server", "--port", str(self.port), "--bind", "127.0.0.1", "--save", "", *self._options],
            stdout=subprocess.DEVNULL,
        )
        with Redis.from_url(
            self.url, protocol=2
        ) as client:  # the third begins with a command that may be forbidden
            _wait_for(lambda: _answers(client, self._needs_password), f"redis-server on port {self.port}")

    def hang(self) -> None:
        self._process.send_signal(signal.SIGSTOP)

    def go_on(self) -> None:
        self._process.send_signal(signal.SIGCONT)

    def kill(self) -> None:
        self.go_on()
        self._process.kill()
        self._process.wait()


class Service:
    """``recsvc serve`` in processes of its own."""

    def __init__(
        self,
        models_dir: Path,
        log: Path,
        *,
        workers: int = 2,
        redis_url: str | None = None,
        database_url: str | None = None,
        program: Sequence[str] = ("-m", "recsvc", "serve"),
        start_seconds: float = 20,
        **settings: object,
    ) -> None:
        self._start_seconds = start_seconds
        self.port = free_port()
        self.base = f"http://127.0.0.1:{self.port}"
        self._options = ["--models-dir", str(models_dir), "--port", str(self.port), "--workers", str(workers)]
        if redis_url:
            self._options += ["--redis-url", redis_url]
        if database_url:
            self._options += ["--database-url", database_url]
        self.log = log
        self._connections: list[HTTPConnection] = []
        self._command = [sys.executable, *program, *self._options]
        self._n_workers = workers
        self._variables = {f"RECSVC_{name.upper()}": str(one) for name, one in settings.items()}
        log.write_text("")
        self.start()

    def start(self) -> None:
        """Start it, for the first time or again."""
        started = self.log.read_text().count("Started worker-")
        with self.log.open("a") as file:
            self._process = subprocess.Popen(
                self._command, stderr=file, env={**os.environ, **self._variables}, start_new_session=True
            )
        try:
            self._await_workers(started + self._n_workers)
        except TimeoutError:
            self.kill()
            raise

    def _await_workers(self, n_started: int) -> None:
        _wait_for(
            lambda: self.status("/health/live") == 200,
            f"the service; its log is {self.log.read_text()}",
            self._start_seconds,
        )
        # A worker that is told to stop while it starts does not hear it.
        _wait_for(lambda: self.log.read_text().count("Started worker-") >= n_started, "each of its workers")

    def kill(self) -> None:
        """Kill the main process and its workers at one moment, as a loss of power would."""
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait(timeout=20)

    def kill_main(self) -> None:
        """Kill the main process alone."""
        self._process.kill()
        self._process.wait(timeout=20)

    def start_another(self) -> "subprocess.CompletedProcess[str]":
        """Start a second service on the same port, and return how it ended."""
        return subprocess.run(self._command, capture_output=True, text=True, timeout=30, check=False)

    def get(self, path: str) -> tuple[int, dict[str, Any], dict[str, str]]:
        """Return status, JSON body and headers (names in lower case)."""
        return _exchange(self.base + path)

    def post(self, path: str, body: Any) -> tuple[int, dict[str, Any], dict[str, str]]:
        data = json.dumps(body).encode()
        return _exchange(Request(self.base + path, data, {"Content-Type": "application/json"}))

    def delete(self, path: str) -> tuple[int, dict[str, Any], dict[str, str]]:
        return _exchange(Request(self.base + path, method="DELETE"))

    def status(self, path: str) -> int:
        try:
            return self.get(path)[0]
        except (URLError, OSError):
            return 0

    def text(self, path: str) -> str:
        with urlopen(self.base + path, timeout=10) as response:
            return response.read().decode()

    def connect(self) -> HTTPConnection:
        """Return a connection; all that is asked on it is answered by the same worker."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=10)
        self._connections.append(connection)
        return connection

    @property
    def main_pid(self) -> int:
        """The process id of the main process."""
        return self._process.pid

    def workers(self) -> list[int]:
        """Return the process ids of its workers."""
        children = Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children").read_text()
        return [int(pid) for pid in children.split()]

    def stop(self) -> int:
        """End it as an operator would; return the exit status."""
        for connection in self._connections:
            connection.close()
        if self._process.poll() is None:
            self._process.terminate()
        return self._process.wait(timeout=20)


def _exchange(request: str | Request) -> tuple[int, dict[str, Any], dict[str, str]]:
    try:
        with urlopen(request, timeout=10) as response:
            return response.status, json.load(response), _lower(response.headers)
    except HTTPError as error:
        with error:
            return error.code, json.load(error), _lower(error.headers)


def _lower(headers: Any) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}


def _answers(client: Redis, needs_password: bool = False) -> bool:
    try:
        return bool(client.ping())
    except AuthenticationError:
        return needs_password
    except RedisError:
        return False


def _wait_for(condition: Any, what: str, seconds: float = 40) -> None:
    if not becomes_true(condition, seconds):
        raise TimeoutError(f"{what} did not answer within {seconds} s")
