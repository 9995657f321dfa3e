"""Runs in a row, as every night: what goes live, and what is put aside."""

from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest
from markupsafe import escape
from support.models import small_model

from recsvc.model.registry import Registry, Release
from recsvc.store.store import open_store
from training.fit.als_choice import AlsSettings
from training.gate import State
from training.history.catalogue import ShopCatalogue
from training.job import TrainingJob
from training.measured_run import Outcome, live_version
from training.progress import Silent
from training.sample import SampleShop, write_sample_shop
from training.settings import TrainingSettings
from training.sources.catalogue import read_catalogue
from training.sources.order_sources import OrderSources
from training.sources.shop_store import StoreAddress

SETTINGS = TrainingSettings(
    factors=16,
    iterations=5,
    windows=3,
    trees=30,
    users_a_window=100,
    gate_users=200,
    threads=1,
    keep_versions=2,
)
NOW = datetime(2026, 7, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def orders(tmp_path_factory: pytest.TempPathFactory) -> Path:
    shop = SampleShop(users=300, items=80, order_lines=8000)
    return write_sample_shop(shop, tmp_path_factory.mktemp("shop")).orders


@pytest.fixture(scope="module")
def catalogue(orders: Path) -> ShopCatalogue:
    return read_catalogue(str(orders.parent / "catalogue.csv"))


@pytest.fixture
def models(tmp_path: Path) -> Path:
    return tmp_path / "models"


def train(
    orders: Path,
    models: Path,
    settings: TrainingSettings = SETTINGS,
    sources: OrderSources | None = None,
    **options,
) -> Outcome:
    now = NOW + timedelta(hours=len(list(models.glob("reports/*"))))
    job = TrainingJob(sources or OrderSources((str(orders),)), models, settings, now, **options)
    return job.run(Silent(), lambda _summary, _rejected: None)


def without(orders: Path, target: Path, what: pl.Expr) -> Path:
    pl.read_csv(orders, infer_schema_length=0).filter(~what).write_csv(target)
    return target


def test_the_same_orders_every_night_go_live_every_night(orders: Path, models: Path) -> None:
    outcomes = [train(orders, models) for _ in range(2)]
    assert all(outcome.verdict.accepted for outcome in outcomes), outcomes[1].verdict.refusals
    assert Registry(models).current_version() == outcomes[1].manifest.model_version
    assert not (models / "refused").exists()


def rankers_of(outcome: Outcome) -> list[object]:
    metrics = outcome.manifest.metrics
    return [metrics[name]["since"] for name in ("ranker_all", "ranker_new")]


def test_on_the_night_after_the_rankers_are_kept_and_a_week_later_learned_anew(
    orders: Path, models: Path
) -> None:
    first, second = (train(orders, models) for _ in range(2))
    assert rankers_of(first) == [NOW.isoformat()] * 2 == rankers_of(second)
    texts = {Registry(models).load(one.manifest.model_version).model.ranker_all for one in (first, second)}
    assert len(texts) == 1
    assert NOW.date().isoformat() in second.page.read_text()
    churn = second.manifest.metrics["evaluation"]["questions"]["all"]["churn_at_10"]["mean"]
    assert churn < 0.1
    anew = train(orders, models, SETTINGS.model_copy(update={"ranker_days": 0}))
    assert rankers_of(anew) == [(NOW + timedelta(hours=2)).isoformat()] * 2


@pytest.mark.parametrize("text", ['{"blend": {"no_such_feature": 1.0}}', "tree\n", "{"])
def test_a_live_version_with_rankers_of_another_release_is_as_good_as_none(tmp_path: Path, text: str) -> None:
    registry = Registry(tmp_path)
    release = Release("20260707T000000000Z-abcdef", "2026-07-07T00:00:00+00:00", None, {}, {}, {})
    registry.publish(small_model(), release)
    assert live_version(registry) is not None
    registry.publish(
        replace(small_model(), ranker_new=text), replace(release, model_version="20260708T000000000Z-abcdef")
    )
    assert live_version(registry) is None


def test_nothing_goes_on_from_a_version_that_knows_who_was_erased(
    orders: Path, models: Path, tmp_path: Path
) -> None:
    train(orders, models)
    url = f"sqlite:///{tmp_path / 'recsvc.db'}"
    with closing(open_store(url)) as store:
        store.prepare()
        store.users.erase(Registry(models).load().model.users.id_of(0), at_us=1)
    sources = OrderSources((str(orders),), store=StoreAddress(url))
    second = train(orders, models, sources=sources)
    assert rankers_of(second) == [(NOW + timedelta(hours=1)).isoformat()] * 2


def test_lists_as_a_merchandiser_sees_them_are_compared_and_a_forgotten_catalogue_is_missed(
    orders: Path, models: Path, catalogue: ShopCatalogue
) -> None:
    live = train(orders, models, catalogue=catalogue)
    second = train(orders, models, SETTINGS.model_copy(update={"seed": 7}), catalogue=catalogue)
    assert second.verdict.accepted, second.verdict.refusals
    looked_at = {check.name for check in second.verdict.checks_in(State.PASSED)}
    expected = {
        f"{name}: personal" for name in ("for_you", "discover", "buy_again", "similar", "bought_together")
    }
    expected |= {
        "similar: own category",
        "bought_together: orders completed",
        "discover: reasons that hold",
        "variants",
    }
    assert expected | {"all: lists that change", "new: lists that change"} <= looked_at
    forgotten = train(orders, models)
    assert [check.name for check in forgotten.verdict.refusals] == ["similar: own category"]
    assert forgotten.live_before == second.manifest.model_version != live.manifest.model_version


def test_a_run_opens_with_a_sentence_for_people_and_its_page_too(orders: Path, models: Path) -> None:
    outcome = train(orders, models)
    assert " of 100 returning shoppers found something" in outcome.opening[0]
    page = outcome.page.read_text()
    assert all(escape(sentence) in page for sentence in outcome.opening)
    assert outcome.live_before is None


def test_what_is_accepted_waits_for_whoever_activates_it(orders: Path, models: Path) -> None:
    live = train(orders, models).manifest.model_version
    outcome = train(orders, models, activate=False)
    assert (outcome.verdict.accepted, outcome.is_live) == (True, False)
    assert Registry(models).current_version() == live
    Registry(models).activate(outcome.manifest.model_version)
    assert Registry(models).current_version() == outcome.manifest.model_version


def test_what_is_refused_is_put_aside_and_the_live_version_stays(
    orders: Path, models: Path, tmp_path: Path
) -> None:
    live = train(orders, models).manifest.model_version
    damaged = without(orders, tmp_path / "damaged.csv", pl.col("ordered_at").str.starts_with("2026-06-17"))
    outcome = train(damaged, models)
    assert [check.name for check in outcome.verdict.refusals] == ["orders: days that were there"]
    assert Registry(models).current_version() == live
    aside = Registry(models / "refused").load(outcome.manifest.model_version)
    assert aside.manifest.metrics["gate"]["accepted"] is False
    assert outcome.directory == models / "refused" / outcome.manifest.model_version


@pytest.mark.long
def test_only_the_last_refused_versions_are_kept(orders: Path, models: Path, tmp_path: Path) -> None:
    train(orders, models)
    damaged = without(orders, tmp_path / "damaged.csv", pl.col("ordered_at").str.starts_with("2026-06-17"))
    last = [train(damaged, models).manifest.model_version for _ in range(3)]
    assert sorted(path.name for path in (models / "refused").glob("2*")) == sorted(last[-2:])


def test_half_of_the_shoppers_gone_is_refused(orders: Path, models: Path, tmp_path: Path) -> None:
    train(orders, models)
    half = pl.col("customer_id").hash(seed=1) % 2 == 0
    outcome = train(without(orders, tmp_path / "half.csv", half), models)
    assert "orders: users" in [check.name for check in outcome.verdict.refusals]


def test_forced_it_goes_live_and_the_manifest_says_so(orders: Path, models: Path, tmp_path: Path) -> None:
    train(orders, models)
    damaged = without(orders, tmp_path / "damaged.csv", pl.col("ordered_at").str.starts_with("2026-06-17"))
    outcome = train(damaged, models, force=True)
    gate = Registry(models).load().manifest.metrics["gate"]
    assert Registry(models).current_version() == outcome.manifest.model_version
    assert (gate["forced"], gate["accepted"]) == (True, True)
    assert [check["name"] for check in gate["checks"] if not check["passed"]] == [
        "orders: days that were there"
    ]


def test_settings_that_learn_less_than_the_live_ones_are_refused(orders: Path, models: Path) -> None:
    train(orders, models)
    worse = {"factors": 1, "iterations": 1, "trees": 1, "neighbours": 1, "windows": 1, "users_a_window": 10}
    outcome = train(orders, models, SETTINGS.model_copy(update=worse))
    assert any("against live settings" in check.name for check in outcome.verdict.refusals)


def test_a_live_version_that_cannot_be_read_does_not_stop_the_next_one(orders: Path, models: Path) -> None:
    live = train(orders, models).manifest.model_version
    (models / live / "item_factors.npy").write_bytes(b"")
    assert train(orders, models).verdict.accepted


def test_what_went_live_knows_every_order_and_who_is_nobody(orders: Path, models: Path) -> None:
    settings = SETTINGS.model_copy(update={"guests": ["Till@Shop.example"], "shoppers": ["0", "ann"]})
    outcome = train(orders, models, settings)
    assert Registry(models).load().manifest.guests == ["till@shop.example"]
    assert outcome.manifest.data_through.startswith("2026-06-")
    questions = outcome.manifest.metrics["evaluation"]["questions"]
    assert set(questions) == {"all", "new"}
    assert outcome.manifest.data_through > outcome.manifest.metrics["evaluation"]["data"]["cut"]


def test_of_a_large_history_a_part_is_measured_and_all_of_it_goes_live(
    orders: Path, models: Path, tmp_path: Path
) -> None:
    large = SETTINGS.model_copy(update={"fit_users": 150, "gate_users": 50})
    first, second = train(orders, models, large), train(orders, models, large)
    assert first.is_live
    assert second.is_live, second.verdict.refusals
    described = second.manifest.metrics["evaluation"]["data"]
    assert described["train_users"] <= 150 < second.manifest.counts["users"]
    assert "150 of the" in described["notes"][0]
    damaged = without(orders, tmp_path / "damaged.csv", pl.col("ordered_at").str.starts_with("2026-06-17"))
    third = train(damaged, models, large)
    assert not third.is_live
    assert third.manifest.counts["users"] <= 150  # what is put aside is what was measured
    assert Registry(models).current_version() == second.manifest.model_version
    assert "live" not in second.manifest.metrics["evaluation"]["questions"]["all"]["rankers"]


@pytest.fixture(scope="module")
def tastes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Orders without dates; of each of 160 tastes there are ten items and four shoppers, who buy eight of them."""
    path = tmp_path_factory.mktemp("tastes") / "orders.csv"
    rows = [
        (f"u{user}-{taste}", f"i{(user + step * 3) % 10}-{taste}", f"{taste}-{user}-{step}")
        for taste in range(160)
        for user in range(4)
        for step in range(8)
    ]
    pl.DataFrame(rows, schema=["user_id", "item_id", "order_id"], orient="row").write_csv(path)
    return path


def test_settings_of_als_that_fit_the_shop_are_chosen_and_held_the_night_after(
    tastes: Path, models: Path
) -> None:
    settings = TrainingSettings(windows=2, trees=10, threads=1)
    first, second = train(tastes, models, settings), train(tastes, models, settings)
    for outcome in (first, second):
        assert outcome.is_live, outcome.verdict.refusals
        manifest = outcome.manifest
        chosen = AlsSettings.read(manifest.metrics["als"])
        assert chosen is not None
        assert chosen != AlsSettings.of(settings)
        assert f"ALS has {chosen}" in outcome.page.read_text()
        assert manifest.hyperparameters == settings.hyperparameters()
        model = Registry(models).load(manifest.model_version).model
        assert model.item_factors.shape[1] == chosen.factors
        # What serving adds for a purchase of today is what the model has for one.
        assert set(model.history.values) == {manifest.fitted_with["alpha"]} == {chosen.alpha}
    tried = [next(iter(outcome.manifest.metrics["als"]["validation"])) for outcome in (first, second)]
    assert tried == [str(AlsSettings.of(settings)), str(chosen)]
