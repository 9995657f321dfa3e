"""The audit log: what is kept, for how long, and in which order."""

from dataclasses import replace

import pytest
from sqlalchemy import text

from recsvc.store import audit
from recsvc.store.audit import KEPT_US, AuditEntry
from recsvc.store.store import open_store

NOW_US = 1_800_000_000_000_000
ENTRY = AuditEntry(NOW_US, "0123456789ab", "desk", "rules-changed", "for_you", {"before": {"fill": "none"}})


def test_entries_come_back_newest_first(database_url: str) -> None:
    store = open_store(database_url)
    first, second = store.audit.add(ENTRY), store.audit.add(replace(ENTRY, subject="similar", body=None))
    assert store.audit.newest(10) == [
        replace(ENTRY, subject="similar", body=None, number=second),
        replace(ENTRY, number=first),
    ]
    assert store.audit.newest(10, before=second) == [replace(ENTRY, number=first)]
    assert [entry.number for entry in store.audit.newest(10, subject="similar")] == [second]
    assert store.audit.get(first) == replace(ENTRY, number=first)
    assert store.audit.get(99) is None
    store.close()


def test_entries_are_kept_for_a_year_and_are_not_too_many(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = open_store(database_url)
    store.audit.add(replace(ENTRY, at_us=NOW_US - KEPT_US - 1))
    store.audit.add(replace(ENTRY, at_us=NOW_US - KEPT_US))
    store.audit.add(ENTRY)
    assert store.audit.count() == 2
    monkeypatch.setattr(audit, "MAX_ENTRIES", 3)
    for _ in range(5):
        store.audit.add(ENTRY)
    assert store.audit.count() == 3
    store.close()


def test_a_body_that_is_too_long_is_not_kept(database_url: str) -> None:
    store = open_store(database_url)
    number = store.audit.add(replace(ENTRY, body={"x": "y" * audit.MAX_BODY_BYTES}))
    assert store.audit.get(number) == replace(ENTRY, body=None, number=number)
    store.close()


def test_an_entry_that_others_wrote_is_left_out(database_url: str) -> None:
    store = open_store(database_url)
    store.audit.add(ENTRY)
    with store._database.write() as connection:
        connection.execute(text("UPDATE audit SET at_us = -1"))
    assert store.audit.newest(10) == []
    store.close()


@pytest.mark.parametrize("number", [-1, 0, 2, 2**63 - 1, 2**63, 10**400])
def test_a_number_that_no_entry_has_finds_none(database_url: str, number: int) -> None:
    store = open_store(database_url)
    store.audit.add(ENTRY)
    assert store.audit.get(number) is None
    store.close()
