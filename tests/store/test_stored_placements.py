from recsvc.store.store import Store
from recsvc.store.stored_placements import StoredPlacement

GARDEN = StoredPlacement("garden", {"base": "for_you", "pins": [{"item_id": "tëa", "position": 1}]}, 1)
SALE = StoredPlacement("sale", {}, 2)


def test_a_placement_comes_back_as_it_was_stored(store: Store) -> None:
    assert store.placements.put(GARDEN)
    assert store.placements.all() == [GARDEN]


def test_a_placement_stored_again_is_replaced_whole(store: Store) -> None:
    store.placements.put(SALE)
    store.placements.put(GARDEN)
    newer = StoredPlacement("garden", {"base": "discover"}, 3)
    assert not store.placements.put(newer)
    assert store.placements.all() == [newer, SALE]


def test_a_deleted_placement_is_gone_and_can_be_stored_again(store: Store) -> None:
    store.placements.put(GARDEN)
    assert store.placements.delete("garden", 5)
    assert store.placements.all() == []
    assert not store.placements.delete("garden", 6)
    assert store.placements.put(GARDEN)


def test_each_change_moves_the_position_and_nothing_else_does(store: Store) -> None:
    positions = [store.position().placement]
    store.placements.put(GARDEN)
    positions.append(store.position().placement)
    store.placements.put(GARDEN)
    positions.append(store.position().placement)
    store.placements.delete("garden", 5)
    positions.append(store.position().placement)
    store.placements.delete("garden", 6)
    store.placements.all()
    assert positions == sorted(set(positions))
    assert store.position().placement == positions[-1]
