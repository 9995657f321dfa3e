"""Rows that were refused, and whether that stops a run."""

import pytest

from training.doctor.diagnosis import Severity
from training.orders import CleaningRules


def damaged(rows, every: int):
    return [{**row, "ordered_at": "soon"} if n % every == 0 else row for n, row in enumerate(rows)]


@pytest.mark.parametrize(("every", "severity"), [(500, "note"), (20, "warning"), (3, "error")])
def test_damage_weighs_as_much_as_its_share(shop, examined, every: int, severity: str) -> None:
    finding = examined(damaged(shop.history(), every))["damaged_rows"]
    assert finding.severity == severity
    assert "unreadable_date" in finding.sentence
    assert finding.examples[0] == "a.csv row 2 (unreadable_date)"


def test_damage_is_measured_against_the_setting_of_the_run(shop, diagnosed) -> None:
    rows = damaged(shop.history(), 3)
    assert diagnosed(rows).exit_code == 3
    assert diagnosed(rows, rules=CleaningRules(max_rejected_share=0.5)).exit_code == 0


def test_whole_rows_are_no_finding(shop, examined) -> None:
    assert "damaged_rows" not in examined(shop.history())


def test_nothing_left_is_an_error_with_the_reasons(examined) -> None:
    finding = examined("user_id,item_id,quantity\n,mug,1\n,pan,1\n")["nothing_left"]
    assert finding.sentence == "None of the 2 rows is a purchase of a known user: guest 2."
    assert finding.severity == "error"


def test_products_taken_for_postage_are_a_warning(shop, examined) -> None:
    rules = CleaningRules(non_product_pattern="SKU-00.")
    finding = examined(shop.history(), rules=rules)["many_refused"]
    assert "were refused as not_a_product" in finding.sentence
    assert "non_product_pattern" in finding.remedy


def test_a_little_postage_is_no_finding(shop, examined) -> None:
    rules = CleaningRules(non_product_pattern="SKU-001")
    assert "many_refused" not in examined(shop.history(), rules=rules)


def test_a_question_that_would_stop_a_run_is_an_error(examined) -> None:
    finding = examined("user_id,item_id,date\na,mug,1/2/2024\nb,pan,2/3/2024\n")["date_format"]
    assert finding.severity is Severity.ERROR
    assert "whether the day or the month comes first" in finding.sentence
    assert "--date-format '%d/%m/%Y'" in finding.remedy


def test_a_question_that_stops_nothing_is_a_warning(examined) -> None:
    finding = examined("user_id,item_id,date\na,mug,1.2.2024\nb,pan,2.3.2024\n")["date_format"]
    assert finding.severity is Severity.WARNING
