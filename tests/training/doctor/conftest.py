"""A made-up shop in which nothing is wrong, and its examination."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest
from support.order_files import read_files

from training.doctor import Diagnosis, Finding, examine
from training.orders import CleaningRules, clean_orders

NOW = datetime(2025, 10, 1, tzinfo=UTC)
LAST_DAY = datetime(2025, 9, 30)  # noqa: DTZ001  files write local times
Row = dict[str, str]


class MadeUpShop:
    """Sells two items an order, every day from nine o'clock on, until the day before `now`."""

    now = NOW
    last_day = LAST_DAY

    def order(self, n: int, user: str, at: datetime, items: range | list[int]) -> list[Row]:
        """Order number n: one line for each item."""
        return [
            {
                "user_id": user,
                "item_id": f"SKU-{item:03}",
                "ordered_at": f"{at:%Y-%m-%d %H:%M:%S}",
                "order_id": f"W{n:06}",
                "quantity": "1",
                "unit_price": f"{item + 1}.95",
                "title": f"Mug number {item}",
            }
            for item in items
        ]

    def history(
        self, days: int = 84, a_day: int = 10, users: int = 250, items: int = 20, first_hour: int = 9
    ) -> list[Row]:
        """All order lines, each hour one order."""
        rows = []
        for n in range(days * a_day):
            at = (
                self.last_day
                - timedelta(days=days - 1 - n // a_day)
                + timedelta(hours=first_hour + n % a_day)
            )
            rows += self.order(n, f"C{n * 7 % users:05}", at, [n % items, (n * 3 + 1) % items])
        return rows

    def day(self, days_before_last: int) -> str:
        """A day as the rows write it."""
        return f"{self.last_day - timedelta(days=days_before_last):%Y-%m-%d}"


@pytest.fixture
def shop() -> MadeUpShop:
    return MadeUpShop()


Examined = Callable[..., dict[str, Finding]]


@pytest.fixture
def diagnosed(tmp_path: Path) -> Callable[..., Diagnosis]:
    """Write each table (rows, or CSV text) as a file a.csv, b.csv, … and examine them together."""

    def diagnose(
        *tables: list[Row] | str,
        now: datetime = NOW,
        rules: CleaningRules | None = None,
        strict: bool = False,
    ) -> Diagnosis:
        paths = []
        for letter, table in zip("abcdef", tables, strict=False):
            text = table if isinstance(table, str) else pl.DataFrame(table).write_csv()
            (tmp_path / f"{letter}.csv").write_text(text, encoding="utf-8")
            paths.append(str(tmp_path / f"{letter}.csv"))
        rules = rules or CleaningRules()
        raw = read_files(paths)
        return examine(raw, clean_orders(raw, rules, now), rules, now, strict=strict)

    return diagnose


@pytest.fixture
def examined(diagnosed: Callable[..., Diagnosis]) -> Examined:
    """The findings by code."""
    return lambda *tables, **options: {each.code: each for each in diagnosed(*tables, **options).findings}
