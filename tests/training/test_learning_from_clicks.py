"""Lists that learn from clicks, in a shop that is made up and of which the truth is known."""

from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from benchmarks.clicking_shop import FIRST_DAY, PLACEMENTS, ClickingShop, Truth, live_through, shown_lists
from recsvc.model.model import Model
from recsvc.model.registry import Registry
from recsvc.ranking.appeal import AppealWeight
from recsvc.ranking.query import Query
from recsvc.ranking.recommender import Recommender
from recsvc.store.store import open_store
from training.history.exposures import NO_EXPOSURES, Exposures
from training.history.interactions import DAY_SECONDS, Interactions
from training.history.split import OrderHistory, split_orders
from training.job import TrainingJob, read_and_clean
from training.learning import Given, Learned, learn
from training.measuring import given_of
from training.progress import Silent
from training.settings import TrainingSettings
from training.sources.order_sources import OrderSources, exposures_of
from training.sources.shop_store import StoreAddress

SHOP = ClickingShop(
    users=320, items=60, days_before=60, days_live=112, lists_days=56, visit_days=8.0, clicks=0.5, appeal=0.8
)
SETTINGS = TrainingSettings(factors=4, iterations=2, windows=2, trees=15, threads=1, gate_users=100)
NOW = datetime.fromtimestamp((FIRST_DAY + SHOP.days) * DAY_SECONDS, UTC) + timedelta(hours=1)


@dataclass(frozen=True)
class Lived:
    """A shop that has lived: what is known of it, and where its store is."""

    truth: Truth
    sources: OrderSources
    orders: OrderHistory
    exposures: Exposures

    def learned(self, exposures: Exposures) -> Learned:
        known = Interactions.of(self.orders.lines, self.orders.guest_lines)
        return learn(self.orders, known, SETTINGS, Silent(), Given(exposures=exposures))

    def clicks(self, model: Model) -> np.ndarray:
        """Return the clicks that lists of ``model`` bring, by what shoppers like; float64, shape (n_users,)."""
        return np.mean(
            [self.truth.expected_clicks(shown_lists(SHOP, model, placement)) for placement in PLACEMENTS],
            axis=0,
        )


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Lived:
    truth, path = Truth.of(SHOP), tmp_path_factory.mktemp("lived") / "recsvc.db"
    address = StoreAddress(f"sqlite:///{path}")
    with closing(open_store(address.url, timeout_seconds=60)) as store:
        live_through(SHOP, truth, store, SETTINGS)
    sources = OrderSources(store=address, from_store=True)
    orders = read_and_clean(sources, SETTINGS, NOW, Silent())
    return Lived(truth, sources, orders, exposures_of(sources))


@pytest.fixture(scope="module")
def learned(lived: Lived) -> Learned:
    return lived.learned(lived.exposures)


def without(learned: Learned) -> Model:
    """Return the model as it would be without clicks."""
    texts = {}
    for name in ("ranker_all", "ranker_new"):
        ranker = learned.rankers[name]
        texts[name] = replace(ranker, appeal=None).written
    return replace(learned.model, item_appeal=None, **texts)


def test_lists_that_learned_from_clicks_are_clicked_more_often(lived: Lived, learned: Learned) -> None:
    assert learned.clicks.sentence.startswith(
        "Learning from clicks is on for lists that may hold repeats (what was liked twice as much before was clicked "
    )
    ahead = lived.clicks(learned.model) - lived.clicks(without(learned))
    assert ahead.mean() > 3 * ahead.std() / np.sqrt(len(ahead)) > 0
    assert ahead.mean() > 0.03 * lived.clicks(without(learned)).mean()


def test_without_exposures_all_is_as_if_nobody_had_looked_for_them(lived: Lived, learned: Learned) -> None:
    plain = lived.learned(NO_EXPOSURES)
    assert plain.model.item_appeal is None
    assert (plain.clicks.sentence, dict(plain.clicks.figures)) == ("", {})
    for name, ranker in plain.rankers.items():
        assert "appeal" not in ranker.written[:100]
        assert "appeal" not in " ".join(ranker.quality)
        # Trees are the same: what clicks say is added to them.
        assert ranker.text == learned.rankers[name].text


def test_few_clicks_change_nothing_and_are_named(lived: Lived) -> None:
    early = lived.exposures.before((FIRST_DAY + SHOP.days_before + 8) * DAY_SECONDS)
    found = lived.learned(early)
    assert found.model.item_appeal is None
    assert found.clicks.sentence.startswith(
        f"Learning from clicks is off: {early.n_clicks:,} clicks, needs 2,000."
    )
    assert 0 < early.n_clicks < 2000


def test_young_clicks_change_nothing_until_a_window_can_decide(lived: Lived) -> None:
    day = pl.col("day") >= FIRST_DAY + SHOP.days - 42
    first = np.where(lived.exposures.first_clicks < FIRST_DAY + SHOP.days - 42, FIRST_DAY + SHOP.days - 3, 0)
    young = replace(
        lived.exposures,
        counts=lived.exposures.counts.filter(day),
        clicked_lists=lived.exposures.clicked_lists.filter(day),
        first_clicks=first,
    )
    found = lived.learned(young)
    assert found.model.item_appeal is None
    assert (
        "needs 2,000; later ones count once the window that decides begins after them"
        in found.clicks.sentence
    )


def test_clicks_on_anything_change_nothing(lived: Lived) -> None:
    """What is said of each item is what was clicked of another: that foretells no click."""
    other = np.random.default_rng(3).permutation(len(lived.exposures.item_ids)).astype(np.int32)
    items = pl.Series("item", other[lived.exposures.counts["item"].to_numpy()])
    found = lived.learned(replace(lived.exposures, counts=lived.exposures.counts.with_columns(items)))
    assert found.model.item_appeal is None
    assert "did not say, beyond chance, what was clicked afterwards" in found.clicks.sentence


def test_what_is_measured_knows_nothing_that_was_shown_after_the_cut(lived: Lived) -> None:
    split = split_orders(lived.orders)
    assert split.cut is not None
    known = given_of(split, lived.exposures).exposures
    assert lived.exposures.counts["day"].max() > split.cut // DAY_SECONDS > known.counts["day"].max()
    assert known.clicked_lists["day"].max() < split.cut // DAY_SECONDS > known.first_clicks.max()


def test_without_a_cut_in_time_nothing_is_learned_from_clicks_and_that_is_said(lived: Lived) -> None:
    undated = replace(split_orders(lived.orders), cut=None)
    found = lived.learned(given_of(undated, lived.exposures).exposures)
    assert found.model.item_appeal is None
    assert "items shown, for without a cut in time" in found.clicks.sentence


def test_a_run_publishes_what_clicks_say_and_the_next_night_goes_on_with_it(
    lived: Lived, tmp_path: Path
) -> None:
    job = TrainingJob(lived.sources, tmp_path, SETTINGS, NOW, force=True)
    outcome = job.run(Silent(), lambda *_: None)
    assert outcome.clicks.startswith("Learning from clicks is on for")
    assert outcome.clicks in outcome.page.read_text()
    first = Registry(tmp_path).load()
    assert first.manifest.metrics["clicks"]["on"]
    assert first.model.item_appeal is not None
    assert first.model.item_appeal.any()
    assert Recommender(first.model).recommend(Query(user_id="user-00001")).items
    replace(job, now=NOW + timedelta(days=1)).run(Silent(), lambda *_: None)
    second = Registry(tmp_path).load()
    assert second.manifest.model_version != first.manifest.model_version
    assert second.model.item_appeal is not None
    assert AppealWeight.parted(second.model.ranker_all) == AppealWeight.parted(first.model.ranker_all)


def test_a_shop_may_say_that_clicks_are_not_learned_from(lived: Lived, tmp_path: Path) -> None:
    settings = SETTINGS.model_copy(update={"learn_from_clicks": False})
    outcome = TrainingJob(lived.sources, tmp_path, settings, NOW, force=True).run(Silent(), lambda *_: None)
    loaded = Registry(tmp_path).load()
    assert outcome.clicks == ""
    assert loaded.model.item_appeal is None
    assert "clicks" not in loaded.manifest.metrics
    assert settings.hyperparameters() == SETTINGS.hyperparameters()
