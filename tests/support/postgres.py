"""A throwaway PostgreSQL on a free port of loopback, in a temporary directory, ended by its own process id."""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from itertools import count
from pathlib import Path
from typing import Any, Self

import psycopg

from support.processes import free_port

NO_POSTGRES = "needs PostgreSQL's server programs: apt-get install postgresql"


def find_postgres() -> Path | None:
    """Return the directory of the server programs; Debian keeps them off the PATH."""
    on_path = shutil.which("postgres")
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"))
    found = [Path(on_path)] if on_path else installed[-1:]
    return found[0].resolve().parent if found else None


class PostgresServer:
    """One cluster; ``new_database`` makes room in it."""

    def __init__(self) -> None:
        self._programs = find_postgres()
        self._directory = Path(tempfile.mkdtemp(prefix="recsvc-postgres-"))
        self._numbers = count(1)
        self.port = free_port()
        if os.getuid() == 0:  # PostgreSQL refuses to run as root
            shutil.chown(self._directory, "postgres", "postgres")
        self._run("initdb", "--auth=trust", "--username=tests", "--no-sync", "--encoding=UTF8", "--locale=C")
        self.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._process.poll() is None:
            self.kill()
        shutil.rmtree(self._directory)

    def start(self) -> None:
        options = ["-p", str(self.port), "-h", "127.0.0.1", "-k", str(self._directory), "-F"]  # -F: no fsync
        with (self._directory / "log").open("a") as log:
            self._process = subprocess.Popen(
                [self._programs / "postgres", "-D", self._data, *options], stderr=log, **self._account()
            )
        deadline = time.monotonic() + 30
        while not self._answers():
            assert time.monotonic() < deadline, (self._directory / "log").read_text()
            time.sleep(0.05)

    def kill(self) -> None:
        """End it at once, as a loss of power would; its children notice."""
        self._process.send_signal(signal.SIGQUIT)
        self._process.wait(timeout=30)

    def hang(self) -> None:
        """Stop it and all its children where they are: connections stay, and nothing is answered."""
        for pid in (self._process.pid, *self._children()):
            os.kill(pid, signal.SIGSTOP)

    def go_on(self) -> None:
        """Let all of them go on."""
        for pid in (self._process.pid, *self._children()):
            os.kill(pid, signal.SIGCONT)

    def _children(self) -> list[int]:
        children = Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children").read_text()
        return [int(pid) for pid in children.split()]

    def new_database(self) -> str:
        """Return the URL of a new, empty schema: as good as a database and much sooner made."""
        name = f"test{next(self._numbers)}"
        with psycopg.connect(self._url, autocommit=True) as connection:
            connection.execute(f"CREATE SCHEMA {name}")
        return f"{self._url}?options=-csearch_path%3D{name}"

    @property
    def _data(self) -> Path:
        return self._directory / "data"

    @property
    def _url(self) -> str:
        return f"postgresql://tests@127.0.0.1:{self.port}/postgres"

    def _run(self, program: str, *options: str) -> None:
        done = subprocess.run(
            [self._programs / program, "-D", self._data, *options],
            check=False, capture_output=True, text=True, **self._account(),
        )  # fmt: skip
        assert done.returncode == 0, done.stderr

    def _account(self) -> dict[str, Any]:
        who = {"user": "postgres", "group": "postgres", "extra_groups": []} if os.getuid() == 0 else {}
        return {"cwd": self._directory, **who}

    def _answers(self) -> bool:
        try:
            psycopg.connect(self._url, connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True
