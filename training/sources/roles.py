"""Which column is the user, the item, the order …: names propose, values decide."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import polars as pl

from training.sources.aliases import ALIASES, EMAIL_ALIASES, STOCK_KEEPING_UNITS, TITLE_ALIASES
from training.questions import Question, quoted
from training.sources.table_head import Column, TableHead

MOSTLY_BLANK = 0.05
"""A column that is filled on a smaller share of the rows than the best filled one stands behind it."""
CONTRADICTED = 0.1
"""Share of orders with two shoppers beyond which a column is no order number."""
UNSURE = 0.5


@dataclass
class Roles:
    """The positions that fill each role, best first, and what is open.

    Attributes:
        sources: role -> positions; row by row the first that is not blank, and of ``status`` all of them.
        time_of_day: the column with the time, where the dates have none.
        questions: what the values contradict.
    """

    sources: dict[str, tuple[int, ...]] = field(default_factory=dict)
    time_of_day: int | None = None
    questions: list[Question] = field(default_factory=list)


def choose_roles(head: TableHead) -> Roles:
    """Choose the columns of an order line among those whose names say that they may be it."""
    return _Choice(head).made()


class _Choice:
    def __init__(self, head: TableHead) -> None:
        self._head = head
        self._proposed = {role: _proposed(head, aliases) for role, aliases in ALIASES.items()}
        self._roles = Roles()

    def made(self) -> Roles:
        users, items = self._users(), self._items()
        self._take("user_id", users)
        self._take("item_id", items)
        self._take("order_id", self._orders(users[:1], items[:1])[:1])
        self._take("ordered_at", self._dates()[:1])
        self._take("quantity", _first(self._proposed["quantity"], lambda one: one.looks_like_numbers))
        self._take("unit_price", _first(self._proposed["unit_price"], lambda one: one.looks_like_numbers))
        self._take("title", _filled(self._proposed["title"])[:1])
        self._take("status", [one for one in self._proposed["status"] if len(one.filled)])
        self._take("cancelled_at", _filled(self._proposed["cancelled_at"])[:1])
        self._take("event", self._proposed["event"][:1])
        self._take("line_id", self._proposed["line_id"][:1])
        self._take("parent_line_id", self._proposed["parent_line_id"][:1])
        self._find_time_of_day()
        return self._roles

    def _take(self, role: str, columns: Iterable[Column]) -> None:
        positions = tuple(column.position for column in columns)
        if positions:
            self._roles.sources[role] = positions

    def _users(self) -> list[Column]:
        """Return the user column, and the e-mail address where it may stand in for a blank one."""
        proposed = _filled(self._proposed["user_id"])
        emails = [one for one in proposed if one.alias in EMAIL_ALIASES]
        ids = [one for one in proposed if not one.looks_like_persons] or proposed
        ids = self._several_orders_each(ids)
        if not ids:
            return []
        return [ids[0], *(one for one in emails[:1] if one is not ids[0])]

    def _several_orders_each(self, ids: list[Column]) -> list[Column]:
        """Leave out ids that each order has anew, where another column shows that shoppers come again."""
        orders = max((len(one.distinct) for one in self._proposed["order_id"]), default=0)
        if len(ids) < 2 or not orders:
            return ids
        fewest = min(len(one.distinct) for one in ids)
        anew = [one for one in ids if len(one.distinct) >= orders > 1]
        return ids if fewest > 0.95 * orders else [one for one in ids if one not in anew] or ids

    def _items(self) -> list[Column]:
        """Return the item column, and the title where it may stand in for a blank one."""
        proposed = _filled(self._proposed["item_id"])
        repeating = [one for one in proposed if not one.is_key]
        if proposed and not repeating:
            self._ask_about_item_key(proposed[0])
        chosen = _one_title_each(repeating or proposed, _filled(self._proposed["title"]))[:1]
        if chosen and chosen[0].alias in STOCK_KEEPING_UNITS:
            chosen += [one for one in _filled(self._proposed["title"])[:1] if one is not chosen[0]]
        return chosen

    def _ask_about_item_key(self, column: Column) -> None:
        self._roles.questions.append(
            Question(
                "item_is_line_key",
                f"{column.name!r} would be the item, but no value of it occurs twice in the first "
                f"{len(column.filled):,} rows ({quoted(column.filled.head(4).to_list())}): it looks like the number of "
                "the line.",
                "name the column of the product: --column item_id=…",
            )
        )

    def _orders(self, users: list[Column], items: list[Column]) -> list[Column]:
        """Return the order columns that the values do not contradict."""
        proposed = _filled(one for one in self._proposed["order_id"] if one not in items)
        kept = [one for one in proposed if not (users and _several_owners(one, users[0]) > CONTRADICTED)]
        if proposed and not kept:
            share = _several_owners(proposed[0], users[0])
            self._roles.questions.append(
                Question(
                    "order_of_several_shoppers",
                    f"{proposed[0].name!r} would be the order, but {share:.0%} of its values stand beside several "
                    f"shoppers ({quoted(proposed[0].distinct.head(4).to_list())}); it is not used.",
                    "if the orders have a number, name its column: --column order_id=…",
                    stops=False,
                )
            )
        return [one for one in kept if not one.is_key] or kept

    def _dates(self) -> list[Column]:
        proposed = _filled(self._proposed["ordered_at"])
        return [one for one in proposed if one.looks_like_dates] or proposed

    def _find_time_of_day(self) -> None:
        """Join a column of times to dates that have none."""
        dates, times = self._roles.sources.get("ordered_at", ()), self._proposed["time_of_day"]
        if len(dates) == 1 and times and times[0].position != dates[0]:
            column = self._head.columns[dates[0]]
            if len(column.distinct) and not column.share(r"\d[:T ]\d?\d[:.]\d\d|\d{9,}") and times[0].share(r"^\d?\d:\d\d"):
                self._roles.time_of_day = times[0].position


def unused_columns(head: TableHead, used: Iterable[int], roles: Mapping[str, tuple[int, ...]]) -> list[Question]:
    """Name columns that look like what no column was found for."""
    free = [column for column in head.columns if column.position not in set(used) and len(column.filled)]
    questions = []
    for role, (noun, likely) in LIKELY.items():
        if role in roles:
            continue
        for column in free:
            if likely(column):
                questions.append(
                    Question(
                        "unused_column",
                        f"{column.name!r} looks like {noun} ({quoted(column.distinct.head(4).to_list())}) and is not used.",
                        f"if it is: --column {role}={column.name!r}",
                        stops=False,
                    )
                )
                break
    return questions


def _holds(*parts: str):  # noqa: ANN202
    return lambda column: any(part in column.alias for part in parts)


LIKELY = {
    "ordered_at": (
        "a date",
        lambda one: one.looks_like_dates and not one.looks_like_numbers and not one.share(r"^\d+(\.\d+)?$"),
    ),
    "order_id": (
        "an order number",
        lambda one: _holds("order", "invoice", "receipt", "bestell", "auftrag", "commande", "pedido", "ordine", "tilaus")(one)
        and not one.is_key
        and not one.looks_like_dates
        and len(one.distinct) > 1,
    ),
    "quantity": (
        "a quantity",
        lambda one: _holds("qty", "quantity", "menge", "anzahl", "quantit", "cantidad", "aantal", "maara", "antal")(one)
        and one.looks_like_numbers,
    ),
    "status": (
        "a status",
        lambda one: _holds("status", "state", "statut", "estado", "stato", "tila")(one)
        and 1 < len(one.distinct) <= 40
        and not one.looks_like_numbers,
    ),
}
"""Role -> what it is called in a sentence, and whether a column looks like it."""


def _proposed(head: TableHead, aliases: tuple[str, ...]) -> list[Column]:
    """Return the columns with one of the names, best name first; of one name the best filled first."""
    rank = {alias: place for place, alias in enumerate(aliases)}
    named = [column for column in head.columns if column.alias in rank]
    return sorted(named, key=lambda one: (rank[one.alias], -len(one.filled)))


def _filled(columns: Iterable[Column]) -> list[Column]:
    """Move columns behind the others that are blank nearly everywhere."""
    kept = list(columns)
    most = max((len(one.filled) for one in kept), default=0)
    return sorted(kept, key=lambda one: len(one.filled) < MOSTLY_BLANK * most)


def _first(columns: list[Column], fits) -> list[Column]:  # noqa: ANN001
    """Return the first column that fits, else the first."""
    filled = _filled(columns)
    return ([one for one in filled if fits(one)] or filled)[:1]


def _one_title_each(items: list[Column], titles: list[Column]) -> list[Column]:
    """Move item columns behind the others whose items have several titles each."""
    ids = [one for one in items if one.alias not in TITLE_ALIASES]
    if len(ids) < 2 or not titles:
        return items
    mixed = {one.position: _several_titles(one, titles[0]) > UNSURE for one in ids}
    return items if all(mixed.values()) else sorted(items, key=lambda one: mixed.get(one.position, False))


def _several_titles(items: Column, titles: Column) -> float:
    return _several_owners(items, titles)


def _several_owners(keys: Column, owners: Column) -> float:
    """Return the share of the keys on several rows that stand beside more than one owner, 0 to 1."""
    pairs = pl.DataFrame({"key": keys.texts, "owner": owners.texts}).drop_nulls()
    grouped = pairs.group_by("key").agg(pl.len().alias("n"), pl.col("owner").n_unique().alias("owners"))
    several = grouped.filter(pl.col("n") > 1)
    return float((several["owners"] > 1).mean() or 0.0) if several.height else 0.0
