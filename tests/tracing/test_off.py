"""Without the setting, nothing of tracing is there."""

import subprocess
import sys
from pathlib import Path

from recsvc.api.cors import Cors
from recsvc.app import EXTENSION, create_app
from recsvc.cache.near import NearCache
from recsvc.cache.tiered import TieredCache
from recsvc.ranking.recommender import Recommender
from recsvc.serving.lists import Lists
from recsvc.settings.settings import Settings
from recsvc.tracing.tracing import OFF

PROGRAM = """
import sys, recsvc.cli.main, recsvc.app, training.cli.main
print(sorted(name for name in sys.modules if name.startswith(("opentelemetry.exporter", "recsvc.tracing."))))
"""


def test_off_each_part_is_the_object_that_it_would_be(published: Path) -> None:
    app = create_app(Settings(models_dir=published, log_level="error", redis_url="redis://127.0.0.1:1"))
    parts = app.extensions[EXTENSION]
    parts.close()
    assert parts.tracing is OFF
    recommender = parts.live_model.current().recommender
    kinds = [type(app.wsgi_app), type(parts.lists), type(parts.lists._cache), type(parts.lists._cache._near)]
    assert [*kinds, type(recommender)] == [Cors, Lists, TieredCache, NearCache, Recommender]
    judge = recommender.judge
    for part in (
        *judge.proposer.sources,
        *judge.rankers.values(),
        *parts.lists.shop.users.guarded.store.parts.values(),
    ):
        assert type(part).__name__ != "Traced"


def test_off_nothing_that_makes_or_sends_spans_is_imported() -> None:
    # The client of Redis imports a part of OpenTelemetry where it is installed, and uses none of it unless told.
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True)
    assert (
        done.stdout == "['recsvc.tracing.registries', 'recsvc.tracing.settings', 'recsvc.tracing.tracing']\n"
    )
