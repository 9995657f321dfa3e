"""Many shops in one deployment: memory, time to start, threads; and what a flooded one costs its neighbour.

``python -m benchmarks.shops [SHOPS [SECONDS [ROUNDS]]]``. One shop is asked steadily, by two connections that pause
between requests; another is flooded by ``wrk`` as fast as it answers, through 64 connections: with lists that are kept,
then with lists that nobody asked for before. Quiet and flooded stretches take turns. As the flood itself takes
processors of the machine, a third kind of stretch floods a service of its own beside this one: what a shop costs its
neighbour there is the machine's doing alone.
"""

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Thread

import numpy as np

from benchmarks.machine import in_words
from benchmarks.service_memory import children_of, pss_of
from benchmarks.synthetic_model import synthetic_model
from recsvc.model.registry import Registry, Release

N_ITEMS = 600
N_CONNECTIONS, N_FLOODING = 2, 64
PAUSE_SECONDS, START_SECONDS, IDLE_SECONDS = 0.01, 600, 10
HOT_USERS, COLD_SHARE = 50, 5
"""One in five requests of the neighbour is for a list that nobody asked for before."""

FLOODS = {"hot": "user_id=%s&n=10", "cold": "user_id=%s&exclude=x{turn}"}
WALK = """
local turn, offset, n_threads, users = 0, 0, 0, {}
function setup(thread) thread:set("offset", n_threads); n_threads = n_threads + 1 end
function init(arguments) for user in arguments[2]:gmatch("[^,]+") do users[#users + 1] = user end
  query = arguments[1]
end
function request()
  turn = turn + 1
  local asked = query:gsub("{turn}", offset .. "-" .. turn):gsub("%%s", users[turn % #users + 1])
  return wrk.format("GET", wrk.path .. "?" .. asked)
end
"""


def make_shops(directory: Path, n_shops: int) -> list[str]:
    """Publish a model for each shop, and write the settings file; return ids of users that all of them know."""
    model = synthetic_model(N_ITEMS)
    names = [f"shop-{number}" for number in range(n_shops)]
    first = directory / "models" / names[0]
    Registry(first).publish(model, Release("1", "2026-01-01T00:00:00+00:00", None, {}, {}, {}))
    for name in names[1:]:
        shutil.copytree(first, directory / "models" / name)
    tables = "\n".join(f'[shops.{name}]\nhosts = ["{name}.example"]' for name in names)
    (directory / "recsvc.toml").write_text(
        f"[service]\nallow_open = true\nmodels_dir = '{directory}/models'\n{tables}\n"
    )
    return [model.users.id_of(user) for user in range(len(model.users))]


@contextmanager
def serving(directory: Path, n_workers: int) -> Iterator[tuple[int, int, float]]:
    """Serve the shops; yield port, process id, and the seconds until each worker answered for all of them."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    log = directory / f"log-{port}"
    options = ["--config", str(directory / "recsvc.toml"), "--port", str(port), "--workers", str(n_workers)]
    started = time.perf_counter()
    with log.open("w") as file:
        process = subprocess.Popen([sys.executable, "-m", "recsvc", "serve", *options], stderr=file)
    try:
        while log.read_text().count("Started worker-") < n_workers:
            if process.poll() is not None or time.perf_counter() - started > START_SECONDS:
                raise RuntimeError(log.read_text())
            time.sleep(0.05)
        yield port, process.pid, time.perf_counter() - started
    finally:
        process.terminate()
        process.wait(60)


def held(pid: int) -> dict[str, str]:
    """Return what the processes of a service hold."""
    started = _processor_seconds(pid)
    time.sleep(IDLE_SECONDS)
    idle = (_processor_seconds(pid) - started) / IDLE_SECONDS
    workers = [one for one in children_of(pid) if Path(f"/proc/{one}/task").exists()]
    return {
        "processor time of the start": f"{started:.0f} s",
        "of a processor while nobody asks": f"{idle:.0%}",
        "memory (PSS)": f"{sum(pss_of(one) for one in (pid, *workers)) / 2**20:,.0f} MiB",
        "threads of a worker": ", ".join(str(len([*Path(f"/proc/{one}/task").iterdir()])) for one in workers),
        "open files of a worker": ", ".join(
            str(len([*Path(f"/proc/{one}/fd").iterdir()])) for one in workers
        ),
    }


def _processor_seconds(pid: int) -> float:
    """Return what a service used until now, with the processes that it started and that ended."""
    ticks = sum(map(int, _stat(pid)[11:15])) + sum(
        sum(map(int, _stat(one)[11:15])) for one in children_of(pid)
    )
    return ticks / os.sysconf("SC_CLK_TCK")


def _stat(pid: int) -> list[str]:
    """Return the fields of a process from its state on (proc(5)); of children that ended, their time is in it."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()


class Neighbour:
    """Two connections that ask one shop steadily."""

    def __init__(self, port: int, host: str, user_ids: list[str]) -> None:
        self._port, self._host = port, host
        self._hot = [f"user_id={one}" for one in user_ids[:HOT_USERS]]
        self._cold = (f"user_id={one}&n={n}" for n in range(11, 101) for one in user_ids[HOT_USERS:])

    def during(self, seconds: float) -> dict[str, list[float]]:
        """Ask for so long; return milliseconds by kind."""
        taken: dict[str, list[float]] = {"hot": [], "cold": []}
        threads = [
            Thread(target=self._ask_until, args=(time.perf_counter() + seconds, taken))
            for _ in range(N_CONNECTIONS)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return taken

    def _ask_until(self, until: float, taken: dict[str, list[float]]) -> None:
        connection = HTTPConnection("127.0.0.1", self._port, timeout=30)
        for turn in count():
            if time.perf_counter() > until:
                break
            kind = "cold" if turn % COLD_SHARE == 0 else "hot"
            query = next(self._cold) if kind == "cold" else self._hot[turn % HOT_USERS]
            time.sleep(PAUSE_SECONDS)
            started = time.perf_counter()
            connection.request("GET", f"/v1/recommend?{query}", headers={"Host": self._host})
            answer = connection.getresponse()
            answer.read()
            if answer.status != 200:
                raise RuntimeError(f"the neighbour was answered {answer.status}")
            taken[kind].append(1000 * (time.perf_counter() - started))
        connection.close()


@dataclass(frozen=True)
class Flood:
    """Of the first shop of a service, by a wrk that walks through users."""

    directory: Path
    port: int
    user_ids: list[str]

    @contextmanager
    def during(self, kind: str, seconds: float) -> Iterator[list[str]]:
        """Ask for lists of a kind during the block; yield a list that then holds what wrk says."""
        script = self.directory / "walk.lua"
        script.write_text(WALK)
        users, said = ",".join(self.user_ids[:HOT_USERS]), list[str]()
        load = ["-t1", f"-c{N_FLOODING}", f"-d{seconds + 1:.0f}", "-H", "Host: shop-0.example"]
        target = [f"http://127.0.0.1:{self.port}/v1/recommend", "--", FLOODS[kind], users]
        process = subprocess.Popen(
            ["wrk", *load, "-s", str(script), *target], stdout=subprocess.PIPE, text=True
        )
        time.sleep(0.5)
        try:
            yield said
        finally:
            lines = process.communicate()[0].splitlines()
            said += [line.strip() for line in lines if "Requests/sec" in line or "Non-2xx" in line]


def measure_neighbour(neighbour: Neighbour, here: Flood, beside: Flood, seconds: float, rounds: int) -> None:
    """Print what the neighbour waits alone, beside a flooded shop, and beside a flooded service of its own."""
    neighbour.during(3)
    for kind in FLOODS:
        found: dict[str, dict[str, list[float]]] = {}
        for _ in range(rounds):
            _gather(found, "alone", neighbour.during(seconds))
            with here.during(kind, seconds) as said:
                _gather(found, "beside a flooded shop", neighbour.during(seconds))
            with beside.during(kind, seconds) as apart:
                _gather(found, "beside a flooded service", neighbour.during(seconds))
        print(f"flood of {kind} lists: {'; '.join(said)} (a service of its own: {'; '.join(apart)})")
        for name, taken in found.items():
            lines = (_line(one, each, found["alone"][one]) for one, each in taken.items())
            print(f"  {name:26}{'   '.join(lines)}")


def _gather(found: dict[str, dict[str, list[float]]], name: str, taken: dict[str, list[float]]) -> None:
    kept = found.setdefault(name, {kind: [] for kind in taken})
    for kind, each in taken.items():
        kept[kind] += each


def _line(kind: str, taken: list[float], alone: list[float]) -> str:
    p50, p99 = (float(np.percentile(taken, share)) for share in (50, 99))
    ratio = p99 / float(np.percentile(alone, 99))
    return f"{kind}: p50 {p50:.2f} p99 {p99:.2f} ms, ratio {ratio:.2f} (n {len(taken):,})"


def main() -> None:
    """Print all of it."""
    n_shops, seconds, rounds = (int(one) for one in (*sys.argv[1:4], *("50", "10", "3")[len(sys.argv) - 1 :]))
    print(in_words())
    with TemporaryDirectory() as name, ExitStack() as running:
        directory = Path(name)
        user_ids = make_shops(directory, n_shops)
        for again in ("first", "second"):
            with serving(directory, 2) as (port, pid, started):
                print(f"{n_shops} shops, two workers, {again} start: {started:.1f} s;", held(pid))
        if shutil.which("wrk") is None:
            sys.exit("what a flood costs is not measured: it needs wrk (apt-get install wrk)")
        other = directory / "other"
        other.mkdir()
        make_shops(other, 2)
        port, _, _ = running.enter_context(serving(directory, 2))
        beside, _, _ = running.enter_context(serving(other, 2))
        neighbour = Neighbour(port, "shop-1.example", user_ids)
        measure_neighbour(
            neighbour, Flood(directory, port, user_ids), Flood(other, beside, user_ids), seconds, rounds
        )


if __name__ == "__main__":
    main()
