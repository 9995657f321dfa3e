"""``recsvc serve`` with two more routes: one invalidates a shopper's lists, one names the worker."""

import os
from functools import partial
from pathlib import Path

import click
from flask import Flask, request

from recsvc.app import EXTENSION, create_app
from recsvc.cli.serve import make_server
from recsvc.processes.drain import Drain
from recsvc.processes.family import is_worker_beside
from recsvc.processes.shared_files import SharedFiles, shared_files
from recsvc.ranking.query import UserKey
from recsvc.settings.settings import Settings, load_settings


def create_droppable(settings: Settings, files: SharedFiles) -> Flask:
    app = create_app(settings, files.claimed(is_worker_beside))
    lists = app.extensions[EXTENSION].lists

    @app.get("/test/drop")
    def _drop() -> str:
        if "user_id" in request.args:
            lists.invalidate(UserKey("user", request.args["user_id"]))
        else:
            lists.invalidate(None)
        return "{}"

    @app.get("/test/worker")
    def _worker() -> str:
        return str(os.getpid())

    return app


@click.command()
@click.option("--models-dir", type=Path)
@click.option("--port", type=int)
@click.option("--workers", type=int)
@click.option("--redis-url")
def main(**options: object) -> None:
    settings = load_settings(None, {**options, "log_level": "info"})
    with shared_files(settings.workers) as files:
        make_server(settings, Drain(files.draining)).serve(
            target_loader=partial(create_droppable, settings, files), wrap_loader=False
        )


if __name__ == "__main__":
    main()
