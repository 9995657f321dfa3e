"""Everything below HTTP, made from the settings and wired together."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from random import Random

from recsvc.cache.cache import Cache
from recsvc.cache.epochs import Epochs
from recsvc.cache.near import NearCache
from recsvc.cache.redis import RedisCache, connect
from recsvc.cache.subscription import Subscription
from recsvc.cache.tiered import TieredCache
from recsvc.errors import StoreError
from recsvc.metrics import Metrics
from recsvc.model.registry import Registry
from recsvc.rules.rule_book import NO_RULES, RuleBook
from recsvc.serving.cold_start import ColdStartWatch
from recsvc.serving.explaining import Explaining
from recsvc.serving.lists import Limits, Lists
from recsvc.serving.live_model import LiveModel
from recsvc.serving.pages import Pages
from recsvc.serving.store_shop import StoreShop
from recsvc.settings import Settings
from recsvc.shared_files import SharedFiles
from recsvc.store.store import DATABASE_FILE, Store, open_store
from recsvc.store.user_records import Erasure

LISTENER_TIMEOUT_SECONDS = 0.5

Check = Callable[[], str | None]
"""Says what is wrong with a part that the service can do without, or None."""


@dataclass(frozen=True)
class Caches:
    """The cache that lists go through, and its parts."""

    cache: Cache
    near: NearCache
    redis: RedisCache | None
    subscription: Subscription | None

    def start(self) -> None:
        """Listen to what other machines drop."""
        if self.subscription:
            self.subscription.start()

    def close(self) -> None:
        """End all connections."""
        if self.subscription:
            self.subscription.stop()
        self.cache.close()

    def checks(self) -> list[Check]:
        """Return what says how Redis is."""
        redis, subscription = self.redis, self.subscription
        if redis is None or subscription is None:
            return []
        return [lambda: subscription.problem or redis.problem]


def make_caches(settings: Settings, epochs: Epochs) -> Caches:
    """Return the caches, with Redis where there is one."""
    # The other half is for ReadyAnswers.
    near = NearCache(settings.near_cache_bytes // 2, settings.cache_ttl_seconds, epochs)
    if settings.redis_url is None:
        return Caches(near, near, None, None)
    url, timeout = settings.redis_url.get_secret_value(), settings.redis_timeout_seconds
    redis = RedisCache(
        connect(url, timeout_seconds=timeout, max_connections=settings.server_threads + 1),
        epochs,
        ttl_seconds=settings.cache_ttl_seconds,
        pause_seconds=settings.redis_pause_seconds,
        rng=Random(),  # noqa: S311 - spreads expiry times, protects nothing
    )
    listener = connect(url, timeout_seconds=max(timeout, LISTENER_TIMEOUT_SECONDS), max_connections=1)
    subscription = Subscription(listener, epochs, redis.keep_up)
    return Caches(TieredCache(near, redis), near, redis, subscription)


def make_store(settings: Settings, timeout_seconds: float = 5.0, max_connections: int | None = None) -> Store:
    """Return the store with its tables made, where the database can be reached."""
    url = settings.database_url
    store = open_store(
        f"sqlite:///{settings.models_dir / DATABASE_FILE}" if url is None else url.get_secret_value(),
        timeout_seconds=timeout_seconds,
        max_connections=max_connections or settings.threads + 1,
    )
    # Lists are made without it; it is tried again at each request that needs it, and has logged why.
    with suppress(StoreError):
        store.prepare()
    return store


READ_TIMEOUT_SECONDS = 0.5
"""How long a list waits for the store before it is made without it."""


class Service:
    """What makes lists, and what it follows; it begins with ``start``.

    Attributes:
        metrics: what was counted.
        epochs: which kept lists may still be given.
        live_model: the version that answers come from.
        caches: where lists are kept.
        store, read_store: the same database; what lists wait for, they wait for shortly.
        shop: the shop as it is now.
        lists, pages, explaining: what requests ask.
    """

    def __init__(
        self, settings: Settings, files: SharedFiles | None = None, book: RuleBook = NO_RULES
    ) -> None:
        self.metrics = Metrics(files.metrics if files else None)
        self.epochs = Epochs(files.epochs if files else None)
        registry, diversity = Registry(settings.models_dir), settings.diversity
        self.live_model = LiveModel(registry, settings.model_poll_seconds, self.metrics, diversity=diversity)
        self.caches = make_caches(settings, self.epochs)
        self.store = make_store(settings)
        self.read_store = make_store(settings, READ_TIMEOUT_SECONDS, settings.server_threads)
        self._newcomers = ColdStartWatch(
            self.read_store,
            lambda: self.live_model.version,
            settings.new_items_share,
            settings.stale_seconds,
        )
        self.shop = StoreShop(self.read_store, self.epochs, self.metrics, settings.cache_ttl_seconds, book)
        self.shop.cold_start_watch = self._newcomers
        cache = self.caches.cache
        self.lists = Lists(self.live_model, cache, _limits(settings), self.metrics, self.shop)
        self.shop.drop = self.lists.drop
        self.pages = Pages(self.lists, cache, lambda: self.shop.mask.hidden)
        self.explaining = Explaining(self.live_model, self.shop, self.lists.line, self.metrics)

    def on_shoppers(self, user_ids: frozenset[str], session_ids: frozenset[str]) -> None:
        """Drop the lists of shoppers that may have changed."""
        for user_id in user_ids:
            self.lists.invalidate(user_id)
        for session_id in session_ids:
            self.lists.invalidate(session_id, "session")

    def on_erased(self, erasure: Erasure) -> None:
        """Drop the lists of someone who was erased."""
        self.on_shoppers(frozenset(erasure.user_ids), frozenset(erasure.session_ids))
        self.look_now()

    def look_now(self) -> None:
        """See at once what the store says."""
        with suppress(StoreError):  # it looks again by itself
            self.shop.watch.refresh()

    def start(self) -> None:
        """Load the live model, and follow everything from now on."""
        followers = (self.live_model, self.caches, self.shop.watch, self._newcomers, self.metrics)
        for follower in followers:
            follower.start()

    def close(self) -> None:
        """End all threads and connections."""
        for end in (self.live_model.stop, self.lists.close, self.shop.watch.stop, self._newcomers.stop):
            end()
        self.caches.close()
        self.metrics.stop()
        for store in (self.store, self.read_store):
            store.close()


def _limits(settings: Settings) -> Limits:
    return Limits(
        slots=settings.threads,
        max_waiting=settings.max_waiting,
        wait_seconds=settings.max_wait_seconds,
        stale_seconds=settings.stale_seconds,
    )
