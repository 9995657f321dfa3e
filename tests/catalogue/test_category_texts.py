import pytest

from recsvc.catalogue.category_texts import CategoryTexts

KITCHEN = ["Kitchen{0}Mugs", "Kitchen{0}Bowls", "Garden{0}Tools"]


@pytest.mark.parametrize("mark", [" > ", ">", " » ", " -> ", "/", " / ", "|", " | ", ";", ", "])
def test_names_of_which_each_stands_below_one_other_are_a_path(mark: str) -> None:
    texts = [text.format(mark) for text in KITCHEN]
    read = CategoryTexts.of(texts)
    assert [read.read(text) for text in texts] == [
        ["Kitchen > Mugs"],
        ["Kitchen > Bowls"],
        ["Garden > Tools"],
    ]


@pytest.mark.parametrize("mark", ["|", ";", ", "])
def test_names_in_any_company_are_a_list(mark: str) -> None:
    texts = [text.format(mark) for text in ("Mugs{0}Sale", "Bowls{0}Sale", "Sale{0}New", "Mugs{0}New")]
    read = CategoryTexts.of([*texts, "Mugs", "Bowls"])
    assert read.read(texts[0]) == ["Mugs", "Sale"]
    assert read.read("Bowls") == ["Bowls"]


def test_a_list_may_be_one_of_paths() -> None:
    for mark in ("|", " ; ", ", "):
        text = f"Home > Gifts{mark}Home > Candles"
        assert CategoryTexts.of([text]).read(text) == ["Home > Gifts", "Home > Candles"]


@pytest.mark.parametrize("text", ["Men/Women", "Food, Drink & Tobacco", "Home > Pots, Pans > Steel"])
def test_a_mark_within_a_name_is_part_of_it(text: str) -> None:
    assert CategoryTexts.of([text, "Toys"]).read(text) == [text]


def test_a_comma_behind_a_backslash_is_part_of_the_name_and_markup_is_not() -> None:
    read = CategoryTexts(",", ">")
    assert read.read("Shirts\\, Tops > Long, Sale") == ["Shirts, Tops > Long", "Sale"]
    assert read.read("Home &amp; Garden") == ["Home & Garden"]
    assert read.read(None) == []
