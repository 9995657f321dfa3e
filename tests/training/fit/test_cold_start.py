"""Shoppers of tea and shoppers of tools, and what a new tea and a new tool would be to them."""

import tracemalloc
from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from support.models import small_model

from recsvc.model.model import Model
from recsvc.ranking.cold_start import ColdStartItem, ColdStartItems, ColdStartMaker
from recsvc.ranking.history import history_of
from recsvc.ranking.sources.cold_start import affinity_of
from recsvc.ranking.user_state import UserState
from training.fit import cold_start
from training.fit.als import Factors, fit_als
from training.fit.alternatives import no_content_arrays
from training.fit.cold_start import cold_start_arrays, no_cold_start_arrays
from training.fit.counts import Counts
from training.fit.model import fit_model
from training.history.catalogue import ShopCatalogue
from training.history.interactions import Interactions
from training.progress import Silent
from training.settings import TrainingSettings

SETTINGS = TrainingSettings(factors=8, iterations=5, regularization=0.5, threads=1)


def shop(seed: int = 0, users: int = 120, items: int = 60) -> Interactions:
    """Return a shop in which even users buy teas (even items) and odd ones tools."""
    rng = np.random.default_rng(seed)
    bought = [(user, 2 * int(item) + user % 2) for user in range(users) for item in rng.choice(items // 2, 8)]
    rows = [
        {"user_id": f"u{user:03}", "item_id": f"i{item:02}", "order_id": f"{user}-{place}", "quantity": 1.0,
         "unit_price": 1.0, "ordered_at": 1_700_000_000 + 86_400 * place, "title": title_of(item)}
        for place, (user, item) in enumerate(bought)
    ]  # fmt: skip
    lines = pl.DataFrame(rows)
    categories = {
        f"i{item:02}": ("Shop", f"Shop > {'Tools' if item % 2 else 'Tea'}") for item in range(items)
    }
    texts = dict.fromkeys(categories, "Acme")
    return Interactions.of(lines, lines.clear(), ShopCatalogue(categories=categories, texts=texts))


def title_of(item: int) -> str:
    return f"{'Hammer' if item % 2 else 'Tea'} number {item}"


@pytest.fixture(scope="module")
def model() -> Model:
    interactions = shop()
    counts = Counts.of(interactions, SETTINGS)
    n = len(interactions.items)
    nothing = no_content_arrays(n)
    return fit_model(counts, SETTINGS, Silent(), content=nothing)


def made(model: Model, *items: ColdStartItem) -> ColdStartItems:
    return ColdStartMaker(model).make(items)


def affinities(model: Model, new: ColdStartItems, user: int) -> dict[str, float]:
    found = affinity_of(model, new, UserState(user, history_of(model, user)))
    return dict(zip(new.ids, found.tolist(), strict=True))


@pytest.mark.parametrize(
    ("tea", "tool"),
    [
        (ColdStartItem("tea", title="Fine tea"), ColdStartItem("tool", title="Heavy hammer")),
        (ColdStartItem("tea", ("Shop > Tea",)), ColdStartItem("tool", ("Shop > Tools",))),
    ],
)
def test_what_is_planted_in_titles_or_categories_finds_its_shoppers(
    model: Model, tea: ColdStartItem, tool: ColdStartItem
) -> None:
    new = made(model, tea, tool)
    for user in range(model.n_users):
        found = affinities(model, new, user)
        likes_tools = int(model.users.id_of(user)[1:]) % 2
        likely, unlikely = ("tool", "tea") if likes_tools else ("tea", "tool")
        assert found[likely] > 2 * found[unlikely] > 0


def test_what_every_item_is_says_the_same_of_all_shoppers(model: Model) -> None:
    new = made(model, ColdStartItem("x", ("Shop",), text="Acme"))
    found = [affinities(model, new, user)["x"] for user in range(model.n_users)]
    assert max(found) < 1.5 * min(found)


def test_the_taste_counts_as_tried_on_hidden_items_where_there_are_enough(
    monkeypatch: pytest.MonkeyPatch, model: Model
) -> None:
    counts = Counts.of(shop(), SETTINGS)
    factors = Factors(model.user_factors, model.item_factors, model.item_gramian)
    monkeypatch.setattr(cold_start, "TASTES", (0.125,))
    tried = cold_start_arrays(counts.interactions, counts.user_items, factors, SETTINGS)
    assert tried["cold_start_weights"][0] == cold_start.USUAL_TASTE
    monkeypatch.setattr(cold_start, "LEAST_HIDDEN", 5)
    tried = cold_start_arrays(counts.interactions, counts.user_items, factors, SETTINGS)
    assert tried["cold_start_weights"][0] == 0.125


def test_an_item_that_is_sold_has_the_same_row_made_offline_and_online(model: Model) -> None:
    interactions = shop()
    item_ids = list(interactions.items.ids)
    online = made(
        model,
        *(
            ColdStartItem(
                f"new {item_id}",
                interactions.catalogue.categories[item_id],
                title=title_of(int(item_id[1:])),
                text=interactions.catalogue.texts[item_id],
            )
            for item_id in item_ids
        ),
    ).content
    np.testing.assert_array_equal(online.indptr, model.item_content.indptr)
    np.testing.assert_array_equal(online.indices, model.item_content.indices)
    np.testing.assert_array_equal(online.values, model.item_content.values)


def test_the_same_history_gives_the_same_arrays(model: Model) -> None:
    counts = Counts.of(shop(), SETTINGS)
    factors = Factors(model.user_factors, model.item_factors, model.item_gramian)
    again = cold_start_arrays(counts.interactions, counts.user_items, factors, SETTINGS)
    assert list(again["content_features"].ids) == list(model.content_features.ids)
    for name in ("content_rarity", "content_factors", "content_sold", "cold_start_weights"):
        np.testing.assert_array_equal(again[name], getattr(model, name))


def test_features_of_one_item_alone_are_not_learned(model: Model) -> None:
    known = set(model.content_features.ids)
    assert {"w:tea", "w:hammer", "c:Shop > Tea", "t:acme"} <= known
    assert not any(f"w:{item}" in known for item in range(60))


def test_the_features_of_most_items_are_learned(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cold_start, "MAX_FEATURES", 3)
    counts = Counts.of(shop(), SETTINGS)
    confidence = counts.user_items.matrix(counts.user_items.decayed)
    factors = fit_als(confidence, SETTINGS, lambda _: None)
    arrays = cold_start_arrays(counts.interactions, counts.user_items, factors, SETTINGS)
    assert list(arrays["content_features"].ids) == ["c:Shop", "t:acme", "w:number"]


def test_where_nothing_was_learned_no_cold_start_item_is_known_by_what_it_is() -> None:
    model = replace(small_model(), **no_cold_start_arrays(7, 2))
    assert affinities(model, made(model, ColdStartItem("tea", ("Food",), title="Tea")), 0) == {"tea": 0}


def test_odd_texts_and_thousands_of_attributes_are_taken(model: Model) -> None:
    odd = ["", "🍵", "x" * 100_000, "tea " * 100_000, "\0\u200b", "緑茶" * 50_000]
    items = [
        ColdStartItem(f"n{place}", (text,) * 50, title=text, text=" ".join([text] * 9))
        for place, text in enumerate(odd)
    ]
    new = made(model, *items)
    assert np.isfinite(affinity_of(model, new, UserState(0, history_of(model, 0)))).all()


def test_features_that_many_items_share_are_held_once() -> None:
    n_items = 4_000
    words = np.random.default_rng(0).integers(0, 500, (n_items, 8)).tolist()
    lines = pl.DataFrame(
        {"user_id": "u", "item_id": f"i{item:05}", "order_id": "o", "quantity": 1.0, "unit_price": 1.0,
         "ordered_at": 1_700_000_000, "title": " ".join(f"word{word}" for word in of_item)}
        for item, of_item in enumerate(words)
    )  # fmt: skip
    texts = dict.fromkeys(lines["item_id"], "acme blue steel dishwasher safe made in finland")
    interactions = Interactions.of(lines, lines.clear(), ShopCatalogue(texts=texts))
    tracemalloc.start()
    try:
        cold_start._content_of(interactions)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most / n_items < 1_300  # bytes; a million items have to fit beside all else
