"""A catalogue is matched by the column that holds the ids of the orders."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from support.order_files import clean, write

from recsvc.catalogue.product_import import Told
from recsvc.errors import OpenQuestionError
from training.cli.main import recsvc_train
from training.history.catalogue import ShopCatalogue
from training.orders import Orders
from training.orders.catalogue_ids import catalogue_of_orders, catalogue_questions
from training.sources.catalogue import read_catalogue

PRESTASHOP = (
    "Product ID;Image;Name;Reference;Category;Price (tax excl.);Price (tax incl.);Quantity;Status\n"
    + "".join(f"{number};x.jpg;Mug {number};demo_{number};Art;11.90;14.28;300;1\n" for number in range(1, 9))
)
TWO_WAYS = "item_id,reference,title\n" + "".join(f"{n},{9 - n},Mug {n}\n" for n in range(1, 9))


def orders_of(directory: Path, items: str) -> Orders:
    lines = [f"u{n},{items.format(n)},2025-01-0{n}" for n in range(1, 6)]
    return clean(directory, "user_id,item_id,date\n" + "\n".join(lines) + "\n")


def catalogue(directory: Path, content: str, **told: object) -> ShopCatalogue:
    return read_catalogue(write(directory, content, "catalogue.csv"), Told(**told))


@pytest.mark.parametrize(
    ("items", "said"),
    [("{}", None), ("demo_{}", "'reference', which names 5 of the 5"), ("Demo _{}", "'reference'")],
)
def test_titles_and_categories_are_those_of_the_items_of_the_orders(
    tmp_path: Path, items: str, said: str | None
) -> None:
    orders, read = orders_of(tmp_path, items), catalogue(tmp_path, PRESTASHOP)
    matched, questions = catalogue_of_orders(orders, read), catalogue_questions(orders, read)
    assert matched.titles[items.format(2)] == "Mug 2"
    assert matched.categories[items.format(2)] == ("Art",)
    assert [said in str(one) for one in questions] == ([] if said is None else [True])
    assert not any(one.stops for one in questions)


def test_two_columns_that_name_other_products_stop_the_run_until_one_is_named(tmp_path: Path) -> None:
    orders = orders_of(tmp_path, "{}")
    with pytest.raises(OpenQuestionError, match="its column 'reference' names as many"):
        catalogue_of_orders(orders, catalogue(tmp_path, TWO_WAYS))
    for column, title in (("item_id", "Mug 1"), ("Reference", "Mug 8")):
        told = catalogue(tmp_path, TWO_WAYS, columns={"item_id": column})
        assert catalogue_of_orders(orders, told).titles["1"] == title


def test_a_catalogue_of_other_items_is_said_to_be_one(tmp_path: Path) -> None:
    (question,) = catalogue_questions(orders_of(tmp_path, "other{}"), catalogue(tmp_path, PRESTASHOP))
    assert "names 0 of the 5 items bought" in question.text


def command(name: str, directory: Path, *options: str) -> Result:
    arguments = [
        name,
        "--orders",
        f"{directory}/orders.csv",
        "--catalogue",
        f"{directory}/catalogue.csv",
        *options,
    ]
    return CliRunner().invoke(recsvc_train, [*arguments, "--models-dir", f"{directory}/models"])


def test_every_command_asks_which_column_it_is_and_takes_the_answer(tmp_path: Path) -> None:
    orders_of(tmp_path, "{}")
    orders = next(path for path in tmp_path.iterdir() if path.suffix == ".csv")
    orders.rename(tmp_path / "orders.csv")
    (tmp_path / "catalogue.csv").write_text(TWO_WAYS)
    for name in ("run", "look", "doctor"):
        asked = command(name, tmp_path)
        assert asked.exit_code == 3 or isinstance(asked.exception, OpenQuestionError), name
        assert "--catalogue-column" in " ".join((asked.output + str(asked.exception)).split()), name
    assert command("look", tmp_path, "--catalogue-column", "item_id=reference").exit_code == 0
    wrong = command("look", tmp_path, "--catalogue-column", "item_id=nowhere")
    assert "has no column 'nowhere' for item_id" in str(wrong.exception)


def test_the_encoding_of_the_orders_is_that_of_the_catalogue_unless_it_is_utf_8(tmp_path: Path) -> None:
    text = "item_id,title\n1,Dzbán žlutý\n"
    for encoding in ("windows-1250", "utf-8"):
        (tmp_path / "catalogue.csv").write_bytes(text.encode(encoding))
        read = read_catalogue(str(tmp_path / "catalogue.csv"), Told(encoding="windows-1250"))
        assert read.titles == {"1": "Dzbán žlutý"}
