"""Impressions and clicks, shopper after shopper, in parts; on both databases."""

import pytest
from sqlalchemy import Engine
from sqlalchemy import event as listener
from support.events import event

from recsvc.store.store import Store

PARTS = [2, 3, 4, 5, 100]


def touch(item_id: str, at: int, type: str = "impression", **fields: object):  # noqa: A002 - its name
    return event(item_id, at, type, recommendation_id="list", position=1, **fields)


@pytest.fixture
def filled(store: Store) -> Store:
    store.events.append(
        [
            touch("tea", 5, user_id="ben"),
            touch("cup", 3, user_id="ada", session_id="hers"),
            touch("tea", 4, "click", user_id="ada", session_id="hers"),
            touch("tea", 4, user_id="ada"),
            touch("tea", 1, session_id="visit"),
            touch("cup", 2, session_id="visit"),
            event("tea", 6, "purchase", user_id="ada"),
            event("tea", 7, "impression", user_id="ada"),
        ]
    )
    return store


def told(store: Store, part: int) -> list[list[tuple]]:
    return [
        [(row[0], row[1], row[2] // 1_000_000, row[4]) for row in touches.rows]
        for touches in store.exposures.touches(part=part)
    ]


@pytest.mark.parametrize("part", [4, 5, 100])
def test_touches_of_lists_come_by_shopper_in_their_order_users_before_guests(
    filled: Store, part: int
) -> None:
    assert [row for rows in told(filled, part) for row in rows] == [
        ("ada", "cup", 3, "impression"),
        ("ada", "tea", 4, "click"),
        ("ada", "tea", 4, "impression"),
        ("ben", "tea", 5, "impression"),
        ("visit", "tea", 1, "impression"),
        ("visit", "cup", 2, "impression"),
    ]


@pytest.mark.parametrize("part", PARTS)
def test_a_part_holds_all_that_counts_of_each_of_its_shoppers(filled: Store, part: int) -> None:
    shoppers = [{row[0] for row in rows} for rows in told(filled, part)]
    assert sum(map(len, shoppers)) == len(set.union(*shoppers)) == 3


def test_of_a_shopper_who_fills_a_part_the_first_count_and_the_others_are_not_read(filled: Store) -> None:
    found = list(filled.exposures.touches(part=2))
    assert [row[1] for touches in found for row in touches.rows if row[0] == "ada"] == ["cup", "tea"]
    assert sum(touches.n_capped for touches in found) == 2  # ada, and the guest
    assert {row[0] for touches in found for row in touches.rows} == {"ada", "ben", "visit"}


def test_what_was_before_is_not_read(filled: Store) -> None:
    rows = [row for touches in filled.exposures.touches(since_us=4_000_000) for row in touches.rows]
    assert [row[0] for row in rows] == ["ada", "ada", "ben"]


def test_shoppers_are_read_along_their_index_and_never_sorted(filled: Store) -> None:
    if filled._database.is_postgres:
        pytest.skip("its planner looks at how many rows there are")
    statements: list[tuple[str, object]] = []

    def note(_connection, _cursor, statement: str, parameters: object, *_others: object) -> None:
        statements.append((statement, parameters))

    listener.listen(Engine, "before_cursor_execute", note)
    try:
        list(filled.exposures.touches(part=2))
    finally:
        listener.remove(Engine, "before_cursor_execute", note)
    asked = [(statement, values) for statement, values in statements if "ORDER BY" in statement]
    assert len(asked) > 2
    with filled._database.read() as connection:
        for statement, values in asked:
            plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values).all()
            assert "TEMP B-TREE" not in str(plan)
