"""The metrics of ``recsvc-train evaluate``, from lists that a running service gave over HTTP.

``python -m benchmarks.quality_over_http ORDERS`` trains on all but the last four weeks, serves that, asks for each
shopper's list and prints both results side by side: they should not differ.
"""

import http.client
import json
import sys
from contextlib import ExitStack, closing
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlencode

from rich.console import Console

from benchmarks.answers import server
from recsvc.model.registry import Registry
from training.evaluation.asking import lists_of_model
from training.evaluation.catalogue import Catalogue
from training.evaluation.metrics import METRICS
from training.evaluation.scores import LIST_LENGTH, Scores, evaluate_lists
from training.evaluation.task import Question, Task
from training.fit.als_choice import ALS
from training.history.interactions import Interactions
from training.history.split import time_split
from training.job import read_and_clean
from training.learning import learn
from training.progress import Silent
from training.publish import describe, version_name
from training.settings import TrainingSettings
from training.sources.order_sources import OrderSources

MAX_USERS = 5000


def main() -> None:
    """Compare both for the order file that is named on the command line."""
    console, settings, now = Console(width=110), TrainingSettings(), datetime.now(UTC)
    split = time_split(read_and_clean(OrderSources(tuple(sys.argv[1:2])), settings, now, Silent()))
    known = Interactions.of(split.train_lines, split.train_guest_lines)
    learned = learn(split.training_part, known, settings, Silent())
    model, figures = learned.model, {ALS: learned.als.as_dict()}
    with TemporaryDirectory() as directory, ExitStack() as running:
        registry = Registry(Path(directory))
        registry.publish(model, describe(version_name(now), model, known, settings, figures))
        serve = [
            sys.executable,
            "-m",
            "recsvc",
            "serve",
            "--log-level",
            "error",
            "--models-dir",
            directory,
            "--port",
        ]
        port = running.enter_context(server(serve))
        for question in Question:
            task = Task.of(split, question, Catalogue.of(known), MAX_USERS, settings.seed)
            inside = Scores.of(lists_of_model(model, {task.question: task})[task.question], task)
            outside = evaluate_lists(
                _ask(port, question, task), split, question, max_users=MAX_USERS, seed=settings.seed
            )
            for name, scores in (("in process", inside), ("over HTTP", outside)):
                values = "  ".join(f"{metric.name} {scores.metric(metric).mean():.4f}" for metric in METRICS)
                console.print(f"{question:4} {name:12} {len(task):,} shoppers  {values}", highlight=False)


def _ask(port: int, question: Question, task: Task) -> dict[str, list[str]]:
    lists = {}
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=10)) as connection:
        for user_id in task.user_ids:
            query = {"user_id": user_id, "placement": str(question.placement), "n": LIST_LENGTH}
            connection.request("GET", f"/v1/recommend?{urlencode(query)}")
            answer = json.loads(connection.getresponse().read())
            lists[user_id] = [item["item_id"] for item in answer["items"]]
    return lists


if __name__ == "__main__":
    main()
