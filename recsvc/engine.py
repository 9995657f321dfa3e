"""Everything below HTTP, made from the settings and wired together."""

from contextlib import suppress

from recsvc.backends import make_caches, make_store
from recsvc.cache.epochs import Epochs
from recsvc.errors import StoreError
from recsvc.metrics import Metrics
from recsvc.model.registry import Registry
from recsvc.rules.rule_book import NO_RULES, RuleBook
from recsvc.serving.explaining import Explaining
from recsvc.serving.lists import Limits, Lists
from recsvc.serving.live_model import LiveModel
from recsvc.serving.newcomer_watch import NewcomerWatch
from recsvc.serving.pages import Pages
from recsvc.serving.store_shop import StoreShop
from recsvc.settings import Settings
from recsvc.shared_files import SharedFiles
from recsvc.store.shopper import Erasure

READ_TIMEOUT_SECONDS = 0.5
"""How long a list waits for the store before it is made without it."""


class Engine:
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
        self._newcomers = NewcomerWatch(
            self.read_store,
            lambda: self.live_model.version,
            settings.new_items_share,
            settings.stale_seconds,
        )
        self.shop = StoreShop(self.read_store, self.epochs, self.metrics, settings.cache_ttl_seconds, book)
        self.shop.newcomer_watch = self._newcomers
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
