"""Whole histories: the healthy, the real and the tiny."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest
from support.order_files import read_files

from training.doctor import Diagnosis, Finding, Severity, examination, examine
from training.doctor.examination import DoctorCheck
from training.doctor.history import ExaminedHistory
from training.orders import CleaningRules, clean_orders
from training.sample import SampleShop, write_sample_shop

DUNNHUMBY = Path(__file__).parents[3] / ".." / "shared" / "data" / "dunnhumby_orders_sample.csv.gz"


def diagnosis_of(path: Path, now: datetime) -> Diagnosis:
    raw = read_files([str(path)])
    return examine(raw, clean_orders(raw, CleaningRules(), now), CleaningRules(), now)


def codes(diagnosis: Diagnosis, severity: str) -> set[str]:
    return {finding.code for finding in diagnosis.findings if finding.severity == severity}


def test_a_healthy_history_has_no_findings(shop, diagnosed) -> None:
    diagnosis = diagnosed(shop.history(), strict=True)
    assert diagnosis.findings == ()
    assert diagnosis.exit_code == 0


def test_findings_come_the_worst_first(shop, diagnosed) -> None:
    rows = [
        {**row, "ordered_at": "soon"} if n % 3 == 0 else {**row, "title": ""}
        for n, row in enumerate(shop.history(users=100))
    ]
    severities = [finding.severity for finding in diagnosed(rows).findings]
    assert set(severities) == {"error", "warning", "note"}
    assert severities == sorted(severities, key=["error", "warning", "note"].index)


@pytest.mark.parametrize("seed", [1, 2])
def test_the_sample_shop_has_only_users_who_are_new(tmp_path: Path, seed: int) -> None:
    files = write_sample_shop(SampleShop(seed=seed), tmp_path)
    diagnosis = diagnosis_of(files.orders, datetime(2026, 7, 1, tzinfo=UTC))
    assert {finding.code for finding in diagnosis.findings} == {"one_order_users"}


def test_online_retail_has_what_is_known_of_it(online_retail: Path) -> None:
    diagnosis = diagnosis_of(online_retail, datetime(2011, 12, 10, tzinfo=UTC))
    assert codes(diagnosis, "warning") == {"wholesale_accounts", "automated_accounts"}
    assert codes(diagnosis, "note") == {
        "exact_copies", "silent_days", "short_last_day", "one_order_users", "guests", "shared_titles",
        "variants_by_title",
    }  # fmt: skip
    assert diagnosis.exit_code == 0
    guests = next(finding for finding in diagnosis.findings if finding.code == "guests")
    assert "(25.3%)" in guests.sentence


def test_dunnhumby_sample_sold_fuel_by_the_millilitre_and_closed_at_christmas() -> None:
    if not DUNNHUMBY.exists():
        pytest.skip("needs ../shared/data/dunnhumby_orders_sample.csv.gz beside the checkout")
    diagnosis = diagnosis_of(DUNNHUMBY.resolve(), datetime(2018, 1, 2, tzinfo=UTC))
    found = {finding.code: finding for finding in diagnosis.findings}
    assert codes(diagnosis, "warning") == set()
    assert found["silent_days"].examples == ("2017-12-25: about 140 orders expected",)
    assert {"extreme_quantities", "single_sales", "missing_titles", "damaged_rows"} <= found.keys()


@pytest.mark.parametrize(
    "text",
    [
        "user_id,item_id\na,mug\n",
        "user_id,item_id,date\na,mug,2024-01-01\n",
        "user_id,item_id,date\n,mug,2024-01-01\na,pan,\n",
        "user_id,item_id,date,order_id,quantity\na,mug,2024-01-01,1,-1\n",
        "user_id,item_id,date\na,mug,1990-01-02\nb,mug,2025-09-30 10:00\n",
        "user_id,item_id,price\na,mug,\nb,pan,\n",
    ],
)
def test_tiny_histories_are_examined_without_fail(diagnosed, text: str) -> None:
    diagnosis = diagnosed(text)
    assert diagnosis.findings
    assert diagnosis.exit_code in {0, 3}


def test_a_check_from_outside_is_made_and_its_finding_shown(
    shop, diagnosed, monkeypatch: pytest.MonkeyPatch
) -> None:
    def thirteen(history: ExaminedHistory) -> Iterator[Finding]:
        if history.n_rows == 13:
            yield Finding(
                "thirteen",
                Severity.NOTE,
                "There are 13 rows.",
                "Sell one more.",
                history.places(pl.lit(value=True), 1),
            )

    monkeypatch.setattr(examination, "CHECKS", (*examination.CHECKS, DoctorCheck(thirteen)))
    found = {finding.code: finding for finding in diagnosed(shop.history()[:13]).findings}
    assert found["thirteen"].examples == ("a.csv row 2",)
    assert "thirteen" not in {finding.code for finding in diagnosed(shop.history()).findings}


def test_checks_that_need_purchases_are_left_out_where_none_is_left(
    diagnosed, monkeypatch: pytest.MonkeyPatch
) -> None:
    def asked(history: ExaminedHistory) -> Iterator[Finding]:
        yield Finding("asked", Severity.NOTE, f"{history.n_rows} rows.", "Nothing.")

    guests_only = "user_id,item_id\n,mug\n"
    for needs_purchases in (True, False):
        monkeypatch.setattr(examination, "CHECKS", (DoctorCheck(asked, needs_purchases),))
        assert bool(diagnosed(guests_only).findings) is not needs_purchases
