"""What a shop's own system last said, in each kind of database."""

from recsvc.store.platform_records import PlatformRecord
from recsvc.store.store import Store


def test_products_are_found_by_the_items_that_they_are_called(store: Store) -> None:
    def product(name: str, item_id: str | None, platform: str = "shop") -> PlatformRecord:
        return PlatformRecord(platform, "product", name, body={"item_id": item_id})

    order = PlatformRecord("shop", "order", "5", body={"item_id": "A\"'é"})
    store.platform.put(
        [product("1", "A\"'é"), product("2", "B"), product("3", None), product("4", "B", "other"), order]
    )
    found = store.platform.products_called("shop", ["A\"'é", "B", "C"])
    assert sorted(one.record_id for one in found) == ["1", "2"]
    assert store.platform.products_called("shop", []) == []
