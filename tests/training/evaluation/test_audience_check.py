"""In the sample shop, whose shoppers have tastes, audiences find who buys and promise what comes to pass."""

from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest

from recsvc.model.model import Model
from recsvc.ranking.audience.likelihood import Case, Likelihood
from training.audience.learning import learn_likelihood
from training.audience.panel import drawn_items
from training.evaluation.audience_check import ACTIVE, ALS, RECSVC, AudienceCheck, check_audiences, in_words
from training.fit.alternatives import no_content_arrays
from training.fit.counts import Counts
from training.fit.model import fit_model
from training.history.interactions import Interactions
from training.history.split import OrderLines, Split, split_orders
from training.job import read_and_clean
from training.progress import Silent
from training.sample import SampleShop, write_sample_shop
from training.settings import TrainingSettings
from training.sources.catalogue import read_catalogue
from training.sources.order_sources import OrderSources

SETTINGS = TrainingSettings(factors=16, iterations=5, threads=1)
SHOP = SampleShop(users=1500, items=250, order_lines=60_000, seed=4)


@pytest.fixture(scope="module")
def learned(tmp_path_factory: pytest.TempPathFactory) -> tuple[Model, Interactions, Split]:
    """The model of all but the last four weeks; what tells who buys comes from the four weeks before these."""
    files = write_sample_shop(SHOP, tmp_path_factory.mktemp("shop"))
    orders = read_and_clean(
        OrderSources((str(files.orders),)), SETTINGS, datetime(2026, 7, 2, tzinfo=UTC), Silent()
    )
    catalogue = read_catalogue(str(files.catalogue))

    def fitted(split: Split) -> tuple[Model, Interactions]:
        known = Interactions.of(split.train_lines, split.train_guest_lines, catalogue)
        nothing = no_content_arrays(len(known.items))
        return fit_model(Counts.of(known, SETTINGS), SETTINGS, Silent(), content=nothing), known

    last = split_orders(orders)
    earlier = split_orders(OrderLines(last.train_lines, last.train_guest_lines))
    before, _ = fitted(earlier)
    assert earlier.held_back is not None
    text = learn_likelihood(before, earlier.held_back, earlier.window_days, catalogue, 0)
    model, known = fitted(last)
    return replace(model, audience=text), known, last


@pytest.fixture(scope="module")
def found(learned: tuple[Model, Interactions, Split]) -> AudienceCheck:
    model, known, split = learned
    check = check_audiences(model, known.catalogue, split.held_back)
    assert check is not None
    return check


def test_all_cases_are_learned_from_a_shop_with_a_catalogue(learned) -> None:
    likelihood = Likelihood.read(learned[0].audience)
    assert likelihood is not None
    assert set(likelihood.cases) == set(Case)
    assert likelihood.horizon_days == 28


def test_audiences_buy_more_than_the_most_active_and_the_highest_scores(found: AudienceCheck) -> None:
    selling, _, hidden = found.found
    assert (selling.kind, hidden.kind) == ("selling", "hidden")
    for one in (selling, hidden):
        assert one.precision[RECSVC] > 1.2 * one.precision[ACTIVE]
        assert one.lift() > 2
    assert selling.precision[RECSVC] > selling.precision[ALS]


def test_what_is_promised_comes_to_pass(found: AudienceCheck) -> None:
    assert found.calibration_error < 0.03
    for band in found.bands:
        if band.pairs > 3_000:
            assert band.bought == pytest.approx(band.promised, rel=0.35, abs=0.002)
    sized = {one.wished: one for one in found.sized}
    assert sized[0.05].precision == pytest.approx(0.05, rel=0.3)
    assert sized[0.02].shoppers > sized[0.05].shoppers > sized[0.1].shoppers


def test_the_same_is_found_each_time(learned, found: AudienceCheck) -> None:
    model, known, split = learned
    assert check_audiences(model, known.catalogue, split.held_back) == found


def test_a_model_that_learned_nothing_of_it_is_not_judged(learned) -> None:
    model, known, split = learned
    assert check_audiences(replace(model, audience=""), known.catalogue, split.held_back) is None
    assert "do not apply" in in_words(None)


def test_items_are_drawn_by_what_was_known_before(learned) -> None:
    model = learned[0]
    drawn = drawn_items(model, 40, np.random.default_rng(1))
    assert len(drawn) == len(np.unique(drawn)) == 40
    assert (np.diff(drawn) > 0).all()


def test_the_words_name_what_was_promised(found: AudienceCheck) -> None:
    assert f"promised {found.found[0].promised:.3f}" in in_words(found)
    assert set(found.as_dict()["lift"]) == {"selling", "slow", "hidden"}
