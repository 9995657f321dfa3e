from pathlib import Path

from click.testing import CliRunner

from recsvc.cli.main import recsvc

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
