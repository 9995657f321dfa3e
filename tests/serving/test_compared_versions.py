"""Versions side by side: what differs is told, what is foreign is left out, and serving goes on."""

from dataclasses import replace

import pytest
from support.models import CAKE, HAMMER, NAILS, SAW, TEA, release, rows, small_model

from recsvc.catalogue.item import Item
from recsvc.errors import DamagedModelError, OverloadedError, UnknownPlacementError, UnknownVersionError
from recsvc.model.registry import Registry
from recsvc.serving import compared_versions
from recsvc.serving.compared_versions import (
    Share,
    VersionComparison,
    compared_lists,
    counts_of,
    differences_of,
    figures_of,
    share_of,
)
from recsvc.serving.live_model import LiveModel, LiveVersion
from recsvc.serving.shop import Shop


@pytest.fixture
def both(registry: Registry) -> list[LiveVersion]:
    """Version 1, and version 2 that has seen ada buy tools."""
    history = rows({SAW: 9, NAILS: 3}, {CAKE: 2, TEA: 5}, {HAMMER: 3}, {NAILS: 4, SAW: 2}, n_columns=7)
    fitted = replace(release("2"), hyperparameters={"factors": 9})
    model = small_model()
    factors = model.user_factors[[2, 1, 2, 3]]
    registry.publish(replace(model, history=history, user_factors=factors), fitted)
    return [LiveVersion.of(registry.load(name), 0.0) for name in ("1", "2")]


def test_lists_of_the_same_shoppers_are_paired(both: list[LiveVersion]) -> None:
    found = compared_lists(*both, Shop(), "for_you", n=3)
    assert {pair.user_id for pair in found.pairs} == {"ada", "ann", "ben", "bob"}
    assert found.pairs[0].user_id == "ada", "who gets the most other items comes first"
    assert found.pairs[0].first != found.pairs[0].second
    assert found.titles["tea"] == "Tea"
    assert 0 < found.share_in_both < 1
    same = compared_lists(both[0], both[0], Shop(), "for_you", n=3)
    assert same.share_in_both == 1


def test_a_page_of_an_item_is_that_of_what_was_bought_last(both: list[LiveVersion]) -> None:
    pairs = {pair.user_id: pair for pair in compared_lists(*both, Shop(), "similar", n=3).pairs}
    assert "tea" not in pairs["ada"].first
    assert pairs["ada"].first


def test_what_cannot_be_bought_is_in_no_list(both: list[LiveVersion]) -> None:
    shop = Shop()
    shop.catalogue.take([Item("milk", in_stock=False)])
    shop.catalogue.settle(1)
    lists = compared_lists(*both, shop, "for_you", n=7).pairs
    assert not any("milk" in (*pair.first, *pair.second) for pair in lists)


def test_no_more_shoppers_than_wanted_are_looked_at(both: list[LiveVersion]) -> None:
    assert len(compared_lists(*both, Shop(), "for_you", n_shoppers=2).pairs) == 2
    with pytest.raises(UnknownPlacementError):
        compared_lists(*both, Shop(), "nowhere")


def test_what_a_manifest_says_is_set_side_by_side(both: list[LiveVersion]) -> None:
    first, second = (live.manifest for live in both)
    recall = {"mean": 0.5, "low": 0.4, "high": 0.6}
    said = {
        "all": {"rankers": {"recsvc": {"recall_at_20": recall, "coverage_at_10": 0.25, "ndcg_at_10": "?"}}}
    }
    measured = replace(second, metrics={"evaluation": {"questions": said}})
    rows = figures_of(first, measured)
    assert [(row.first, row.second) for row in rows] == [(None, Share(0.5, 0.4, 0.6)), (None, Share(0.25))]
    assert [(row.name, row.second) for row in differences_of(first, second)][-1] == ("factors", 9)
    assert {row.name for row in counts_of(first, second)} == set(first.counts)
    for odd in (None, True, "1", float("nan"), [], {"mean": 1}, {"mean": 1, "low": None, "high": 2}):
        assert share_of(odd) is None
    assert figures_of(first, replace(second, metrics={"evaluation": 7})) == []


def test_a_version_is_loaded_for_one_comparison(
    both: list[LiveVersion], registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    live_model = LiveModel(registry, 60)
    live_model.refresh()
    live = live_model.version
    comparison = VersionComparison(live_model, Shop())
    assert comparison.lists(("1", "2"), "for_you", n=3, seed=1).pairs
    assert live_model.version is live, "shoppers get their lists from the same version"
    for names, error in ((("1", "9"), UnknownVersionError), (("1", "../2"), UnknownVersionError)):
        with pytest.raises(error):
            comparison.lists(names, "for_you", n=3, seed=1)
    for file in (registry.directory / "1").glob("*.npy"):
        file.write_bytes(b"damaged")
    with pytest.raises(DamagedModelError):
        comparison.lists(("1", "2"), "for_you", n=3, seed=1)
    monkeypatch.setattr(compared_versions, "WAIT_SECONDS", 0.01)
    with comparison._lock, pytest.raises(OverloadedError):
        comparison.lists(("2", "2"), "for_you", n=3, seed=1)
    assert comparison.lists(("2", "2"), "for_you", n=3, seed=1).share_in_both == 1
