"""``recsvc plan``: what a shop of some size needs, from what was measured once."""

import json
import math
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from recsvc.cli.options import models_dir, of_shop, registry_of, setting
from recsvc.model.artifact import Manifest
from recsvc.model.registry import Registry
from recsvc.settings.settings import Settings
from recsvc.settings.shops import load_shop

CONSTANTS = "planning_constants.json"
"""Written by ``python -m benchmarks.planning_constants``, with the machine."""

MAXMEMORY_STEP_BYTES = 16 * 2**20
VERSIONS_IN_REDIS = 2
"""After a new version, the lists of the previous version stay until their time is over."""

REDIS_SHARE = 0.8
"""The part of maxmemory that lists may take: the rest is for connections and for what the allocator wastes."""

EVICTION = (
    "allkeys-lru, because every key can be made anew: lists that were not wanted lately may go. With noeviction, the "
    "default, a full Redis takes no list. Where other programs keep keys without an expiry in the same Redis, "
    "volatile-lru spares theirs: all of ours expire."
)


@dataclass(frozen=True)
class Constants:
    """What was measured, in bytes and seconds.

    Attributes:
        machine: where.
        version_bytes, version_bytes_per_item, version_bytes_per_user, version_bytes_per_user_item: of the files.
        service_bytes: memory of a service beside its workers and the version's files.
        worker_bytes, worker_bytes_per_item: what another worker adds, without its near cache.
        redis_bytes_per_user, redis_bytes_per_list: of Redis, for lists of ten.
        train_seconds, train_seconds_per_order_line: of a whole training run.
        large_users, large_train_seconds, large_train_seconds_per_order_line: the same with more users than these.
        user_items_per_user, order_lines_per_user: what is assumed where only users and items are named.
    """

    machine: str
    version_bytes: float
    version_bytes_per_item: float
    version_bytes_per_user: float
    version_bytes_per_user_item: float
    service_bytes: float
    worker_bytes: float
    worker_bytes_per_item: float
    redis_bytes_per_user: float
    redis_bytes_per_list: float
    train_seconds: float
    train_seconds_per_order_line: float
    large_users: int
    large_train_seconds: float
    large_train_seconds_per_order_line: float
    user_items_per_user: float
    order_lines_per_user: float

    @classmethod
    def measured(cls) -> "Constants":
        """Return those that came with the package."""
        return cls(**json.loads(files("recsvc.cli").joinpath(CONSTANTS).read_text(encoding="utf-8")))


@dataclass(frozen=True)
class ShopSize:
    """How large it is; ``version_bytes`` where a version is there to be looked at."""

    n_users: int
    n_items: int
    n_user_items: float
    n_order_lines: float
    version_bytes: float

    @classmethod
    def of_counts(cls, n_users: int, n_items: int, constants: Constants) -> "ShopSize":
        """Return a shop whose users buy as much as those of the sample."""
        n_user_items = n_users * constants.user_items_per_user
        version_bytes = (
            constants.version_bytes
            + constants.version_bytes_per_item * n_items
            + constants.version_bytes_per_user * n_users
            + constants.version_bytes_per_user_item * n_user_items
        )
        return cls(n_users, n_items, n_user_items, n_users * constants.order_lines_per_user, version_bytes)

    @classmethod
    def of_version(cls, directory: Path, manifest: Manifest) -> "ShopSize":
        """Return the shop that the version in ``directory`` was learned from."""
        counts = manifest.counts
        n_bytes = sum(path.stat().st_size for path in directory.iterdir())
        n_user_items = counts.get("user_items", 0)
        n_lines = counts.get("purchases", n_user_items)
        return cls(counts["users"], counts["items"], n_user_items, n_lines, n_bytes)

    @classmethod
    def live(cls, registry: Registry) -> "ShopSize":
        """Return the shop of the live version; raises ModelError where there is none."""
        published = registry.load()
        return cls.of_version(registry.directory / published.manifest.model_version, published.manifest)


@dataclass(frozen=True)
class Budget:
    """What ``shop`` needs with ``settings``, for ``lists_per_user`` lists of ten items."""

    shop: ShopSize
    settings: Settings
    lists_per_user: int
    constants: Constants

    @property
    def worker_bytes(self) -> float:
        """Memory that one worker adds, with a full near cache."""
        own = self.constants.worker_bytes + self.constants.worker_bytes_per_item * self.shop.n_items
        return own + self.settings.near_cache_bytes

    @property
    def workers_bytes(self) -> float:
        """Memory of the service with all workers, page cache included."""
        shared = self.shop.version_bytes + self.constants.service_bytes
        return shared + self.settings.workers * self.worker_bytes

    @property
    def user_bytes(self) -> float:
        """Memory of Redis for the lists of one user."""
        return self.constants.redis_bytes_per_user + self.lists_per_user * self.constants.redis_bytes_per_list

    @property
    def redis_bytes(self) -> float:
        """Memory of Redis for the lists of all users from one version."""
        return self.shop.n_users * self.user_bytes

    @property
    def maxmemory_bytes(self) -> int:
        """The setting of Redis with which no list that is wanted is evicted."""
        wanted = VERSIONS_IN_REDIS * self.redis_bytes / REDIS_SHARE
        return MAXMEMORY_STEP_BYTES * max(1, math.ceil(wanted / MAXMEMORY_STEP_BYTES))

    @property
    def train_seconds(self) -> float:
        """Time of a whole training run; with many users, parts of it learn from some of them."""
        constants, lines = self.constants, self.shop.n_order_lines
        if self.shop.n_users > constants.large_users:
            return constants.large_train_seconds + constants.large_train_seconds_per_order_line * lines
        return constants.train_seconds + constants.train_seconds_per_order_line * lines


@click.command()
@of_shop
@models_dir
@setting("workers", int)
@click.option("--users", type=click.IntRange(1), help="With --items: of a shop that has no model yet.")
@click.option("--items", type=click.IntRange(1))
@click.option(
    "--lists", type=click.IntRange(1), default=1, show_default=True, help="Personal placements that are used."
)
def plan(config: Path | None, users: int | None, items: int | None, lists: int, **options: object) -> None:
    """Say how much memory, Redis and time a shop needs: the live model's, or one of --users and --items."""
    if (users is None) != (items is None):
        raise click.UsageError("--users and --items go together")
    settings, constants = load_shop(config, options).settings, Constants.measured()
    shop = (
        ShopSize.of_counts(users, items, constants)
        if users and items
        else ShopSize.live(registry_of(settings))
    )
    print_budget(Budget(shop, settings, lists, constants), Console())


def print_budget(budget: Budget, console: Console) -> None:
    """Print what is needed, and what to write into Redis' configuration."""
    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
    table.add_column()
    table.add_column(justify="right", no_wrap=True)
    table.add_column(style="dim")
    for row in _rows(budget):
        table.add_row(*row)
    console.print(table, highlight=False)
    _say(console, f"\nredis.conf:\n  maxmemory {budget.maxmemory_bytes // 2**20}mb")
    _say(console, f'  maxmemory-policy allkeys-lru\n  save ""\n{EVICTION}')
    _say(console, f"\nMeasured on {budget.constants.machine}; expect other machines within a factor of two.")


def _rows(budget: Budget) -> Iterator[tuple[str, str, str]]:
    shop, settings = budget.shop, budget.settings
    near = _amount(settings.near_cache_bytes)
    yield (
        "shop",
        f"{shop.n_users:,}",
        f"users; {shop.n_items:,} items; {shop.n_user_items:,.0f} pairs of a user and an item bought",
    )
    yield "page cache", _amount(shop.version_bytes), "the version's files, once for all workers"
    yield "a worker", _amount(budget.worker_bytes), f"of its own, {near} of it for the near cache"
    yield (
        f"{settings.workers} workers",
        _amount(budget.workers_bytes),
        "with the page cache and what they share",
    )
    yield "at a swap", _amount(budget.workers_bytes + shop.version_bytes), "while both versions are mapped"
    yield (
        "Redis, a shopper",
        f"{budget.user_bytes:,.0f} B",
        f"{budget.lists_per_user} lists of ten",
    )
    yield "Redis, in all", _amount(budget.redis_bytes), "lists of one version for every user"
    yield "a training run", _duration(budget.train_seconds), f"of {shop.n_order_lines:,.0f} order lines"


def _amount(n_bytes: float) -> str:
    return f"{n_bytes / 2**30:,.1f} GiB" if n_bytes >= 2**30 else f"{n_bytes / 2**20:,.1f} MiB"


def _duration(seconds: float) -> str:
    return f"{seconds / 60:,.0f} min" if seconds >= 120 else f"{seconds:.0f} s"


def _say(console: Console, text: str) -> None:
    console.print(text, highlight=False, markup=False, soft_wrap=True)
