"""Training on Spark beside training in one process: how good the lists are, and what a run costs.

``make check-spark`` sets up what it needs. Both take a sample shop of so many order lines::

    .venv-spark/bin/python -m benchmarks.spark_engine quality 10000000
    .venv-spark/bin/python -m benchmarks.spark_engine cost 1000000 [--spark-master spark://…]

``quality``: both engines fit the whole training part of the same split, with one choice of settings and the same
rankers, and are asked for the lists of the same test users. ``cost``: each engine as a process of its own; processor
time and proportional memory (PSS) are those of the process and all that it starts.
"""

import subprocess
import sys
import time
from collections.abc import Mapping
from concurrent.futures import Future
from datetime import UTC, datetime
from os import sysconf
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl
from rich.console import Console
from rich.table import Table

from benchmarks.machine import in_words
from recsvc.identity.nobody import BY_NAME
from recsvc.model.model import Model
from training.evaluation.asking import lists_of_model
from training.evaluation.bootstrap import Estimate, Resampling
from training.evaluation.catalogue import Catalogue
from training.evaluation.metrics import PerUser, find_hits, ndcg_at_k, recall_at_k
from training.evaluation.task import Question, Task
from training.fit.counts import Counts
from training.history.catalogue import ShopCatalogue
from training.history.interactions import Interactions
from training.history.sampling import part_of, shuffled, thrifty, users_of
from training.history.split import OrderLines, split_orders
from training.job import read_and_clean
from training.learning import CountedWhole, Given, Learned, Whole, learn
from training.orders import CleaningSummary
from training.progress import Silent
from training.ranker.rankers import with_rankers
from training.sample import SampleShop, write_sample_shop
from training.settings import TrainingSettings
from training.sources.catalogue import read_catalogue
from training.sources.order_sources import OrderSources
from training.spark.arrays_on_disk import ArraysOnDisk
from training.spark.checkpoints import Checkpoints
from training.spark.counted import SparkRun
from training.spark.history import SparkHistory
from training.spark.orders import CleanedTables
from training.spark.purchases import SparkPurchases
from training.spark.session import SparkPlace, spark_session

SETTINGS = TrainingSettings(threads=2)
TEXTS = ("user_id", "item_id", "title", "order_id")
OFTEN_SECONDS = 1.0
TICKS = sysconf("SC_CLK_TCK")


def sample(directory: Path, lines: int) -> Path:
    """Write a sample shop of so many order lines, a twentieth as many shoppers, and return the folder."""
    shop = SampleShop(users=lines // 20, items=max(100, lines // 200), order_lines=lines, suffix=".parquet")
    write_sample_shop(shop, directory)
    return directory


def quality(directory: Path, lines: int, place: SparkPlace) -> list[tuple[str, ...]]:
    """Return one row a question and metric: both engines, and the interval of the difference."""
    shop, now = sample(directory / "shop", lines), datetime.now(UTC)
    orders = read_and_clean(OrderSources((str(shop / "orders.parquet"),)), SETTINGS, now, Silent())
    catalogue = read_catalogue(str(shop / "catalogue.csv"))
    split = split_orders(orders, SETTINGS.window_days, SETTINGS.seed)
    train = OrderLines(split.train_lines, split.train_guest_lines)
    known = Interactions.of(train.lines, train.guest_lines, catalogue)
    learned = _learned(train, catalogue, known)
    settings = learned.als.settings.within(thrifty(SETTINGS))
    counted: Future[Counts] = Future()
    counted.set_result(Counts.of(known, settings))
    models = {"local": _fitted(CountedWhole(counted), learned, settings)}
    with spark_session(place) as session:
        run = SparkRun(Checkpoints(session, str(directory / "stages")), ArraysOnDisk(directory), Silent())
        tables = _tables(train, run, directory)
        purchases = SparkPurchases.of(tables, run.checkpoints)
        models["spark"] = _fitted(
            SparkHistory.of(tables, purchases, catalogue, SETTINGS, run), learned, settings
        )
    tasks = {
        question: Task.of(split, question, Catalogue.of(known), SETTINGS.gate_users, SETTINGS.seed)
        for question in Question
    }
    values = {name: _values(model, tasks) for name, model in models.items()}
    return [_compared(name, values["local"][name], values["spark"][name]) for name in values["local"]]


def _learned(train: OrderLines, catalogue: ShopCatalogue, known: Interactions) -> Learned:
    """Return settings of ALS and rankers, learned as a run learns them: from a part where there are many shoppers."""
    users = users_of(train)
    if len(users) <= SETTINGS.fit_users:
        return learn(train, known, SETTINGS, Silent())
    drawn = shuffled(users, SETTINGS.seed)[: SETTINGS.fit_users]
    part = part_of(train, drawn, len(users), SETTINGS.seed)
    of_part = Interactions.of(part.lines, part.guest_lines, catalogue)
    return learn(part, of_part, SETTINGS, Silent(), Given(drawn_from=len(users)))


def _fitted(whole: Whole, learned: Learned, settings: TrainingSettings) -> Model:
    model = whole.fitted(settings, Silent(), learned.model, learned.alternatives.weights)
    return with_rankers(model, learned.rankers)


def _tables(train: OrderLines, run: SparkRun, directory: Path) -> CleanedTables:
    frames, n = {}, 0
    for name, lines in (("lines", train.lines), ("guest_lines", train.guest_lines)):
        path = directory / f"{name}.parquet"
        numbered = lines.with_row_index("line", offset=n).with_columns(
            pl.col(TEXTS).cast(pl.String), pl.col("line").cast(pl.Int64)
        )
        numbered.write_parquet(path)
        n += lines.height
        frames[name] = run.checkpoints.session.read.parquet(str(path))
    summary = CleaningSummary((), n, train.lines.height, 0, (), (), None, None)
    nothing = frames["lines"].limit(0)
    return CleanedTables(frames["lines"], frames["guest_lines"], nothing, summary, BY_NAME)


def _values(model: Model, tasks: Mapping[Question, Task]) -> dict[str, PerUser]:
    found = {}
    for question, lists in lists_of_model(model, tasks).items():
        task = tasks[question]
        hits = find_hits(lists, task.target_indptr, task.target_items)
        found[f"{question.value} R@20"] = recall_at_k(hits, task.n_targets, 20)
        found[f"{question.value} N@10"] = ndcg_at_k(hits, task.n_targets, 10)
    return found


def _compared(name: str, local: PerUser, spark: PerUser) -> tuple[str, ...]:
    of_local, of_spark, apart = (Resampling().mean(values) for values in (local, spark, spark - local))
    return (name, f"{len(local):,}", _said(of_local), _said(of_spark), f"{apart.mean:+.4f}", _interval(apart))


def _said(estimate: Estimate) -> str:
    return f"{estimate.mean:.4f} ±{estimate.half_width:.4f}"


def _interval(estimate: Estimate) -> str:
    return f"{estimate.low:+.4f} to {estimate.high:+.4f}"


def cost(directory: Path, lines: int, place: SparkPlace) -> list[tuple[str, ...]]:
    """Return one row an engine: seconds on the clock and of processors, and the most memory."""
    shop = sample(directory / "shop", lines)
    conf = [word for name, value in place.conf.items() for word in ("--spark-conf", f"{name}={value}")]
    engines = {
        "local": [],
        "spark": ["--engine", "spark", "--spark-master", place.master or "local[2]", *conf],
    }
    rows = []
    for name, options in engines.items():
        told = [
            "--orders", str(shop / "orders.parquet"), "--catalogue", str(shop / "catalogue.csv"),
            "--models-dir", str(directory / f"models-{name}"), *options,
        ]  # fmt: skip
        rows.append((f"{lines:,}", name, *_measured([sys.executable, "-m", "training", "run", *told])))
    return rows


def _measured(command: list[str]) -> tuple[str, ...]:
    started, most, ticks = time.monotonic(), 0, dict[int, int]()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while process.poll() is None:
        time.sleep(OFTEN_SECONDS)
        tree = _tree(process.pid)
        most = max(most, sum(_pss_kib(pid) for pid in tree))
        ticks |= {pid: _ticks(pid) or ticks.get(pid, 0) for pid in tree}
    seconds, processors = time.monotonic() - started, sum(ticks.values()) / TICKS
    return f"{process.returncode}", f"{seconds:.0f}", f"{processors:.0f}", f"{most / 2**20:.2f}"


def _tree(root: int) -> list[int]:
    """Return the process and all that it started, directly or not, which are alive."""
    children: dict[int, list[int]] = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        fields = _read(path).rpartition(")")[2].split()
        if fields:
            children.setdefault(int(fields[1]), []).append(int(path.parent.name))
    found, todo = [], [root]
    while todo:
        found.append(todo.pop())
        todo.extend(children.get(found[-1], []))
    return found


def _pss_kib(pid: int) -> int:
    lines = _read(Path(f"/proc/{pid}/smaps_rollup")).splitlines()
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))


def _ticks(pid: int) -> int:
    fields = _read(Path(f"/proc/{pid}/stat")).rpartition(")")[2].split()
    return sum(map(int, fields[11:13])) if fields else 0


def _read(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:  # it has ended
        return ""


HEADINGS = {
    "quality": ("what", "shoppers", "local", "Spark", "difference", "95 % interval, paired"),
    "cost": ("lines", "engine", "exit status", "seconds", "of processors", "GiB"),
}


def main() -> None:
    """Measure what the command line names."""
    what, lines, *options = sys.argv[1:]
    master = options[options.index("--spark-master") + 1] if "--spark-master" in options else "local[2]"
    named = [options[i + 1] for i, word in enumerate(options) if word == "--spark-conf"]
    place = SparkPlace(master, dict(one.split("=", 1) for one in named))
    with TemporaryDirectory() as directory:
        rows = (quality if what == "quality" else cost)(Path(directory), int(lines), place)
    table = Table(*HEADINGS[what], title=in_words())
    for row in rows:
        table.add_row(*row)
    Console(width=120).print(table)


if __name__ == "__main__":
    main()
