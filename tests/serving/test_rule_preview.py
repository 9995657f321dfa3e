"""What a draft of rules would change, on the catalogue as it is now."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from recsvc.catalogue.item import Item
from recsvc.errors import NoModelError, RulesError
from recsvc.model.registry import Registry
from recsvc.model.vocabulary import Vocabulary
from recsvc.rules.placement_rules import read_placement
from recsvc.serving.live_model import LiveModel
from recsvc.serving.rule_preview import RulePreview
from recsvc.serving.shop import Shop
from recsvc.store.item_catalogue import Catalogue, ItemChanges
from recsvc.store.store import Store, open_store
from recsvc.store.stored_placements import StoredPlacement


@pytest.fixture
def store(tmp_path: Path):
    opened = open_store(f"sqlite:///{tmp_path}/store.db")
    yield opened
    opened.close()


@pytest.fixture
def previews(registry: Registry, store: Store) -> RulePreview:
    live = LiveModel(registry, 60)
    live.refresh()
    return RulePreview(live, Shop(), store.catalogue, 3)


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
        RulePreview(live, Shop(), store.catalogue, 3).of("for_you", read_placement("for_you", {}), 1)


class Counting:
    """A catalogue that counts how often it is read from the beginning."""

    def __init__(self, catalogue: Catalogue) -> None:
        self.n_reads = 0
        self._catalogue = catalogue

    def changes_since(self, revision: int = 0) -> ItemChanges:
        self.n_reads += revision == 0
        return self._catalogue.changes_since(revision)

    def newest_revision(self) -> int:
        return self._catalogue.newest_revision()


ACME, CHEAP = 'brand == "Acme"', "price < 5"


def test_what_rules_in_force_or_earlier_drafts_looked_at_is_not_read_again(
    registry: Registry, store: Store
) -> None:
    store.catalogue.put([Item("cake", price=9.0, attributes={"brand": "Acme"}), Item("milk", price=1.0)])
    store.catalogue.put([Item("tea", price=9.0)])
    live = LiveModel(registry, 60)
    live.refresh()
    shop, counting = Shop(), Counting(store.catalogue)
    store.placements.put(StoredPlacement("discover", {"filter": ACME}, 1))
    while not shop.rules.follow(store, store.position()):
        pass
    previews = RulePreview(live, shop, counting, 3)
    assert set(after(previews, "ada", filter=ACME, fill="none")) == {"cake"}
    assert counting.n_reads == 0, "the rules in force know brands"
    assert set(after(previews, "ada", filter=CHEAP, fill="none")) == {"milk"}
    assert counting.n_reads == 1
    store.catalogue.patch("tea", {"price": 2.0, "attributes": {"brand": "Acme"}})
    assert set(after(previews, "ada", filter=ACME, fill="none")) == {"cake", "tea"}
    assert set(after(previews, "ada", filter=CHEAP, fill="none")) == {"milk", "tea"}
    assert counting.n_reads == 1
    assert shop.rules.names() == ("discover",)


def test_fields_that_take_too_much_are_forgotten(registry: Registry, store: Store) -> None:
    store.catalogue.put([Item("cake", price=9.0, attributes={"brand": "Acme"})])
    live = LiveModel(registry, 60)
    live.refresh()
    counting = Counting(store.catalogue)
    previews = RulePreview(live, Shop(), counting, 3, kept_bytes=0)
    for rule in (ACME, CHEAP, ACME):
        after(previews, "ada", filter=rule)
    assert counting.n_reads == 3


def test_items_are_looked_for_once_in_one_catalogue(
    previews: RulePreview, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    sought, places_of = [], Vocabulary.places_of

    def counted(vocabulary: Vocabulary, ids: Sequence[str]) -> NDArray[np.intp]:
        sought.append(len(ids))
        return places_of(vocabulary, ids)

    store.catalogue.put([Item("tea", price=1.0), Item("milk", price=9.0)])
    after(previews, "ada", filter="price < 3")
    monkeypatch.setattr(Vocabulary, "places_of", counted)
    for price in (3, 5, 7):
        assert set(after(previews, "ada", filter=f"price < {price}", fill="none")) == {"tea"}
        assert after(previews, "ada", filter='item_id not in ["saw"]')
    assert sum(sought) == 0
