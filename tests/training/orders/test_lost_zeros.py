"""Numbers with and without zeros before them."""

from pathlib import Path

from support.order_files import clean


def table(*items: str) -> str:
    return "user_id,order_id,item_id\n" + "".join(
        f"u{at % 5},{at},{items[at % len(items)]}\n" for at in range(60)
    )


def test_numbers_with_and_without_zeros_are_named(tmp_path: Path) -> None:
    orders = clean(tmp_path, table("0071", "71", "0072", "72", "0073", "73", "80"))
    (question,) = orders.summary.questions
    assert (question.code, question.stops) == ("lost_zeros", False)
    assert question.text.startswith(
        "3 products stand with and without zeros before their number (“0071”, “71”, “0072”,"
    )


def test_numbers_that_all_have_zeros_and_codes_are_none(tmp_path: Path) -> None:
    assert clean(tmp_path, table("0071", "0072", "0073", "A1", "0A1")).summary.questions == ()
