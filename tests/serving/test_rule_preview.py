"""What a draft of rules would change, on the catalogue as it is now."""

from pathlib import Path

import pytest

from recsvc.catalogue.item import Item
from recsvc.errors import NoModelError, RulesError
from recsvc.model.registry import Registry
from recsvc.rules.cost import MAX_BYTES
from recsvc.rules.placement_rules import read_placement
from recsvc.serving.live_model import LiveModel
from recsvc.serving.rule_preview import RulePreview
from recsvc.serving.shop import Shop
from recsvc.store.store import Store, open_store


@pytest.fixture
def store(tmp_path: Path):
    opened = open_store(f"sqlite:///{tmp_path}/store.db")
    yield opened
    opened.close()


@pytest.fixture
def previews(registry: Registry, store: Store) -> RulePreview:
    live = LiveModel(registry, 60)
    live.refresh()
    return RulePreview(live, Shop(), store.catalogue, 3, MAX_BYTES)


def after(previews: RulePreview, user_id: str, **rules: object) -> tuple[str, ...]:
    found = previews.of("for_you", read_placement("for_you", rules), 1)
    assert found.n_shoppers == 4
    return dict(found.changes)[user_id].after


def test_a_draft_is_seen_and_nothing_goes_live(previews: RulePreview) -> None:
    assert after(previews, "ada", pins=[{"item_id": "saw", "position": 1}])[0] == "saw"
    assert "tea" not in after(previews, "ada", filter='item_id not in ["tea"]')
    assert previews._shop.rules.names() == ()


def test_a_draft_goes_by_the_catalogue_as_it_is_now(previews: RulePreview, store: Store) -> None:
    store.catalogue.put([Item("tea", price=1.0), Item("milk", price=9.0), Item("cake", price=9.0)])
    assert set(after(previews, "ada", filter="price < 5", fill="none")) == {"tea"}
    store.catalogue.put([Item("tea", price=9.0), Item("milk", price=1.0)])
    assert set(after(previews, "ada", filter="price < 5", fill="none")) == {"milk"}
    store.catalogue.patch("cake", {"attributes": {"brand": "Acme"}})
    assert set(after(previews, "ada", filter='brand == "Acme"', fill="none")) == {"cake"}


def test_a_placement_that_is_not_there_yet_is_compared_with_its_base(previews: RulePreview) -> None:
    rules = read_placement("own", {"base": "similar", "filter": 'item_id not in ["milk"]'})
    found = dict(previews.of("own", rules, 1).changes)
    assert found["ada"].before != found["ada"].after
    with pytest.raises(RulesError, match="base is missing"):
        previews.of("own", read_placement("for_you", {}), 1)


def test_without_a_model_there_is_nothing_to_see(tmp_path: Path, store: Store) -> None:
    live = LiveModel(Registry(tmp_path / "none"), 60)
    with pytest.raises(NoModelError):
        RulePreview(live, Shop(), store.catalogue, 3, MAX_BYTES).of(
            "for_you", read_placement("for_you", {}), 1
        )
