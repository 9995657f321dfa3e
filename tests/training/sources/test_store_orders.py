"""Purchases in a store, read as order lines; on both databases."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from support.events import event
from support.order_files import NOW, BatchesSeen, reasons, values, write

from recsvc.catalogue.item import Item
from recsvc.errors import StoreError, TooLittleDataError
from recsvc.store.store import Store, open_store
from training.orders import CleaningRules, Orders, check_orders, clean_orders
from training.sources.order_sources import OrderSources, catalogue_of, read_orders
from training.sources.raw_orders import RawOrders
from training.sources.shop_store import StoreAddress
from training.sources.store_orders import gather_store

MAY = 1_777_593_600
"""The first of May 2026."""


@pytest.fixture(params=["sqlite", "postgresql"])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> StoreAddress:
    if request.param == "sqlite":
        return StoreAddress(f"sqlite:///{tmp_path}/recsvc.db")
    return StoreAddress(request.getfixturevalue("shared_postgres").new_database())


@pytest.fixture
def store(address: StoreAddress) -> Iterator[Store]:
    store = open_store(address.url)
    store.prepare()
    yield store
    store.close()


def read(address: StoreAddress, *files: str) -> RawOrders:
    return read_orders(OrderSources(files, store=address, from_store=True))


def clean(address: StoreAddress, *files: str) -> Orders:
    return clean_orders(read(address, *files), CleaningRules(), NOW.replace(year=2027))


def bought(orders: Orders) -> list[tuple[object, ...]]:
    return orders.lines.select("user_id", "item_id", "quantity").rows()


def test_purchases_are_order_lines_and_other_events_are_not(store: Store, address: StoreAddress) -> None:
    store.events.append(
        [
            event("tea", MAY, quantity=2, unit_price=2.5, order_id="o1"),
            event("tea", MAY, "view"),
            event("cup", MAY + 1, session_id="c0ffee", order_id="o2"),
        ]
    )
    orders = clean(address)
    assert orders.lines.rows() == [("ada", "tea", MAY, "o1", 2.0, 2.5, None)]
    assert orders.guest_lines.rows() == [(None, "cup", MAY + 1, "o2", 1.0, None, None)]
    assert reasons(orders) == {3: "guest"}
    assert orders.summary.n_rows == 2


def test_a_return_undoes_a_purchase(store: Store, address: StoreAddress) -> None:
    store.events.append(
        [
            event("tea", MAY, quantity=3),
            event("cup", MAY, quantity=1),
            event("tea", MAY + 60, "return", quantity=1),
            event("cup", MAY + 60, "return", quantity=1),
        ]
    )
    orders = clean(address)
    assert bought(orders) == [("ada", "tea", 2.0)]
    assert reasons(orders) == {2: "returned", 3: "return", 4: "return"}


def test_events_of_joined_sessions_and_accounts_are_the_users(store: Store, address: StoreAddress) -> None:
    store.events.append([event("tea", MAY, session_id="c0ffee"), event("cup", MAY + 1, user_id="ada2")])
    store.users.merge("session", "c0ffee", "ada", at_us=1)
    store.users.merge("user", "ada2", "ada", at_us=2)
    assert bought(clean(address)) == [("ada", "tea", 1.0), ("ada", "cup", 1.0)]


def test_a_joined_account_is_the_user_in_files_as_well(
    store: Store, address: StoreAddress, tmp_path: Path
) -> None:
    store.users.merge("user", "17850", "ada", at_us=1)
    file = write(tmp_path, "user_id,item_id\n17850.0,tea\nbob,cup\n")
    assert bought(clean(address, file)) == [("ada", "tea", 1.0), ("bob", "cup", 1.0)]


def test_an_order_in_file_and_store_counts_once_and_the_file_is_believed(
    store: Store, address: StoreAddress, tmp_path: Path
) -> None:
    file = write(tmp_path, "user_id,item_id,order_id,quantity\nada,tea,7.0,5\nada,cup,,1\n")
    store.events.append(
        [
            event("tea", MAY, order_id="7", quantity=4),
            event("pot", MAY, order_id="7"),
            event("cup", MAY),
            event("tea", MAY + 60, "return", order_id="7", quantity=2),
        ]
    )
    orders = clean(address, file)
    assert sorted(bought(orders)) == [
        ("ada", "cup", 1.0),
        ("ada", "cup", 1.0),
        ("ada", "pot", 1.0),
        ("ada", "tea", 3.0),
    ]
    assert orders.summary.count("duplicate").n_rows == 1


def test_a_damaged_row_of_a_file_hides_no_order_of_the_store(
    store: Store, address: StoreAddress, tmp_path: Path
) -> None:
    file = write(tmp_path, "user_id,item_id,order_id,quantity\nada,tea,7,two\nbob,tea,8,1\n")
    store.events.append([event("tea", MAY, order_id="7")])
    assert sorted(bought(clean(address, file))) == [("ada", "tea", 1.0), ("bob", "tea", 1.0)]


def test_all_batches_are_read_and_each_row_has_the_number_of_its_event(
    store: Store, address: StoreAddress
) -> None:
    store.events.append([event(f"i{n}", MAY + n) for n in range(7)])
    gathering = BatchesSeen()
    gather_store(address, gathering, batch_rows=3)
    assert gathering.batches == [3, 3, 1]
    raw = gathering.orders()
    assert raw.lines["row"].to_list() == [1, 2, 3, 4, 5, 6, 7]
    assert values(raw, "item_id") == [(f"i{n}",) for n in range(7)]


def test_a_price_that_was_not_posted_is_that_of_the_catalogue(store: Store, address: StoreAddress) -> None:
    store.catalogue.put([Item("tea", price=2.5), Item("cup", price=0)])
    store.events.append([event("tea", MAY), event("tea", MAY + 1, unit_price=2), event("cup", MAY + 2)])
    assert clean(address).lines["unit_price"].to_list() == [2.5, 2.0, None]


def test_the_catalogue_is_that_of_the_store(store: Store, address: StoreAddress) -> None:
    store.catalogue.put(
        [
            Item("tea", title="Tea", categories=("Kitchen > Drinks", "gifts"), group_id="hot"),
            Item("cup", title="Cup"),
            Item("old"),
        ]
    )
    store.catalogue.withdraw("cup", 1)
    catalogue = catalogue_of(OrderSources(store=address, from_store=True))
    assert catalogue.titles == {"tea": "Tea"}
    assert catalogue.categories == {"tea": ("Kitchen", "Kitchen > Drinks", "gifts")}
    assert catalogue.groups == {"tea": "hot"}
    assert catalogue.n_rows == 2


def test_an_empty_store_says_what_to_do(store: Store, address: StoreAddress) -> None:
    with pytest.raises(TooLittleDataError, match=r"no purchases yet; post some to /v1/events"):
        read(address)


def test_an_empty_store_beside_files_is_a_warning(
    store: Store, address: StoreAddress, tmp_path: Path
) -> None:
    raw = read(address, write(tmp_path, "user_id,item_id\nada,tea\n"))
    assert raw.lines.height == 1
    assert [warning for warning in raw.warnings if warning.endswith("has no rows")]


def test_nothing_is_kept_of_an_erased_shopper(store: Store, address: StoreAddress, tmp_path: Path) -> None:
    store.events.append([event("cup", MAY, user_id="bob")])
    store.users.erase("17850", at_us=1)
    file = write(tmp_path, "user_id,item_id,order_id\n17850.0,tea,o1\n17850,tea,o2\neve,tea,o3\n17850,,o4\n")
    orders = clean(address, file)
    assert bought(orders) == [("eve", "tea", 1.0), ("bob", "cup", 1.0)]
    assert orders.rejected.height == 0
    erased = orders.summary.count("erased")
    assert (erased.n_rows, erased.n_applies, orders.summary.n_rows) == (3, 3, 5)


def test_who_asked_not_to_be_profiled_buys_as_a_guest(
    store: Store, address: StoreAddress, tmp_path: Path
) -> None:
    store.events.append([event("cup", MAY, user_id="ada"), event("jam", MAY, user_id="bob")])
    store.users.merge("user", "second", "ada", at_us=1)
    store.objections.say("ada", 2, objects=True)
    file = write(tmp_path, "user_id,item_id,order_id\nsecond,tea,o1\neve,tea,o2\n")
    orders = clean(address, file)
    assert sorted(orders.lines["user_id"]) == ["bob", "eve"]
    assert sorted(orders.guest_lines["item_id"]) == ["cup", "tea"]


def test_the_accounts_of_an_erased_shopper_are_erased_as_well(
    store: Store, address: StoreAddress, tmp_path: Path
) -> None:
    store.users.merge("user", "second", "first", at_us=1)
    store.users.erase("first", at_us=2)
    file = write(tmp_path, "user_id,item_id\nfirst,tea\nsecond,tea\nthird,tea\n")
    sources = OrderSources((file,), store=address)
    assert bought(clean_orders(read_orders(sources), CleaningRules(), NOW)) == [("third", "tea", 1.0)]


def test_a_store_that_does_not_answer_ends_the_run_even_if_only_files_are_read(tmp_path: Path) -> None:
    # Otherwise a shopper who asked to be forgotten would be back.
    address = StoreAddress("postgresql://ada:secret@127.0.0.1:1/shop")
    with pytest.raises(StoreError) as refused:
        read_orders(OrderSources((write(tmp_path, "user_id,item_id\nada,tea\n"),), store=address))
    assert "secret" not in str(refused.value) + repr(address) + address.name


def test_without_a_store_nobody_is_erased_and_none_is_made(tmp_path: Path) -> None:
    address = StoreAddress(f"sqlite:///{tmp_path}/recsvc.db")
    raw = read_orders(OrderSources((write(tmp_path, "user_id,item_id\nada,tea\n"),), store=address))
    assert raw.n_erased == 0
    assert not (tmp_path / "recsvc.db").exists()


def test_a_store_with_guests_alone_is_refused_with_the_reason(store: Store, address: StoreAddress) -> None:
    store.events.append([event("tea", MAY, session_id="c0ffee", order_id="o1")])
    with pytest.raises(TooLittleDataError, match="none of the 1 rows is a purchase of a known user: guest 1"):
        check_orders(clean(address), CleaningRules())


def test_a_history_of_erased_shoppers_alone_is_refused_without_their_rows(
    store: Store, address: StoreAddress, tmp_path: Path
) -> None:
    store.users.erase("17850", at_us=1)
    orders = clean(address, write(tmp_path, "user_id,item_id\n17850,tea\n"))
    with pytest.raises(
        TooLittleDataError, match="none of the 1 rows is a purchase of a known user: erased 1"
    ):
        check_orders(orders, CleaningRules())
