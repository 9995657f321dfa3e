"""Files that are dropped into a folder: taken whole, once, oldest first."""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from recsvc.catalogue.item import Item
from recsvc.cli.main import recsvc
from recsvc.connect.folder.drop_folder import LOCK
from recsvc.connect.folder.taking import Taker
from recsvc.errors import StoreError
from recsvc.store.store import Store, open_store

PRODUCTS = "sku;name;price\nTEA;Tea;3,50\nJAM;Jam;2,00\n"
STOCK = "sku;warehouse;quantity\nTEA;north;0\nTEA;south;4\nJAM;north;0\nOLD;north;9\n"
DAY = "2026-05-01T12:30:00Z"
EVENTS = f"type,user_id,item_id,quantity,occurred_at\npurchase,ada,TEA,2,{DAY}\nview,ada,JAM,1,01.05.2026\n"
ROWS = ("sold,ada,TEA,1", "purchase,,TEA,1", "purchase,bob,TEA,0")


class Drop:
    def __init__(self, path: Path) -> None:
        self.path = path / "drop"
        self.path.mkdir()
        self.models = path / "models"
        self.models.mkdir()
        self.store: Store = open_store(f"sqlite:///{self.models}/recsvc.db")

    def write(self, name: str, text: str, age_seconds: float = 100) -> Path:
        file = self.path / name
        file.write_text(text)
        when = time.time() - age_seconds
        os.utime(file, (when, when))
        return file

    def run(self, *options: str, quiet: str = "0") -> Result:
        arguments = [
            "connect",
            "folder",
            str(self.path),
            "--models-dir",
            str(self.models),
            "--quiet-seconds",
            quiet,
        ]
        return CliRunner().invoke(recsvc, [*arguments, *options])

    def names(self, directory: str = "") -> list[str]:
        found = (self.path / directory).iterdir() if (self.path / directory).is_dir() else ()
        return sorted(
            one.name.partition("Z-")[2] or one.name for one in found if one.is_file() and one.name != LOCK
        )


@pytest.fixture
def drop(tmp_path: Path) -> Iterator[Drop]:
    made = Drop(tmp_path)
    with closing(made.store):
        yield made


def test_products_stock_and_events_are_stored_and_moved(drop: Drop) -> None:
    drop.write("Products.csv", PRODUCTS)
    drop.write("stock.csv", STOCK)
    drop.write("events-1.csv", EVENTS)
    done = drop.run()
    assert done.exit_code == 0, done.output
    assert "stock.csv: 4 rows, 3 items, 1 stocks changed, 1 not in the catalogue: OLD -> done/" in done.output
    assert done.output.endswith(
        "3 files done; 0 failed; 0 not whole yet; 2 items stored; 1 stocks changed; 2 events new\n"
    )
    known = drop.store.catalogue.get_many(["TEA", "JAM", "OLD"])
    assert {name: item.in_stock for name, item in known.items()} == {"TEA": True, "JAM": False}
    assert known["TEA"].price == 3.5, "stock changes nothing else"
    assert {(one.type, one.item_id, one.quantity) for one in drop.store.events.history_of("ada")} == {
        ("purchase", "TEA", 2.0),
        ("view", "JAM", 1.0),
    }
    assert (drop.names(), drop.names("done")) == ([], ["Products.csv", "events-1.csv", "stock.csv"])
    again = drop.run()
    assert (again.exit_code, again.output) == (0, "0 files done; 0 failed; 0 not whole yet\n")


def test_the_same_file_again_says_nothing_new(drop: Drop) -> None:
    for name in ("events-1.csv", "events-2.csv"):
        drop.write(name, EVENTS)
        assert drop.run().exit_code == 0
    assert len(drop.store.events.history_of("ada")) == 2
    assert len(drop.names("done")) == 2


def test_refused_rows_are_named_and_the_others_stored(drop: Drop) -> None:
    drop.write("events.csv", EVENTS + "".join(f"{row},{DAY}\n" for row in ROWS) + "view,ada,TEA,1,\n")
    drop.write("stock.csv", "sku,in_stock\nTEA,perhaps\n,yes\n")
    drop.write("products.csv", "item_id,title,price\nTEA,Tea,dear\nJAM,Jam,2\n")
    drop.write("products-2.csv", "colour,size\nred,L\n")
    done = drop.run()
    assert done.exit_code == 3
    assert drop.names("done") == []
    reports = {one.name.partition("Z-")[2]: one.read_text() for one in (drop.path / "failed").glob("*.txt")}
    assert sorted(reports) == ["events.csv.txt", "products-2.csv.txt", "products.csv.txt", "stock.csv.txt"]
    assert "row 3: type:" in reports["events.csv.txt"]
    assert "row 4: body: user_id or session_id is needed" in reports["events.csv.txt"]
    assert "row 5: quantity: must be greater than 0" in reports["events.csv.txt"]
    assert "row 6: event_id or occurred_at is needed" in reports["events.csv.txt"]
    assert "4 of 6 rows were refused; the others are stored" in reports["events.csv.txt"]
    assert "row 1: in_stock: 'perhaps' is no word" in reports["stock.csv.txt"]
    assert "row 2: sku: must be 1 to 256 characters" in reports["stock.csv.txt"]
    assert "row 1: price: must be a number" in reports["products.csv.txt"]
    assert "nothing of it is stored" in reports["products-2.csv.txt"]
    assert drop.store.catalogue.get("JAM") is not None
    drop.write("events.csv", EVENTS + f"view,ada,TEA,1,{DAY}\n" * 2)
    mended = drop.run()
    assert mended.exit_code == 0
    assert "events.csv: 4 rows, 2 events new, 2 known already -> done/" in mended.output


def test_what_is_still_being_written_waits(drop: Drop) -> None:
    for name in ("stock.csv.part", ".stock.csv", "stock.csv.tmp", "stock~"):
        drop.write(name, STOCK)
    (drop.path / "stock-link.csv").symlink_to("/etc/passwd")
    drop.write("stock.csv", STOCK, age_seconds=1000)  # the folder itself saw it change just now
    done = drop.run(quiet="60")
    assert (done.exit_code, done.output) == (
        0,
        "stock.csv: not whole yet: it changed in the last 60 s\n0 files done; 0 failed; 1 not whole yet\n",
    )
    assert "stock.csv" in drop.names()


def test_a_marker_says_that_a_file_is_whole_and_goes_with_it(drop: Drop) -> None:
    drop.write("products.csv", PRODUCTS)
    drop.write("stock.csv", STOCK)
    drop.write("products.csv.done", "")
    done = drop.run("--marker", ".done")
    assert "stock.csv: not whole yet: there is no stock.csv.done\n" in done.output
    assert (drop.names(), drop.names("done")) == (["stock.csv"], ["products.csv"])


def test_a_file_that_changes_while_it_is_read_waits(drop: Drop, monkeypatch: pytest.MonkeyPatch) -> None:
    file = drop.write("products.csv", PRODUCTS)
    take = Taker.take

    def and_more_comes(self: Taker, dropped: object) -> object:
        found = take(self, dropped)  # type: ignore[arg-type]
        with file.open("a") as more:
            more.write("SAW;Saw;9,00\n")
        return found

    with monkeypatch.context() as patched:
        patched.setattr(Taker, "take", and_more_comes)
        assert "changed while it was read; it waits for the next run" in drop.run().output
    assert drop.names() == ["products.csv"]
    assert drop.run().exit_code == 0
    assert drop.store.catalogue.get("SAW") is not None


def test_the_oldest_comes_first(drop: Drop) -> None:
    drop.store.catalogue.put([Item("TEA")])
    drop.write("stock-a.csv", "sku,quantity\nTEA,5\n", age_seconds=10)
    drop.write("stock-b.csv", "sku,quantity\nTEA,0\n", age_seconds=20)
    assert drop.run().exit_code == 0
    item = drop.store.catalogue.get("TEA")
    assert item is not None
    assert item.in_stock


def test_a_dry_run_says_it_all_and_changes_nothing(drop: Drop) -> None:
    drop.store.catalogue.put([Item("TEA", in_stock=False)])
    drop.write("products.csv", "item_id,title\nSAW,Saw\n")
    drop.write("stock.csv", STOCK)
    drop.write("events.csv", EVENTS + f"sold,ada,TEA,1,{DAY}\n")
    done = drop.run("--dry-run")
    assert done.exit_code == 3
    assert (
        "stock.csv: would be taken: 4 rows, 3 items, 1 stocks changed, 2 not in the catalogue: JAM, OLD"
        in done.output
    )
    assert "row 3: type:" in done.output
    assert drop.names() == ["events.csv", "products.csv", "stock.csv"]
    assert drop.store.catalogue.get("SAW") is None
    assert drop.store.events.history_of("ada") == []


def test_two_runs_do_not_take_one_file(drop: Drop) -> None:
    drop.write("products.csv", PRODUCTS)
    with (drop.path / LOCK).open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        refused = drop.run()
    assert "another run takes the files of this folder now" in str(refused.exception)
    assert drop.names() == ["products.csv"]


def test_a_store_that_fails_leaves_the_file_for_the_next_run(
    drop: Drop, monkeypatch: pytest.MonkeyPatch
) -> None:
    drop.write("products.csv", PRODUCTS)

    def lost(_self: Taker, _file: object) -> None:
        raise StoreError("away")

    with monkeypatch.context() as patched:
        patched.setattr(Taker, "take", lost)
        assert isinstance(drop.run().exception, StoreError)
    assert drop.names() == ["products.csv"]
    assert drop.run().exit_code == 0


def test_nothing_that_was_taken_is_overwritten(drop: Drop) -> None:
    for price in range(3):
        drop.write("products.csv", f"item_id,title,price\nTEA,Tea,{price}\n")
        drop.run()
    assert len(list((drop.path / "done").iterdir())) == 3


def test_columns_of_other_names_are_told(drop: Drop) -> None:
    drop.store.catalogue.put([Item("TEA")])
    drop.write("lager.txt", "Nr\tFrei\nTEA\t-3\n")
    done = drop.run("--stock", "lager*", "--stock-column", "item_id=Nr", "--stock-column", "stock=Frei")
    assert done.exit_code == 0, done.output
    item = drop.store.catalogue.get("TEA")
    assert item is not None
    assert not item.in_stock


def test_columns_that_events_do_not_have_are_named(drop: Drop) -> None:
    drop.write("events.csv", "type,item_id,user,quantity\nview,TEA,ada,1\n")
    drop.write("events-2.csv", "type,user_id\nview,ada\n")
    assert drop.run().exit_code == 3
    reports = "".join(one.read_text() for one in (drop.path / "failed").glob("*.txt"))
    assert "columns that events do not have: user; events have type, item_id" in reports
    assert "no column item_id" in reports


def test_warehouses_that_spell_an_item_differently_are_one_item(drop: Drop) -> None:
    drop.store.catalogue.put([Item("A1")])
    drop.write("stock.csv", "sku,warehouse,quantity\nA1,north,4\na1,south,0\n")
    assert "2 rows, 1 items" in drop.run().output
    item = drop.store.catalogue.get("A1")
    assert item is not None
    assert item.in_stock is not False


def test_a_file_that_cannot_be_moved_keeps_no_other(drop: Drop) -> None:
    long = f"events-{'x' * 240}.csv"  # its name has no room for when it was taken
    drop.write(long, f"type,user_id,item_id,occurred_at\nsold,ada,TEA,{DAY}\n", age_seconds=1000)
    drop.write("products.csv", PRODUCTS)
    done = drop.run()
    assert done.exit_code == 3
    assert "was taken, but not moved to" in done.output
    assert "File name too long; move it away yourself" in done.output
    assert done.output.endswith("1 files done; 1 failed; 0 not whole yet; 2 items stored\n")
    assert (drop.names(), drop.names("done"), drop.names("failed")) == ([long], ["products.csv"], [])


def test_what_nobody_may_move_is_not_stored_again_and_again(
    drop: Drop, monkeypatch: pytest.MonkeyPatch
) -> None:
    drop.write("products.csv", PRODUCTS)
    stranger = drop.path.stat().st_uid + 4000
    drop.path.chmod(0o1777)
    with monkeypatch.context() as patched:
        patched.setattr(os, "geteuid", lambda: stranger)
        done = drop.run()
    assert (done.exit_code, drop.names()) == (3, ["products.csv"])
    assert "products.csv is not taken: in this folder only the owner of a file may move it" in done.output
    assert drop.store.catalogue.get("TEA") is None


def test_a_file_that_changed_since_it_was_found_is_not_read(
    drop: Drop, monkeypatch: pytest.MonkeyPatch
) -> None:
    drop.write("products.csv", PRODUCTS)
    later = drop.write("stock.csv", STOCK, age_seconds=1)
    take = Taker.take

    def and_the_other_changes(self: Taker, dropped: object) -> object:
        later.write_text("sku;warehouse;quantity\nTEA;north;")
        return take(self, dropped)  # type: ignore[arg-type]

    monkeypatch.setattr(Taker, "take", and_the_other_changes)
    assert "stock.csv: changed since it was found; it waits for the next run" in drop.run().output
    assert (drop.names(), drop.names("done")) == (["stock.csv"], ["products.csv"])


@pytest.mark.parametrize("marker", ["", " ", "done/x"])
def test_a_marker_that_is_no_ending_is_refused(drop: Drop, marker: str) -> None:
    refused = drop.run("--marker", marker)
    assert (
        refused.exit_code,
        f"must be an ending of names such as .done, got {marker!r}" in refused.output,
    ) == (
        2,
        True,
    )


@pytest.mark.parametrize("name", ["events.csv", "stock.csv", "products.csv"])
def test_a_report_names_a_thousand_rows_and_counts_the_others(drop: Drop, name: str) -> None:
    bad = {
        "events.csv": "type,item_id,user_id,occurred_at\n" + "view,TEA,ada,\n" * 1_500,
        "stock.csv": "sku,in_stock\n" + "TEA,perhaps\n" * 1_500,
        "products.csv": "item_id,title,price\n" + "TEA,Tea,dear\n" * 1_500,
    }
    drop.write(name, bad[name])
    assert drop.run().exit_code == 3
    report = next((drop.path / "failed").glob("*.txt")).read_text()
    assert f"{name}: 1,500 of 1,500 rows were refused" in report
    assert (report.count("\nrow "), report.endswith("and 500 more\n")) == (1_000, True)
