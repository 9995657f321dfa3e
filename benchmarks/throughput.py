"""Requests a second of one worker, from each cache, beside applications that do next to nothing.

``python -m benchmarks.throughput MODELS_DIR`` measures with ``wrk -t2 -c16`` and prints the table. Everything runs on
the same server with the same settings; the repeats are interleaved and the best of each counts, because whatever else
the machine does can only slow them down. Then each is asked half as much, by connections that pause between requests
for a random time; how long an answer takes is counted from when its request is sent.
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.request import Request, urlopen

from rich.console import Console
from rich.table import Table

from benchmarks.answers import redis_server, server
from benchmarks.floors import REDIS_URL
from recsvc.model.registry import Registry
from recsvc.outcomes.experiment import Experiment, Variant, VariantKind
from recsvc.serving.described_experiments import as_json
from recsvc.settings.settings import Settings
from recsvc.store.api_keys import ApiKey, Scope, Token, digest_of
from recsvc.store.experiments import StoredExperiment
from recsvc.store.store import open_store

NO_WRK = "throughput is not measured: it needs wrk (apt-get install wrk) and redis-server on the PATH"
SECONDS, REPEATS, USERS = 3, 5, 500
CONNECTIONS = 16
MAX_CONNECTIONS, PAUSE_SECONDS = 200, 0.01
TRIALS = 2
"""Before half of the most is measured: how long connections have to pause for it is found by trying."""

FLOORS = ("raw no-op", "Flask no-op", "Flask + Redis GET", "hot: 500 shoppers")
"""What all others are compared with."""

REPORT = """
function done(summary, latency, requests)
  io.write(string.format('\\nRESULT {"n": %d, "us": %d, "failed": %d, "p50": %f, "p99": %f}\\n', summary.requests,
    summary.duration, summary.errors.status + summary.errors.timeout, latency:percentile(50), latency:percentile(99)))
end
"""
WALK = """
local n_threads, paths, turn = 0, {}, 0
function setup(thread) thread:set("offset", n_threads); n_threads = n_threads + 1 end
function init(arguments)
  for line in io.lines(arguments[1]) do paths[#paths + 1] = line end
  turn = offset * math.floor(#paths / 2)
end
function request()
  turn = turn + 1
  return wrk.format("GET", (paths[turn % #paths + 1]:gsub("COUNTER", offset .. "-" .. turn)))
end
"""
PAUSE = """
function delay() return math.random(0, %d) end
"""


RULES = """
[placements.for_you]
filter = 'price < 1000 or not (price >= 0)'
exclude_bought_days = 1
boosts = [{when = 'in_stock', factor = 1.1}]
caps = [{by = "brand", at_most = 3}]
"""


EXPERIMENT = Experiment(
    "rules",
    "for_you",
    (
        Variant("control", 0.5, VariantKind.CONTROL),
        Variant("B", 0.4, VariantKind.RULES, {"boosts": [{"when": "in_stock", "factor": 1.1}]}),
        Variant("off", 0.1, VariantKind.HOLD_OUT),
    ),
    start_us=1,
)


@dataclass(frozen=True)
class Case:
    """What is asked of whom, with which header; more than one path are walked through."""

    name: str
    port: int
    paths: tuple[str, ...]
    header: str = "Accept: application/json"


def is_possible() -> bool:
    """Return whether the programs it needs are there."""
    return shutil.which("wrk") is not None and shutil.which("redis-server") is not None


@dataclass(frozen=True)
class Throughput:
    """Rows to print: as much as each can answer, with ratios to the floors; and half of that."""

    most: list[dict[str, Any]]
    half: list[dict[str, Any]]


def measure(models: Path, seconds: int = SECONDS) -> Throughput:
    """Serve the models in a directory; return one row a case."""
    with TemporaryDirectory() as directory, ExitStack() as running:
        cases = _start(running, models, Path(directory))
        results: dict[str, dict[str, float]] = {}
        for _ in range(REPEATS):
            for case in cases:
                result = _wrk(case, Path(directory), seconds)
                if result["rate"] > results.get(case.name, {"rate": 0})["rate"]:
                    results[case.name] = result
        half = [_half(case, Path(directory), seconds, results[case.name]) for case in cases]
    return Throughput(_with_ratios(results), half)


def _half(case: Case, directory: Path, seconds: int, most: dict[str, float]) -> dict[str, Any]:
    """Ask half as much as ``case`` can answer."""
    rate = most["rate"] / 2
    connections = min(MAX_CONNECTIONS, max(CONNECTIONS, round(rate * PAUSE_SECONDS)))
    pause = turn = connections / rate
    for _ in range(TRIALS):
        # Each waits for its answer before it pauses, and timers are late: the pause is what is left of its turn.
        found = _wrk(case, directory, 1, connections, _pausing(pause))
        pause = max(0.0, pause + turn - connections / found["rate"])
    result = _wrk(case, directory, seconds, connections, _pausing(pause))
    return {
        "what": case.name,
        "req/s": round(result["rate"]),
        "of the most": f"{result['rate'] / most['rate']:.0%}",
        **_milliseconds(result),
    }


def _pausing(mean_seconds: float) -> str:
    return PAUSE % round(2000 * mean_seconds)


def _milliseconds(result: dict[str, float]) -> dict[str, float]:
    return {f"{name} ms": round(result[name] / 1000, 2) for name in ("p50", "p99")}


def _with_ratios(results: dict[str, dict[str, float]]) -> list[dict[str, Any]]:
    floors = {name: results[name]["rate"] for name in FLOORS}
    return [
        {
            "what": name,
            "req/s": round(result["rate"]),
            **_milliseconds(result),
            **{f"/ {floor}": round(result["rate"] / rate, 2) for floor, rate in floors.items()},
        }
        for name, result in results.items()
    ]


def _start(running: ExitStack, models: Path, directory: Path) -> list[Case]:
    url = f"redis://127.0.0.1:{running.enter_context(redis_server())}/0"
    os.environ[REDIS_URL] = url
    granian = [sys.executable, "-m", "granian", "--interface", "wsgi", "--no-log", "--blocking-threads"]
    granian.append(str(Settings().server_threads))

    def floor(target: str, *options: str) -> int:
        return running.enter_context(server([*granian, *options, f"benchmarks.floors:{target}", "--port"]))

    def recsvc(*options: str, near_cache_bytes: int, models: Path = models) -> int:
        os.environ["RECSVC_NEAR_CACHE_BYTES"] = str(near_cache_bytes)
        command = [sys.executable, "-m", "recsvc", "serve", "--workers", "1", "--log-level", "error"]
        return running.enter_context(server([*command, "--models-dir", str(models), *options, "--port"]))

    users = Registry(models).load().model.users
    known = tuple(
        f"/v1/recommend?user_id={users.id_of(i * len(users) // USERS)}" for i in range(min(USERS, len(users)))
    )
    hot = recsvc("--redis-url", url, near_cache_bytes=2**26)
    guarded, header = _guarded(recsvc, url, directory, models)
    divided = _divided(recsvc, url, directory, models)
    for path in known * 3:  # made, found near, remembered
        _ask(hot, path)
        _ask(guarded, path, header)
        _ask(divided, path)
    # No room for more than a few lists: walking through hundreds, each is found in Redis only.
    warm = recsvc("--redis-url", url, near_cache_bytes=2**14)
    cold = recsvc(near_cache_bytes=0)
    return [
        Case("raw no-op", floor("raw_no_op"), known),
        Case("Flask no-op", floor("flask_no_op", "--factory"), ("/",)),
        Case("Flask + Redis GET", floor("flask_redis", "--factory"), ("/",)),
        Case("hot: one shopper", hot, known[:1]),
        Case("hot: 500 shoppers", hot, known),
        Case("hot: 500 shoppers, key and rules", guarded, known, header),
        Case("hot: 500 shoppers, an experiment", divided, known),
        Case("hot: made-up ids", hot, ("/v1/recommend?user_id=made-up-COUNTER",)),
        Case("warm: Redis", warm, known),
        Case("cold: ranked", cold, known),
    ]


def _guarded(recsvc: Callable[..., int], redis_url: str, directory: Path, models: Path) -> tuple[int, str]:
    """Start a service that demands a key and has rules for what is asked; return its port and the header to send."""
    database, config, token = f"sqlite:///{directory}/keys.db", directory / "recsvc.toml", Token.new()
    config.write_text(RULES)
    digest = digest_of(token.key_id, token.secret)
    with closing(open_store(database)) as store:
        store.keys.add(ApiKey(token.key_id, digest, frozenset({Scope.READ}), "benchmark", (), 1))
    own = directory / "models"  # it is remembered beside the models that there were keys
    shutil.copytree(models, own, ignore=shutil.ignore_patterns("recsvc.db*", "keys-demanded"))
    options = ("--redis-url", redis_url, "--config", str(config), "--database-url", database)
    return recsvc(*options, near_cache_bytes=2**26, models=own), f"Authorization: Bearer {token}"


def _divided(recsvc: Callable[..., int], redis_url: str, directory: Path, models: Path) -> int:
    """Start a service that tells shoppers apart in an experiment on what is asked; return its port."""
    database = f"sqlite:///{directory}/experiments.db"
    with closing(open_store(database)) as store:
        store.experiments.put(StoredExperiment(EXPERIMENT.name, as_json(EXPERIMENT), 1), lambda _stored: None)
    return recsvc("--redis-url", redis_url, "--database-url", database, near_cache_bytes=2**26, models=models)


def _ask(port: int, path: str, header: str = "Accept: application/json") -> None:
    name, _, value = header.partition(": ")
    with urlopen(Request(f"http://127.0.0.1:{port}{path}", headers={name: value})) as response:
        response.read()


def _wrk(
    case: Case, directory: Path, seconds: int, connections: int = CONNECTIONS, pace: str = ""
) -> dict[str, float]:
    walks = len(case.paths) > 1 or "COUNTER" in case.paths[0]
    script, paths = directory / "script.lua", directory / "paths"
    script.write_text(REPORT + pace + (WALK if walks else ""))
    paths.write_text("\n".join(case.paths))
    url = f"http://127.0.0.1:{case.port}{'/' if walks else case.paths[0]}"
    load = ["-t2", f"-c{connections}", f"-d{seconds}"]
    command = ["wrk", *load, "-H", case.header, "-s", str(script), url, "--", str(paths)]
    output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    result = json.loads(output.split("RESULT ")[1].splitlines()[0])
    if result["failed"] > 0:
        raise RuntimeError(f"{case.name}: {result['failed']} of {result['n']} answers were not 200")
    return {"rate": 1e6 * result["n"] / result["us"], "p50": result["p50"], "p99": result["p99"]}


def main() -> None:
    """Measure the live version of the directory that is named on the command line."""
    if not is_possible():
        sys.exit(NO_WRK)
    measured = measure(Path(sys.argv[1]))
    for title, rows in (("throughput of one worker", measured.most), ("half of that", measured.half)):
        table = Table(*rows[0], title=title)
        for row in rows:
            table.add_row(*map(str, row.values()))
        Console(width=120).print(table)


if __name__ == "__main__":
    main()
