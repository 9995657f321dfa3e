"""The settings of a sample shop, and the files that it is written to."""

from dataclasses import dataclass, fields
from datetime import date, timedelta
from pathlib import Path
from typing import Literal, get_args

from recsvc.errors import SettingsError

Suffix = Literal[".csv", ".csv.gz", ".parquet"]

_COUNTS = {
    "users": (1, 5_000_000),
    "items": (1, 1_000_000),
    "order_lines": (1, 200_000_000),
    "days": (7, 3650),
    "seed": (0, 2**63 - 1),
}
_SHARES = ("guest_share", "return_share", "introduced_share", "fading_share", "trending_share")
_LINES_PER_USER_MAX = 1000
_DAYS_PER_LINE = 64  # of one item by one customer on average; more often would be no shop but a pipeline


@dataclass(frozen=True)
class SampleShop:
    """A shop to make up; the same settings and seed give the same bytes.

    Attributes:
        users: customers with an id; each of them buys at least once.
        items: rows of the catalogue.
        order_lines: rows of the order file, returns included; reached exactly.
        days: length of the history; its last day is ``end``.
        seed: of all randomness.
        end: the last day on which something is sold.
        suffix: of the order file: ``.csv``, ``.csv.gz`` or ``.parquet``.
        guest_share: of the orders, those without a customer id.
        return_share: of the order lines, those that send an earlier purchase back.
        introduced_share: of the items, those that are introduced during the history.
        fading_share: of the items, those that are sold off during the history.
        trending_share: of the items, those that rise in the last four weeks.
    """

    users: int = 2_000
    items: int = 600
    order_lines: int = 40_000
    days: int = 365
    seed: int = 1
    end: date = date(2026, 6, 30)
    suffix: Suffix = ".csv"
    guest_share: float = 0.03
    return_share: float = 0.015
    introduced_share: float = 0.12
    fading_share: float = 0.05
    trending_share: float = 0.015

    def __post_init__(self) -> None:
        """Refuse a shop that cannot be made; raises SettingsError."""
        for name, (low, high) in _COUNTS.items():
            self._check_count(name, low, high)
        for name in _SHARES:
            if not 0 <= getattr(self, name) <= 0.3:
                raise SettingsError(f"{name} must be 0..0.3, got {getattr(self, name)}")
        if self.suffix not in get_args(Suffix):
            raise SettingsError(f"suffix must be one of {', '.join(get_args(Suffix))}, got {self.suffix!r}")
        most = self.users * min(_LINES_PER_USER_MAX, -(-self.items * self.days // _DAYS_PER_LINE))
        if not self.users <= self.order_lines <= most:
            raise SettingsError(
                f"order_lines must be {self.users}..{most} for {self.users} users, {self.items} items and "
                f"{self.days} days, got {self.order_lines}"
            )
        if self.end.toordinal() <= self.days + 4000:
            raise SettingsError(
                f"end must be later, with room for {self.days} days before it, got {self.end}"
            )

    def _check_count(self, name: str, low: int, high: int) -> None:
        value = getattr(self, name)
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise SettingsError(f"{name} must be {low}..{high}, got {value}")

    @property
    def start(self) -> date:
        """The first day of the history."""
        return self.end - timedelta(days=self.days - 1)

    @property
    def weeks(self) -> int:
        """Weeks of the history, counted from its first day; the last one may be short."""
        return -(-self.days // 7)

    def as_dict(self) -> dict[str, str | int | float]:
        """Return the settings as JSON holds them."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        return values | {"end": self.end.isoformat()}


@dataclass(frozen=True)
class SampleFiles:
    """Where a made-up shop was written, and how much of it there is.

    Attributes:
        orders: the order file, one row an order line, in the order of time.
        catalogue: every item, sold or not.
        truth: JSON, what was planted.
        truth_users: parquet, the taste of each customer.
        n_order_lines: rows of ``orders``.
        n_orders: orders among them, guests' included, returns not.
        n_users: customers with an id that occur in ``orders``.
        n_guest_orders: orders without a customer id.
        n_returns: lines with a negative quantity.
    """

    orders: Path
    catalogue: Path
    truth: Path
    truth_users: Path
    n_order_lines: int
    n_orders: int
    n_users: int
    n_guest_orders: int
    n_returns: int
