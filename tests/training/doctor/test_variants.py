"""Titles that differ in colour, size or pack only."""


def in_colours(row, colours=("red", "blue")):
    number = int(row["item_id"][-3:])
    return {**row, "title": f"Mug {'abcdefghij'[number // 2]} {colours[number % 2]}", "unit_price": "4.95"}


def test_variants_are_named_with_examples_and_how_to_let_them_in(shop, examined) -> None:
    finding = examined([in_colours(row) for row in shop.history()])["variants_by_title"]
    assert finding.severity == "note"
    assert finding.sentence.startswith("20 items (100.0%) are variants of 10 products by their titles")
    assert 'variants = "all"' in finding.remedy
    assert len(finding.examples) == 3
    assert {" ".join(title.split()[:2]) for title in finding.examples[0].split("; ")} == {
        finding.examples[0][:5]
    }


def test_the_words_that_were_learned_are_named(shop, examined) -> None:
    rows = [in_colours(row, ("red", "montana")) for row in shop.history()]
    rows += [{**in_colours(row, ("blue", "blue")), "item_id": f"B{row['item_id']}"} for row in shop.history()]
    assert "Words like colours were learned: montana." in examined(rows)["variants_by_title"].sentence


def test_titles_of_things_that_are_numbered_are_no_variants(shop, examined) -> None:
    assert "variants_by_title" not in examined(shop.history())
