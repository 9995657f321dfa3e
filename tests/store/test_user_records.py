"""Joining, showing and erasing users, run on every database."""

import random
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from support.events import event

from recsvc.errors import ConflictError, StoreError
from recsvc.store.store import Store, open_store
from recsvc.store.tables import metadata


def items_of(store: Store, user_id: str) -> list[str]:
    return sorted(stored.item_id for stored in store.events.history_of(user_id))


def test_a_merged_account_gives_its_events_past_and_future(store: Store) -> None:
    store.events.append([event("tea", user_id="ann"), event("milk", user_id="ada")])
    assert store.users.merge("user", "ann", "ada", 1) == 1
    appended = store.events.append([event("cake", user_id="ann")])
    assert appended.user_ids == {"ada"}
    assert items_of(store, "ada") == ["cake", "milk", "tea"]
    assert [(merge.from_id, merge.to_user_id) for merge in store.users.merges()] == [("ann", "ada")]


def test_a_merged_session_gives_what_it_did_without_a_user(store: Store) -> None:
    store.events.append(
        [
            event("tea", session_id="s"),
            event("saw", session_id="s", user_id="bob"),
            event("jam", session_id="t"),
        ]
    )
    assert store.users.merge("session", "s", "ada", 1) == 1
    store.events.append([event("cake", session_id="s"), event("nails", session_id="s", user_id="bob")])
    assert items_of(store, "ada") == ["cake", "tea"]
    assert items_of(store, "bob") == ["nails", "saw"]


def test_a_session_belongs_to_whom_it_was_merged_into_last(store: Store) -> None:
    store.users.merge("session", "s", "ada", 1)
    store.users.merge("session", "s", "bob", 2)
    store.events.append([event("tea", session_id="s")])
    assert (items_of(store, "ada"), items_of(store, "bob")) == ([], ["tea"])


def test_a_chain_of_merges_ends_at_the_last(store: Store) -> None:
    store.events.append([event("tea", user_id="a")])
    store.users.merge("user", "a", "b", 1)
    store.users.merge("user", "b", "c", 2)
    store.events.append([event("milk", user_id="a")])
    assert items_of(store, "c") == ["milk", "tea"]
    assert store.users.merge("user", "d", "a", 3) == 0
    assert [(merge.from_id, merge.to_user_id) for merge in store.users.merges()] == [
        ("a", "c"),
        ("b", "c"),
        ("d", "c"),
    ]


def test_merging_twice_is_as_once_but_not_into_two(store: Store) -> None:
    store.users.merge("user", "a", "b", 1)
    assert store.users.merge("user", "a", "b", 2) == 0
    for from_id, to_user_id in (("a", "c"), ("b", "a"), ("x", "x")):
        with pytest.raises(ConflictError):
            store.users.merge("user", from_id, to_user_id, 3)
    assert [(merge.from_id, merge.to_user_id) for merge in store.users.merges()] == [("a", "b")]


def test_an_export_holds_everything_under_any_id_oldest_first(store: Store) -> None:
    old, new = event("tea", 1, user_id="ann", event_id="e"), event("milk", 2, user_id="ada")
    store.events.append([new, old, event("saw", user_id="bob")])
    store.users.merge("user", "ann", "ada", 9)
    for user_id in ("ada", "ann"):
        export = store.users.export(user_id)
        assert export.user_id == "ada"
        assert [(stored.item_id, stored.event_id) for stored in export.events] == [
            ("tea", "e"),
            ("milk", None),
        ]
        assert [(merge.kind, merge.from_id, merge.merged_at_us) for merge in export.merges] == [
            ("user", "ann", 9)
        ]
    assert store.users.export("nobody").events == ()


def test_an_erased_shopper_is_gone_and_stays_away(store: Store) -> None:
    store.events.append([event("tea"), event("milk"), event("saw", user_id="bob")])
    assert store.users.erase("ada", 1).events == 2
    late = store.events.append([event("tea", event_id="late"), event("nails", user_id="bob")])
    assert (late.accepted, late.ignored, late.user_ids) == (1, 1, {"bob"})
    assert store.users.export("ada").events == ()
    assert items_of(store, "bob") == ["nails", "saw"]


def test_an_erased_shopper_is_erased_under_every_id(store: Store) -> None:
    store.users.merge("user", "ann", "ada", 1)
    store.users.merge("session", "s", "ada", 1)
    erasure = store.users.erase("ann", 2)
    assert (erasure.merges, erasure.user_ids, erasure.session_ids) == (2, {"ada", "ann"}, {"s"})
    late = store.events.append([event(user_id="ada"), event(user_id="ann"), event(session_id="s")])
    assert (late.accepted, late.ignored) == (0, 3)
    assert store.users.merges() == []


def test_an_erasure_names_the_sessions_that_lose_events(store: Store) -> None:
    store.events.append(
        [
            event("tea", user_id="ada", session_id="s"),
            event("tea"),
            event("saw", user_id="bob", session_id="t"),
            event("jam", session_id="u"),
        ]
    )
    store.users.merge("session", "u", "ada", 1)
    erasure = store.users.erase("ada", 2)
    assert (erasure.session_ids, erasure.touched_session_ids) == ({"u"}, {"s"})
    assert store.events.append([event("milk", session_id="s")]).accepted == 1


def test_what_others_did_in_an_erased_visit_stays_without_its_id(store: Store) -> None:
    """The visit was joined to ada, so its id is one of hers."""
    store.events.append([event("tea", 1, session_id="s"), event("saw", 2, user_id="bob", session_id="s")])
    store.users.merge("session", "s", "ada", 1)
    assert store.users.erase("ada", 2).session_ids == {"s"}
    again = event("saw", 2, user_id="bob", session_id="s", event_id="e")
    assert store.events.append([again, again]).duplicates == 1
    assert store.events.history_of_session("s") == []
    assert [(one.item_id, one.session_id) for one in store.events.history_of("bob")] == [("saw", None)] * 2


def test_erasing_twice_is_as_once(store: Store) -> None:
    store.events.append([event()])
    store.users.erase("ada", 1)
    assert store.users.erase("ada", 2).events == 0
    assert len(store.users.tombstones().digests) == 1


def test_an_erased_shopper_cannot_come_back_by_a_merge(store: Store) -> None:
    store.users.erase("ada", 1)
    for from_id, to_user_id in (("ada", "bob"), ("bob", "ada")):
        with pytest.raises(ConflictError, match="erased"):
            store.users.merge("user", from_id, to_user_id, 2)


def test_tombstones_know_ids_but_name_none(store: Store) -> None:
    store.users.erase("ada", 1)
    tombstones = store.users.tombstones()
    assert tombstones.holds("ada")
    assert tombstones.mask(["bob", "ada", None, "Ada"]).tolist() == [False, True, False, False]
    assert b"ada" not in b"".join(tombstones.digests)
    assert store.position().tombstone == 1


def test_each_store_has_a_salt_of_its_own(tmp_path: Path) -> None:
    stores = [open_store(f"sqlite:///{tmp_path}/{name}.db") for name in "ab"]
    first, second = (store.users.tombstones().salt for store in stores)
    assert first != second
    assert len(first) == 32
    for store in stores:
        store.close()


def test_no_file_holds_an_erased_id(tmp_path: Path) -> None:
    """Rows are inserted and erased in an order that makes SQLite rearrange its pages."""
    store, rng = open_store(f"sqlite:///{tmp_path}/recsvc.db"), random.Random(2)  # noqa: S311 - a test's
    shoppers = [f"shopper-{number:03}-x" for number in range(120)]
    for _ in range(12):
        whose = rng.choices(shoppers, k=250)
        store.events.append(
            [
                event(user_id=user_id, session_id=f"in-{user_id}", event_id=f"{user_id}/{rng.random()}")
                for user_id in whose
            ]
        )
    for shopper in shoppers[:25]:
        assert shopper.encode() in _bytes_below(tmp_path)
        store.users.erase(shopper, 1)
        assert shopper.encode() not in _bytes_below(tmp_path)
    store.close()


def test_no_file_holds_the_name_of_an_erased_event(tmp_path: Path) -> None:
    """An index holds an event's id without the shopper's, and SQLite leaves copies of its entries behind."""
    left = 0
    for seed in (2, 3):
        (directory := tmp_path / str(seed)).mkdir()
        store, rng = open_store(f"sqlite:///{directory}/recsvc.db"), random.Random(seed)  # noqa: S311 - a test's
        named: dict[str, list[bytes]] = {f"shopper-{number:03}-x": [] for number in range(120)}
        for _ in range(12):
            whose = [(user_id, f"event{rng.random()}z") for user_id in rng.choices(sorted(named), k=250)]
            store.events.append([event(user_id=user_id, event_id=name) for user_id, name in whose])
            for user_id, name in whose:
                named[user_id].append(name.encode())
        for shopper in sorted(named)[:40]:
            store.users.erase(shopper, 1)
            content = _bytes_below(directory)
            left += sum(name in content for name in named[shopper])
        store.close()
    assert left == 0


def _bytes_below(directory: Path) -> bytes:
    return b"".join(path.read_bytes() for path in directory.iterdir())


def test_no_receipt_is_given_while_another_program_keeps_what_was_erased_in_the_log(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path}/recsvc.db", timeout_seconds=0.2)
    store.events.append([event("tea", user_id="shopper-to-erase")])
    with closing(sqlite3.connect(tmp_path / "recsvc.db")) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM events").fetchone()
        with pytest.raises(StoreError, match="another program keeps reading"):
            store.users.erase("shopper-to-erase", 1)
    store.users.erase("shopper-to-erase", 2)
    assert b"shopper-to-erase" not in _bytes_below(tmp_path)
    store.close()


def test_no_table_names_users_that_an_erasure_does_not_know_of() -> None:
    naming = {table.name for table in metadata.tables.values() if "user_id" in table.c}
    known = {"events", "experiment_members", "mailed_lists", "notices", "objections", "offers"}
    assert naming == known, "give the new table its lines in recsvc/store/personal_rows.py"
