"""Notices that change while they are on their way, and the silence that is kept before anybody sent anything."""

from dataclasses import replace

from recsvc.store.notices import Notice, Outcome
from recsvc.store.store import Store
from recsvc.store.webhook_sender import Heart


def notice(user_id: str, webhook_id: str) -> Notice:
    return Notice(webhook_id, "item.back_in_stock", user_id, "tea", 5, None, 1, 1)


def sent(one: Notice) -> Notice:
    return replace(one, attempts=1, ended_at_us=2, outcome=Outcome.SENT)


def test_of_two_same_notices_the_one_that_was_sent_is_left(store: Store) -> None:
    for old, kept in (("a1", "a2"), ("b1", "b2")):
        store.notices.queue([notice(old, f"of {old}"), notice(kept, f"of {kept}")])
    store.notices.note([sent(notice("a1", "of a1")), sent(notice("b2", "of b2"))])
    for old, kept in (("a1", "a2"), ("b1", "b2")):
        store.users.merge("user", old, kept, 9)
    assert {one.webhook_id: (one.user_id, one.outcome) for one in store.notices.newest(9)} == {
        "of a1": ("a2", "sent"), "of b2": ("b2", "sent"),
    }  # fmt: skip
    assert store.notices.n_waiting() == 0


def test_a_notice_that_was_ended_while_it_was_tried_stays_ended(store: Store) -> None:
    store.notices.queue([notice("ada", "1"), notice("bob", "2")])
    store.notices.end_waiting(Outcome.OVER, 3)
    store.notices.note([replace(notice("ada", "1"), attempts=1, due_at_us=9), sent(notice("bob", "2"))])
    assert [(one.webhook_id, one.outcome) for one in store.notices.newest(9)] == [
        ("2", "sent"),
        ("1", "over"),
    ]


def test_silence_is_kept_by_the_first_one_who_ever_sends(store: Store) -> None:
    store.sender.be_quiet(7)
    store.sender.be_quiet(8)
    heart = store.sender.heart()
    assert heart == Heart(None, 1)
    assert store.sender.take("first", heart)
    found = store.sender.listening()
    assert found is not None
    assert (found.since_us, found.quiet_until_us) == (8, 8)
