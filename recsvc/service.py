"""Everything below HTTP, made from the settings."""

from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from math import isinf

from recsvc.cache.epochs import Epochs
from recsvc.errors import StoreError
from recsvc.metrics import Metrics, Total
from recsvc.model.mirror import MirroredRegistry, open_registry
from recsvc.outcomes.share import HOUR_US, Windows
from recsvc.processes.heartbeats import Heartbeats
from recsvc.processes.shared_files import SharedFiles
from recsvc.ranking.query import UserKey
from recsvc.rules.placement_rules import PlacementRules
from recsvc.rules.rule_book import NO_RULES, RuleBook
from recsvc.serving.audiences import ShopAudiences
from recsvc.serving.caches import Check, NamesOfShop, make_caches
from recsvc.serving.cold_start import ColdStart
from recsvc.serving.experiment_desk import ExperimentDesk
from recsvc.serving.experiments import ExperimentsInForce
from recsvc.serving.explaining import Explaining
from recsvc.serving.follower import GuardedStore, Part, StoreFollower, UnguardedStore
from recsvc.serving.given_lists import GivenLists
from recsvc.serving.list_ids import ListIds
from recsvc.serving.lists import Limits, Lists
from recsvc.serving.live_catalogue import LiveCatalogue
from recsvc.serving.live_model import LiveModel, LiveVersion, SecondVersion
from recsvc.serving.models_copy import ModelsCopy
from recsvc.serving.moments import ShopperMoments
from recsvc.serving.neighbours import LIST_CONNECTIONS, STORE_CONNECTIONS, Place
from recsvc.serving.offer_desk import OfferDesk
from recsvc.serving.outcome_follower import Manners, OutcomeFollower
from recsvc.serving.outcome_process import OutcomeProcess, Task
from recsvc.serving.pages import Pages
from recsvc.serving.performance import Performances
from recsvc.serving.results_board import ResultsBoard
from recsvc.serving.rules_in_force import RulesInForce
from recsvc.serving.shop import Erasures, Objecting, Shop
from recsvc.serving.store_users import StoreUsers
from recsvc.serving.traced_parts import (
    traced_lists,
    traced_recommender,
    traced_store,
)
from recsvc.serving.trial import TrialInChild
from recsvc.settings.settings import Settings
from recsvc.store.event import DAY_US
from recsvc.store.store import DATABASE_FILE, Store, open_store
from recsvc.store.user_records import Erasure
from recsvc.tracing.registries import traced_registry
from recsvc.tracing.tracing import OFF, Tracing

LATE_SECONDS = 5.0
"""When the store has not been heard of for so long, the service says so."""

COPY_POLL_SECONDS = 2.0
"""Between two looks at the object store, at least: each costs a request."""


def database_url_of(settings: Settings) -> str:
    """Return where the store is; without a setting, a file in the models directory."""
    return settings.store_url or f"sqlite:///{settings.models_dir / DATABASE_FILE}"


def make_store(settings: Settings, timeout_seconds: float = 5.0, max_connections: int | None = None) -> Store:
    """Return the store with its tables made, where the database can be reached."""
    store = open_store(
        database_url_of(settings),
        timeout_seconds=timeout_seconds,
        max_connections=max_connections or settings.threads + 1,
    )
    # Lists are made without it. It has logged why, and each request that needs it tries again.
    with suppress(StoreError):
        store.prepare()
    return store


READ_TIMEOUT_SECONDS = 0.5
"""How long a list waits for the store before it is made without it."""


def make_shop(  # noqa: PLR0913, PLR0917 - the parts of a shop
    users: StoreUsers,
    rules: RulesInForce,
    cold_start: ColdStart,
    ids: ListIds,
    followers: Sequence[Part] = (),
    experiments: ExperimentsInForce | None = None,
    catalogue: LiveCatalogue | None = None,
) -> tuple[Shop, StoreFollower]:
    """Return the shop as a store knows it, and what brings it up to date.

    Args:
        users: what users did, and the store.
        rules: of the placements.
        cold_start: the items that the model never saw.
        ids: names lists.
        followers: what else follows the store, before all others.
        experiments: that run; None: all shoppers are shown the same.
        catalogue: which items are unavailable, where that is not by the stock alone.
    """
    catalogue, erasures, objecting = catalogue or LiveCatalogue(), Erasures(), Objecting()
    urgent: list[Part] = [erasures, objecting, catalogue, rules]
    if experiments is None:
        experiments = ExperimentsInForce()
    else:
        urgent.append(experiments)  # after the rules, of which it asks whether they are used
    follower = StoreFollower(
        users.guarded, urgent, (cold_start,), (*followers, ids), users.store_has_answered
    )
    shop = Shop(catalogue, rules, users, erasures, cold_start, ids, experiments, follower, objecting)
    return shop, follower


def shop_beside(  # noqa: PLR0913 - what a shop is made from, and how
    live: LiveVersion,
    store: Store,
    settings: Settings,
    book: RuleBook,
    *,
    catalogue: LiveCatalogue | None = None,
    is_strict: bool = False,
) -> Shop:
    """Return the shop as the store knows it now, for a program that makes lists of ``live`` and serves none.

    Raises StoreError when the database fails; where ``is_strict``, so does making a list that needs the store.
    ``catalogue`` is as of ``make_shop``.
    """
    guarded, ttl_seconds = (
        UnguardedStore(store) if is_strict else GuardedStore(store),
        settings.cache_ttl_seconds,
    )
    users = StoreUsers(guarded, Epochs(), Metrics(), ttl_seconds, lambda _tag: None)
    rules = RulesInForce(book, max_bytes=settings.max_rules_bytes)
    experiments = ExperimentsInForce(problem_of=rules.problem_of)
    cold_start = ColdStart(lambda: live, settings.new_items_share)
    shop, follower = make_shop(users, rules, cold_start, ListIds(), (), experiments, catalogue)
    while not follower.look():
        pass
    return shop


class Service:
    """What makes lists, and what it follows; it begins with ``start``.

    Attributes:
        metrics: what was counted.
        registry: the versions.
        live_model: the version that answers come from.
        caches: where lists are kept.
        names: of the shop's keys in Redis.
        store, guarded_store: the same database; requests for lists wait for the guarded one, and shortly.
        shop: the shop as it is now.
        lists, pages, given_lists, moments, audiences, explaining, performance, experiments, results_board, offers: what
            requests ask.
    """

    def __init__(  # noqa: PLR0913, PLR0917 - what a service is made from
        self,
        settings: Settings,
        files: SharedFiles | None = None,
        book: RuleBook = NO_RULES,
        followers: Sequence[Part] = (),
        tracing: Tracing = OFF,
        place: Place | None = None,
    ) -> None:
        self.metrics = metrics = _metrics_of(files, place)
        epochs = Epochs(files.epochs if files else None)
        self.registry = registry = open_registry(settings.models_dir, settings.models_url, COPY_POLL_SECONDS)
        diversity = settings.diversity
        turn = place.beside.trials if place else None
        trial = TrialInChild(files.tried, turn=turn) if files else None
        self.live_model = LiveModel(
            traced_registry(tracing, registry),
            settings.model_poll_seconds,
            metrics,
            diversity=diversity,
            trial=trial,
            around=partial(traced_recommender, tracing),
        )
        self._models_copy = (
            ModelsCopy(registry, max(COPY_POLL_SECONDS, settings.model_poll_seconds), metrics)
            if isinstance(registry, MirroredRegistry)
            else None
        )
        n_writing = STORE_CONNECTIONS if place else None
        self.store = traced_store(tracing, make_store(settings, max_connections=n_writing))
        self.names = NamesOfShop(settings.redis_namespace, self.store)
        self.caches = make_caches(settings, self.names, epochs, self.live_model.versions, metrics, tracing)
        self.caches.show(metrics)
        n_connections = LIST_CONNECTIONS if place else settings.server_threads
        guarded = make_store(settings, READ_TIMEOUT_SECONDS, n_connections)
        self.guarded_store = GuardedStore(traced_store(tracing, guarded))
        cache, ttl_seconds = self.caches.cache, settings.cache_ttl_seconds
        users = StoreUsers(self.guarded_store, epochs, metrics, ttl_seconds, cache.invalidate)
        self._second_version = second = SecondVersion(self.live_model, settings.model_poll_seconds)
        cold_start = ColdStart(
            lambda: self.live_model.version,
            settings.new_items_share,
            settings.stale_seconds,
            lambda: second.version,
        )
        rules = RulesInForce(book, max_bytes=settings.max_rules_bytes)
        experiments = ExperimentsInForce(second, rules.problem_of, cache.invalidate)
        self.shop, self._follower = make_shop(
            users, rules, cold_start, ListIds(self.store), (*followers, self.names), experiments
        )
        lists = Lists(self.live_model, cache, _limits(settings, place), metrics, self.shop)
        self.lists = traced_lists(tracing, lists)
        self.pages = Pages(self.lists, cache)
        self.given_lists = GivenLists(self.live_model, self.shop, self.lists.line, metrics)
        self.moments = ShopperMoments(self.live_model, self.shop, self.store)
        self.audiences = ShopAudiences(self.live_model, self.shop, self.store)
        self.performance = Performances(lambda: self.store.outcomes, settings.currency)
        self._outcomes, self._outcome_process = _outcomes_of(
            settings, self.store, self.shop, self.metrics, files, place
        )
        self.experiments = ExperimentDesk(self.store, self.shop, self.live_model.versions, self.check_rules)
        self.offers = OfferDesk.of(self.store, settings, lambda: self.live_model.version, self.shop)
        self.results_board = ResultsBoard(self.experiments.results)
        self.explaining = Explaining(self.live_model, self.shop, self.lists.line, metrics)

    def checks(self) -> list[Check]:
        """Return what tells how Redis, the store and experiments are."""
        copied = [lambda: copy.problem] if (copy := self._models_copy) else []
        return [*self.caches.checks(), self._store_problem, self.shop.experiments.problem, *copied]

    def _store_problem(self) -> str | None:
        age = self._follower.age_seconds()
        if age < LATE_SECONDS:
            if self.store.refuses_writes:
                return "the store refuses writes: it is read-only or full; events, items and erasures are answered 503"
            return None
        since = "has not answered yet" if isinf(age) else f"has not answered for {age:.0f} s"
        return f"the store {since}: events, stock, erasures and keys are those that were known before"

    def on_shoppers(self, user_ids: frozenset[str], session_ids: frozenset[str]) -> None:
        """Invalidate the lists of users and sessions that did something."""
        for user_id in user_ids:
            self.lists.invalidate(UserKey("user", user_id))
        for session_id in session_ids:
            self.lists.invalidate(UserKey("session", session_id))

    def on_erased(self, erasure: Erasure) -> None:
        """Invalidate the lists of a user who was erased, and hear of it at once."""
        self.on_shoppers(erasure.user_ids, erasure.session_ids | erasure.touched_session_ids)
        self.look_now()

    def look_now(self) -> None:
        """See at once what the store says."""
        with suppress(StoreError):  # it looks again by itself
            self._follower.refresh()

    def check_rules(self, name: str, rules: PlacementRules) -> None:
        """Raise RulesError where the rules of a placement cost too much here; raises StoreError, too."""
        live = self.live_model.version
        n_learned = 0 if live is None else live.recommender.model.n_items
        self.shop.rules.check(name, rules, max(n_learned, self.store.catalogue.count()))

    def start(self) -> None:
        """Load the live model, and follow everything from now on."""
        for part in (self.live_model, self.caches, self._follower, self._second_version, self.metrics):
            part.start()
        for following in (self._models_copy, self._outcomes):
            if following:
                following.start()
        self.results_board.start()
        self.look_now()  # with the version of an experiment there from the first answer on

    def close(self) -> None:
        """End all threads and connections."""
        for end in (self.live_model.stop, self._second_version.stop, self.lists.close, self._follower.stop):
            end()
        for following in (self._models_copy, self._outcomes, self._outcome_process):
            if following:
                following.stop()
        self.results_board.stop()
        self.caches.close()
        self.metrics.stop()
        for store in (self.store, self.guarded_store.store):
            store.close()


def _metrics_of(files: SharedFiles | None, place: Place | None) -> Metrics:
    """Return the metrics of this worker, which has one of the places of ``files`` or is alone, or of a shop there."""
    shared = files if files is not None and files.place is not None else None
    if place is not None:
        return Metrics(shared.metrics if shared else None, shop=place.shop)
    metrics = Metrics(shared.metrics, shared.place or 0) if shared else Metrics()
    metrics.watch_total(*workers_replaced(shared))
    return metrics


def workers_replaced(files: SharedFiles | None) -> Total:
    """Return what tells how many workers were replaced."""
    heartbeats = Heartbeats(files.heartbeats) if files else None
    return (
        "recsvc_workers_replaced",
        "Workers that hung and were ended.",
        lambda: heartbeats.n_replaced if heartbeats else 0,
    )


def _outcomes_of(  # noqa: PLR0913, PLR0917 - what outcomes are made of
    settings: Settings,
    store: Store,
    shop: Shop,
    metrics: Metrics,
    files: SharedFiles | None,
    place: Place | None,
) -> tuple[OutcomeFollower | None, OutcomeProcess | None]:
    """Return what makes outcomes of events, and the process for many; only the first worker of a machine has them."""
    if files is not None and files.place:
        return None, None
    windows = Windows(round(settings.click_window_days * DAY_US), round(settings.seen_window_hours * HOUR_US))
    if files is None:
        return OutcomeFollower(store.outcomes, shop.ids.origin_of, windows, metrics), None
    task = Task(database_url_of(settings), windows, settings.log_level, place.shop if place else None)
    beside = OutcomeProcess(task, place.beside.countings if place else None)
    return OutcomeFollower(
        store.outcomes, shop.ids.origin_of, windows, metrics, Manners(beside.takes)
    ), beside


def _limits(settings: Settings, place: Place | None) -> Limits:
    return Limits(
        slots=settings.threads,
        max_waiting=settings.max_waiting,
        wait_seconds=settings.max_wait_seconds,
        stale_seconds=settings.stale_seconds,
        shared_slots=place.slots if place else None,
    )
