import gzip
from collections.abc import Sequence
from pathlib import Path

import pytest

from recsvc.catalogue.item import Item
from recsvc.catalogue.product_import import BATCH, MAX_NAMED, import_products
from recsvc.errors import UnreadableExportError


def test_a_packed_file_is_read_and_an_item_named_twice_is_the_last_one(tmp_path: Path) -> None:
    path = tmp_path / "export.csv.gz"
    path.write_bytes(gzip.compress(b"item_id,price\ntea,1\ntea,2\n"))
    batches: list[Sequence[Item]] = []
    assert import_products(path, batches.append, 1).n_items == 1
    assert batches == [[Item("tea", price=2.0, updated_at_us=1)]]


def test_items_are_stored_a_batch_at_a_time(tmp_path: Path) -> None:
    path, batches = tmp_path / "export.csv", []
    path.write_text("item_id\n" + "\n".join(str(number) for number in range(BATCH + 1)))
    assert import_products(path, batches.append, 1).n_items == BATCH + 1
    assert [len(batch) for batch in batches] == [BATCH, 1]


def test_of_many_refused_rows_the_first_are_named_and_all_are_counted(tmp_path: Path) -> None:
    path = tmp_path / "export.csv"
    path.write_text("item_id,price\n" + "tea,cheap\n" * (MAX_NAMED + 5))
    found = import_products(path, list, 1)
    assert (found.n_items, found.n_refused, len(found.refused)) == (0, MAX_NAMED + 5, MAX_NAMED)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "no product export"),
        (b"name,colour\nTea,green\n", "item_id"),
        (b"item_id\n\xff\xfe\n", "not UTF-8"),
        (b'item_id\n"open', "no comma-separated table"),
        (b"\x1f\x8bbroken", "cannot be read"),
    ],
)
def test_what_is_no_export_is_refused_with_what_would_be_one(
    tmp_path: Path, content: bytes, told: str
) -> None:
    (tmp_path / "export.csv").write_bytes(content)
    with pytest.raises(UnreadableExportError, match=told):
        import_products(tmp_path / "export.csv", list, 1)
