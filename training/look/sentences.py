"""Purchases as sentences that a shopkeeper can confirm."""

from dataclasses import dataclass
from datetime import UTC, date, datetime

import polars as pl

N_SAMPLED = 10
MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip


@dataclass(frozen=True)
class Purchase:
    """One line that counts as a purchase."""

    user_id: str
    item_id: str
    title: str | None
    day: date | None
    quantity: float
    unit_price: float | None

    @property
    def sentence(self) -> str:
        """Return who bought what, when, and for how much each."""
        when = "" if self.day is None else f"On {self.day.day} {MONTHS[self.day.month - 1]} {self.day.year} "
        what = self.item_id if self.title in (None, "", self.item_id) else f"{self.title} ({self.item_id})"
        price = "" if self.unit_price is None else f" for {self.unit_price:,.2f}"
        each = " each" if price and self.quantity != 1 else ""
        return f"{when}{self.user_id} bought {self.quantity:,.15g} × {what}{price}{each}"


def sample_purchases(lines: pl.DataFrame, n: int = N_SAMPLED) -> tuple[Purchase, ...]:
    """Return ``n`` lines, spread over the whole history, of several quantities where there are some.

    Half of them are of more than one piece if that many are: there, a price of the whole line would show.
    """
    several = lines.filter(pl.col("quantity") != 1)
    n_several = min(n // 2, several.height)
    chosen = pl.concat(
        [_spread(several, n_several), _spread(lines.filter(pl.col("quantity") == 1), n - n_several)]
    )
    if chosen.height < min(n, lines.height):
        chosen = _spread(lines, n)
    return tuple(
        Purchase(
            str(row["user_id"]),
            str(row["item_id"]),
            row["title"],
            None if row["ordered_at"] is None else datetime.fromtimestamp(row["ordered_at"], UTC).date(),
            row["quantity"],
            row["unit_price"],
        )
        for row in chosen.sort("ordered_at", nulls_last=True).iter_rows(named=True)
    )


def _spread(lines: pl.DataFrame, n: int) -> pl.DataFrame:
    """Return ``n`` rows at even distances."""
    if n <= 0 or not lines.height:
        return lines.clear()
    step = max(1.0, lines.height / n)
    return lines[sorted({int(step * place + step / 2) for place in range(min(n, lines.height))})]


ROLES = {
    "user_id": "shopper",
    "item_id": "product",
    "title": "its title",
    "ordered_at": "when",
    "order_id": "order",
    "quantity": "how many",
    "unit_price": "price of one",
    "status": "status",
    "cancelled_at": "cancelled",
    "event": "what happened",
    "line_id": "number of the line",
    "returned_quantity": "how many came back",
    "cancelled_quantity": "how many were not sent",
    "refunded_amount": "paid back",
    "returned_at": "came back on",
    "signed_amount": "amount",
}


def called(role: str) -> str:
    """Return the words for a role; of several columns with it, the others have a number: ``status_2``."""
    name, _, number = role.rpartition("_")
    return ROLES.get(role) or (ROLES.get(name, role) if number.isdigit() else role)
