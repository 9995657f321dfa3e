"""``recsvc warm``: fill Redis before shoppers come, and say how far it is."""

import sys
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from random import Random

import click
from rich.console import Console
from threadpoolctl import threadpool_limits

from recsvc.cache.bulk import BulkRedis
from recsvc.cache.redis_connection import connect
from recsvc.cache.redis_names import RedisNames
from recsvc.cli.options import book_of, models_dir, of_shop, registry_of, setting
from recsvc.cli.progress import say, shown
from recsvc.errors import CacheError, SettingsError
from recsvc.ranking.query import MAX_N
from recsvc.rules.rule_book import NO_RULES, RuleBook
from recsvc.service import make_store, shop_beside
from recsvc.serving.live_model import LiveVersion
from recsvc.serving.warm_up import WarmUp, WarmUpPlan, WarmUpProgress
from recsvc.settings.settings import Settings
from recsvc.settings.shops import load_shop

REDIS_TIMEOUT_SECONDS = 5.0
EXIT_INTERRUPTED = 130

_PLAN = WarmUpPlan()


@dataclass(frozen=True)
class Warming:
    """What Redis is filled with: the plan, the version (by default the live one) and the rules of the file."""

    settings: Settings
    plan: WarmUpPlan
    version: str | None = None
    book: RuleBook = NO_RULES

    def run(self, console: Console) -> None:
        """Make the lists; Ctrl-C ends it, and another run goes on.

        Raises SettingsError without a Redis, ModelError without a usable version, StoreError without the store,
        CacheError when Redis is lost or full; what was written until then stays.
        """
        if self.settings.redis_url is None:
            raise SettingsError("recsvc warm fills Redis: name one with --redis-url or RECSVC_REDIS_URL")
        published = registry_of(self.settings).load(self.version)
        version = LiveVersion.of(published, self.settings.diversity)
        url = self.settings.redis_url.get_secret_value()
        client = connect(url, timeout_seconds=REDIS_TIMEOUT_SECONDS, max_connections=1)
        ttl_seconds, rng = self.settings.cache_ttl_seconds, Random()  # noqa: S311 - spreads expiry times
        with closing(make_store(self.settings)) as store, threadpool_limits(1):
            names = RedisNames(self.settings.redis_namespace or store.shop_id())
            with closing(BulkRedis(client, names, ttl_seconds=ttl_seconds, rng=rng)) as redis:
                shop = shop_beside(version, store, self.settings, self.book)
                _run(WarmUp(version, redis, self.plan, shop), published.manifest.model_version, console)


def _run(warm_up: WarmUp, version: str, console: Console) -> None:
    progress = warm_up.progress
    try:
        with shown(console, f"Lists of {version}", progress.n_lists, "lists") as show:
            warm_up.run(lambda done: show(done.done))
    except KeyboardInterrupt:
        say(console, f"Ended after {_how_far(progress)}. Another run goes on from there.")
        sys.exit(EXIT_INTERRUPTED)
    except CacheError as error:
        raise CacheError(
            f"{error}. Ended after {_how_far(progress)}; those stay. Another run goes on from there"
        ) from error
    say(console, _summary(version, progress))


def _how_far(progress: WarmUpProgress) -> str:
    return f"{progress.done:,} of {progress.n_lists:,} lists"


def _summary(version: str, progress: WarmUpProgress) -> str:
    rate = progress.written / max(progress.seconds, 1e-9)
    each = progress.redis_bytes / max(progress.n_shoppers, 1)
    invalidated = f", {progress.invalidated:,} invalidated meanwhile" if progress.invalidated else ""
    return (
        f"{version}: {progress.written:,} lists written, {progress.skipped:,} were there{invalidated}; "
        f"{progress.seconds:.1f} s, {rate:,.0f} lists/s\n"
        f"Redis: {progress.redis_bytes:,} bytes for the lists of {progress.n_shoppers:,} shoppers, "
        f"{each:,.0f} each"
    )


@click.command()
@of_shop
@models_dir
@setting("redis_url")
@click.option(
    "--active-days",
    type=click.FloatRange(0),
    default=_PLAN.active_days,
    show_default=True,
    help="For shoppers with an order so many days before the newest one; undated: for all.",
)
@click.option(
    "--placement",
    "placements",
    multiple=True,
    help="for_you, discover, buy_again, or one of your own; repeatable.  [default: for_you]",
)
@click.option(
    "--n", type=click.IntRange(1, MAX_N), default=_PLAN.n, show_default=True, help="Items of a list."
)
@click.option(
    "--rate",
    type=click.FloatRange(0, min_open=True),
    default=_PLAN.lists_per_second,
    show_default=True,
    help="Lists made in a second, at most.",
)
@click.option("--version", help="Of a version that is not live yet.  [default: the live one]")
def warm(
    config: Path | None,
    active_days: float,
    placements: tuple[str, ...],
    n: int,
    rate: float,
    version: str | None,
    **options: object,
) -> None:
    """Fill Redis with the lists of those who were active, so that nobody waits for one.

    What is there is skipped: after Ctrl-C, or when Redis was lost, another run goes on. Exit status: 0 done, 2 usage,
    130 interrupted, 1 anything else.
    """
    chosen = tuple(dict.fromkeys(placements)) or _PLAN.placements
    plan = WarmUpPlan(active_days, chosen, n, rate)
    shop = load_shop(config, options)
    Warming(shop.settings, plan, version, book_of(shop)).run(Console())
