"""Lists that were exported for mails, on every database."""

from dataclasses import replace

import pytest
from sqlalchemy import text
from support.events import event

from recsvc.store.mailed_lists import BURST_US, MailedList, event_id_of
from recsvc.store.store import Store

ADA = MailedList(b"ada-key.", "ada", "r1", ("tea", "jam", "saw", "milk"), 3)
BOB = MailedList(b"bob-key.", "bob", "r2", ("saw", "nails"), 2)
DAY_US = 86_400_000_000


def mailed(store: Store, *lists: MailedList, at_us: int = 1, days: int = 90) -> int:
    number = store.mailed.begin(at_us, at_us + days * DAY_US)
    store.mailed.record(number, lists)
    store.mailed.finish(number, at_us)
    return number


def clicked(store: Store, one: MailedList, place: int, at_us: int) -> bool:
    """Open a link as a person's browser does; return whether it counts."""
    click = event(
        one.item_ids[place - 1], type="click", user_id=one.user_id, event_id=event_id_of(one.list_key, place)
    )
    accepted = store.events.append([click]).accepted
    return bool(accepted) and store.mailed.note_opened(one.list_key, place, at_us)


def clicks_of(store: Store, user_id: str) -> list[str]:
    return sorted(one.item_id for one in store.events.history_of(user_id))


def test_a_list_is_found_by_its_key_with_the_times_of_its_mailing(store: Store) -> None:
    mailed(store, ADA, BOB)
    assert store.mailed.get(ADA.list_key) == replace(ADA, created_at_us=1, ends_at_us=1 + 90 * DAY_US)
    assert store.mailed.get(b"nobody's") is None


def test_a_part_that_is_made_again_replaces_what_it_stored(store: Store) -> None:
    number = mailed(store, ADA, BOB)
    again = replace(ADA, list_key=b"ada-new.")
    store.mailed.record(number, [again])
    assert store.mailed.get(ADA.list_key) is None
    assert store.mailed.get(again.list_key) is not None
    assert store.mailed.get(BOB.list_key) is not None


def test_the_last_mails_are_each_shoppers_own_and_hold_no_spares(store: Store) -> None:
    mailed(store, ADA, at_us=1)
    mailed(store, BOB, at_us=2)
    mailed(store, replace(ADA, list_key=b"ada-two.", item_ids=("cake", "tea"), n_shown=2), at_us=3)
    lately = store.mailed.shown_lately(["ada", "bob", "ann"], 1)
    assert lately == {"ada": ("cake", "tea"), "bob": ("saw", "nails")}
    assert set(store.mailed.shown_lately(["ada"], 2)["ada"]) == {"cake", "tea", "jam", "saw"}


def test_an_export_that_was_not_finished_was_no_mail(store: Store) -> None:
    number = store.mailed.begin(1, DAY_US)
    store.mailed.record(number, [ADA])
    assert store.mailed.shown_lately(["ada"], 1) == {}
    assert store.mailed.get(ADA.list_key) is not None


def test_what_has_ended_is_deleted_when_another_begins(store: Store) -> None:
    old = mailed(store, ADA, at_us=1, days=1)
    mailed(store, BOB, at_us=DAY_US + 1)
    assert not store.mailed.holds(old)
    assert store.mailed.get(ADA.list_key) is None
    store.mailed.forget_ended(1000 * DAY_US)
    assert store.mailed.get(BOB.list_key) is None


def test_a_click_counts_once(store: Store) -> None:
    mailed(store, ADA)
    assert clicked(store, ADA, 1, 10)
    assert not clicked(store, ADA, 1, 20)
    assert clicked(store, ADA, 2, 10 * BURST_US)
    found = store.mailed.get(ADA.list_key)
    assert found is not None
    assert found.opened == {"1": 10, "2": 10 * BURST_US}


def test_whoever_opens_three_links_at_once_is_no_person_and_a_person_may_still_click(store: Store) -> None:
    mailed(store, ADA)
    assert [clicked(store, ADA, place, 1000 + place) for place in (1, 2, 3)] == [True, True, False]
    assert clicks_of(store, "ada") == []
    assert not clicked(store, ADA, 2, 1000 + BURST_US // 2)
    later = 1000 + 3 * BURST_US
    assert clicked(store, ADA, 2, later)
    assert clicks_of(store, "ada") == ["jam"]


def test_clicks_that_are_taken_back_are_counted_anew(store: Store) -> None:
    mailed(store, ADA)
    before = store.outcomes.moment().epoch
    for place in (1, 2, 3):
        clicked(store, ADA, place, 1000)
    assert store.outcomes.moment().epoch > before


def test_the_erased_have_no_lists_and_get_none(store: Store) -> None:
    number = mailed(store, ADA, BOB)
    store.users.erase("ada", 5)
    assert store.mailed.get(ADA.list_key) is None
    store.mailed.record(number, [ADA, BOB])
    assert store.mailed.get(ADA.list_key) is None
    assert store.mailed.get(BOB.list_key) is not None
    assert not store.mailed.note_opened(ADA.list_key, 1, 9)


def test_who_is_known_from_mails_alone_is_erased_again_from_another_store(store: Store) -> None:
    mailed(store, ADA)
    gone = replace(store.users.tombstones())
    store.users.erase("ada", 5)
    tombstones = store.users.tombstones()
    assert gone.digests != tombstones.digests
    with store._database.write() as connection:
        connection.execute(text("DELETE FROM tombstones"))
    mailed(store, ADA)
    assert store.users.erase_again(tombstones, 9).n_ids == 1
    assert store.mailed.get(ADA.list_key) is None


def test_lists_of_an_account_go_where_it_was_merged(store: Store) -> None:
    mailed(store, BOB)
    store.users.merge("user", "bob", "ada", 5)
    found = store.mailed.get(BOB.list_key)
    assert found is not None
    assert found.user_id == "ada"
    assert [mail.recommendation_id for mail in store.users.export("bob").mails] == ["r2"]


def test_what_another_program_wrote_is_refused(store: Store) -> None:
    mailed(store, ADA)
    with store._database.write() as connection:
        connection.execute(text("UPDATE mailed_lists SET n_shown = 99"))
    with pytest.raises(Exception, match="another program"):
        store.mailed.get(ADA.list_key)
