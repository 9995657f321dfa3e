from pathlib import Path

from click.testing import CliRunner
from support.events import event

from recsvc.cli.main import recsvc
from recsvc.store.event import EventType
from recsvc.store.store import open_store

EXPORT = """\
Handle,Title,Type,Variant SKU,Variant Price
tee,Plain Tee,Shirts,TEE-S,19.50
tee,,,TEE-L,20
tee,,,,
bad,Bad,Hats,BAD,cheap
"""


def test_the_command_says_what_became_of_every_row(tmp_path: Path) -> None:
    (tmp_path / "export.csv").write_text(EXPORT)
    (tmp_path / "models").mkdir()
    arguments = ["items", "import", str(tmp_path / "export.csv"), "--models-dir", str(tmp_path / "models")]
    done = CliRunner().invoke(recsvc, arguments)
    assert done.exit_code == 0, done.output
    assert "Shopify, 4 rows, 2 items stored" in done.output
    assert "1 rows: a further picture of the product above" in done.output
    assert "row 4: price: must be a number" in done.output
    (tmp_path / "none.csv").write_text("item_id\n")
    assert (
        CliRunner().invoke(recsvc, [*arguments[:2], str(tmp_path / "none.csv"), *arguments[3:]]).exit_code
        == 3
    )


def test_the_command_says_by_which_column_items_are_called_and_what_the_columns_are(tmp_path: Path) -> None:
    models = tmp_path / "models"
    models.mkdir()
    table = "nr;reference;designation;preis\n" + "".join(f"{n};R-{n};Krug {n};1.{n}00\n" for n in range(1, 6))
    (tmp_path / "export.csv").write_bytes(table.replace("Krug", "Džbán").encode("windows-1250"))
    store = open_store(f"sqlite:///{models}/recsvc.db")
    store.events.append([event(f"r-{n}", n, type=EventType.PURCHASE) for n in range(1, 4)])
    arguments = ["items", "import", str(tmp_path / "export.csv"), "--models-dir", str(models)]
    told = ["--column", "item_id=reference", "--column", "title=designation", "--column", "price=preis"]
    done = CliRunner().invoke(
        recsvc, [*arguments, *told, "--encoding", "windows-1250", "--decimal-mark", ","]
    )
    assert done.exit_code == 0, done.output
    assert "a table, 5 rows, 5 items stored" in done.output
    assert "  items are called by reference\n" in done.output
    assert "item_id = reference, price = preis, title = designation" in done.output
    assert (item := store.catalogue.get("R-1")) is not None
    assert (item.title, item.price) == ("Džbán 1", 1100.0)
    found = CliRunner().invoke(recsvc, [*arguments, "--encoding", "windows-1250", *told[2:]])
    assert "items are called by reference, which names 3 of 3 items bought" in found.output
    refused = CliRunner().invoke(recsvc, [*arguments, "--column", "item_id"])
    assert "must be like item_id=Reference, got item_id" in refused.output
    (tmp_path / "export.csv").write_text("item_id,title\na,b\nc,d\n")
    strange = CliRunner().invoke(recsvc, arguments)
    assert "no item that was bought is among them: name the right column" in strange.output
    store.close()


def test_a_dry_run_says_the_same_and_stores_nothing(tmp_path: Path) -> None:
    (tmp_path / "export.csv").write_text(EXPORT)
    arguments = ["items", "import", str(tmp_path / "export.csv"), "--models-dir", str(tmp_path)]
    dry = CliRunner().invoke(recsvc, [*arguments, "--dry-run"])
    assert dry.exit_code == 0, dry.output
    store = open_store(f"sqlite:///{tmp_path}/recsvc.db")
    assert store.catalogue.count() == 0
    stored = CliRunner().invoke(recsvc, arguments)
    assert dry.output == stored.output.replace("items stored", "items would be stored")
    assert store.catalogue.count() == 2
    store.close()
