from dataclasses import replace
from typing import Any

import pytest
from support.events import SECOND_US, event

from recsvc.errors import ConflictError
from recsvc.store.event import EventType
from recsvc.store.experiments import Drawn, Member, StoredExperiment
from recsvc.store.store import Store

FIRST = StoredExperiment("first", {"placement": "for_you", "variants": []}, 1)


def any_may_be_stored(_stored):
    pass


def put(store: Store, experiment: StoredExperiment = FIRST) -> bool:
    return store.experiments.put(experiment, any_may_be_stored)


def merged(store: Store, session: str, to: str, **drawn: Any) -> None:
    by_id = Drawn("first", **{"start_us": 10 * SECOND_US, "of_source": "B", "of_user": "A", **drawn})
    store.users.merge("session", session, to, 50, drawn_for=lambda _source, _user: [by_id])


def members(store: Store) -> dict[str, str]:
    return {member.user_id: member.variant for member in store.experiments.members_since(0)}


def test_an_experiment_comes_back_as_it_was_stored(store: Store) -> None:
    assert put(store)
    assert not put(store, replace(FIRST, updated_at_us=2))
    assert store.experiments.all() == [replace(FIRST, updated_at_us=2)]
    assert store.experiments.get("first") == replace(FIRST, updated_at_us=2)
    assert store.experiments.get("other") is None


def test_one_that_does_not_go_with_the_others_is_not_stored(store: Store) -> None:
    put(store)

    def refuse(stored):
        assert stored == [FIRST]
        raise ConflictError("two at once")

    with pytest.raises(ConflictError):
        store.experiments.put(replace(FIRST, name="second"), refuse)
    assert store.experiments.all() == [FIRST]


def test_each_change_moves_the_position(store: Store) -> None:
    positions = [store.position().experiment]
    put(store)
    positions.append(store.position().experiment)
    assert store.experiments.delete("first", 5)
    positions.append(store.position().experiment)
    assert not store.experiments.delete("first", 6)
    assert positions == sorted(set(positions))
    assert store.position().experiment == positions[-1]


def test_a_user_keeps_the_variant_of_the_visit_before_they_signed_in(store: Store) -> None:
    put(store)
    store.events.append([event("tea", 20, user_id=None, session_id="s1")])
    merged(store, "s1", "ada")
    assert store.experiments.members_since(0) == [Member(1, "first", "ada", "B")]
    assert store.position().member == 1
    assert store.users.export("ada").variants == {"first": "B"}


def signed_in(
    store: Store, session: str, user: str, *, at: int = 30, without: Any = (), **fields: Any
) -> None:
    """Store an event that names a visit and a user, who have different variants by their ids."""
    drawn = Drawn("first", 10 * SECOND_US, "B", "A", without)
    told = event("tea", at, user_id=user, session_id=session, **fields)
    store.events.append([told], drawn_for=lambda _source, _user: [drawn])


def test_a_user_keeps_the_variant_of_the_visit_also_without_a_merge(store: Store) -> None:
    put(store)
    store.events.append([event("tea", 20, user_id=None, session_id="s1")])
    signed_in(store, "s1", "ada")
    signed_in(store, "s1", "ada", at=40)
    assert store.experiments.members_since(0) == [Member(1, "first", "ada", "B")], "once"
    assert store.position().member == 1
    store.users.erase("ada", 70)
    assert members(store) == {}


def test_a_visit_says_nothing_of_users_who_came_first_of_several_and_of_the_time_before(store: Store) -> None:
    put(store)
    store.events.append([event("tea", 20, user_id="ada"), event("tea", 5, user_id=None, session_id="old")])
    store.events.append([event("tea", 21, user_id=None, session_id=one) for one in ("s1", "till", "lists")])
    signed_in(store, "s1", "ada")
    signed_in(store, "old", "bob")
    signed_in(store, "nobody-was-there", "cid")
    store.events.append([event("tea", 22, user_id="eve", session_id="till")])
    signed_in(store, "till", "dan")
    signed_in(store, "lists", "fay", without=(EventType.PURCHASE,))
    assert members(store) == {}


def test_a_guest_and_who_they_are_may_come_in_one_batch(store: Store) -> None:
    put(store)
    drawn = Drawn("first", 10 * SECOND_US, "B", "A")
    both = [event("tea", 20, user_id=None, session_id="s1"), event("tea", 30, user_id="ada", session_id="s1")]
    store.events.append(both, drawn_for=lambda _source, _user: [drawn])
    assert members(store) == {"ada": "B"}


def test_a_user_who_was_in_the_experiment_before_keeps_their_own(store: Store) -> None:
    put(store)
    store.events.append([event("tea", 20, user_id="ada"), event("tea", 5, user_id="bob")])
    merged(store, "s1", "ada")
    merged(store, "s2", "bob")
    assert members(store) == {"bob": "B"}, "bob did nothing since the start"


def test_the_first_visit_counts(store: Store) -> None:
    put(store)
    merged(store, "s1", "ada")
    merged(store, "s2", "ada", of_source="C")
    assert members(store) == {"ada": "B"}


def test_a_visit_of_the_same_variant_is_no_exception(store: Store) -> None:
    put(store)
    merged(store, "s1", "ada", of_source="A")
    assert members(store) == {}


def test_a_second_account_passes_on_what_it_kept(store: Store) -> None:
    put(store)
    merged(store, "s1", "ada")
    drawn = [Drawn("first", 10 * SECOND_US, "A", "A")]
    store.users.merge("user", "ada", "ada2", 60, drawn_for=lambda _source, _user: drawn)
    assert members(store)["ada2"] == "B"


def test_who_is_erased_is_in_no_experiment(store: Store) -> None:
    put(store)
    merged(store, "s1", "ada")
    store.users.erase("ada", 70)
    assert members(store) == {}


def test_an_experiment_that_is_made_anew_begins_without_members(store: Store) -> None:
    put(store)
    merged(store, "s1", "ada")
    store.experiments.delete("first", 70)
    assert members(store) == {}
    put(store)
    merged(store, "s2", "bob")
    assert store.experiments.members_since(1) == [Member(2, "first", "bob", "B")], (
        "a number is never given twice"
    )
