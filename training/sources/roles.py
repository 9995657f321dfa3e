"""Which column is the user, the item, the order …: names propose, values decide."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from training.questions import Question
from training.sources.aliases import ALIASES, CELL_ITEM_ALIASES, LINE_KEY_ALIASES, LIST_ALIASES
from training.sources.amount_columns import (
    is_of_line,
    named_prices,
    named_quantities,
    prices_by_values,
    quantities_by_values,
)
from training.sources.date_columns import dates_by_values, named_dates, time_of_day
from training.sources.evidence import copies_but_for, price_grows_with_quantity
from training.sources.item_columns import item_columns, titles_as_items
from training.sources.line_kinds import asked_kinds, kinds_of_line, unknown_events
from training.sources.order_columns import contradicted_order, named_orders, orders_by_values
from training.sources.proposals import filled_first, named, of_level, proposed_by
from training.sources.raw_orders import REFUND_COLUMNS
from training.sources.refund_columns import find_refunds
from training.sources.shopper_columns import names_as_users, user_columns, users_of_one_order
from training.sources.status_columns import cancelled_columns, status_columns
from training.sources.table_head import Column, TableHead
from training.sources.title_columns import title_columns

FEW_COPIES = 0.005
"""Share of rows that may be copies of one another but for the number of the line, before that number counts."""


@dataclass
class Roles:
    """The positions that fill each role, best first, and what is open.

    Attributes:
        sources: role -> positions; row by row the first that is not blank, and of ``status`` all of them.
        time_of_day: the column with the time, where the dates have none.
        price_of_line: whether the price is for all pieces of the line together.
        questions: what the values contradict.
        asked: roles that the questions are about.
    """

    sources: dict[str, tuple[int, ...]] = field(default_factory=dict)
    time_of_day: int | None = None
    price_of_line: bool = False
    questions: list[Question] = field(default_factory=list)
    asked: set[str] = field(default_factory=set)


def choose_roles(
    head: TableHead, mapped: Mapping[str, int | None] | None = None, added: Collection[int] = ()
) -> Roles:
    """Choose the columns of an order line by their names and values.

    ``mapped`` are those named by hand (None: there is none), ``added`` the positions of
    columns that come out of a cell with items.
    """
    return _Choice(head, mapped or {}, added).made()


class _Choice:
    def __init__(self, head: TableHead, mapped: Mapping[str, int | None], added: Collection[int]) -> None:
        self._head = head
        self._mapped = mapped
        self._proposed = {
            role: of_level(role, proposed_by(head, aliases), added) for role, aliases in ALIASES.items()
        }
        if added:
            cell_items = (*ALIASES["item_id"], *LIST_ALIASES, *CELL_ITEM_ALIASES)
            self._proposed["item_id"] = of_level("item_id", proposed_by(head, cell_items), added)
        for role, at in mapped.items():
            self._proposed[role] = [] if at is None else [head.columns[at]]
        self._roles = Roles()

    def made(self) -> Roles:
        users, items = self._users_and_items()
        self._take("user_id", users)
        self._take("item_id", items)
        dates = named_dates(self._proposed["ordered_at"])
        if not dates and "ordered_at" not in self._mapped:
            dates = dates_by_values(self._head, users, self._ask)
        dates = dates[:1]
        self._take("ordered_at", dates)
        orders = self._orders(users[:1], items[:1], dates)[:1]
        self._take("order_id", orders)
        if "user_id" not in self._mapped:
            self._roles.questions.extend(users_of_one_order(users, orders))
        self._take_amounts(items[:1], orders)
        titles = [one for one in self._proposed["title"] if one not in users]
        self._take(
            "title", titles if "title" in self._mapped else title_columns(titles, items, orders, self._free())
        )
        statuses = self._proposed["status"]
        if "status" not in self._mapped:
            statuses = status_columns(statuses, self._free(), users, items)
        self._take("status", statuses)
        cancelled = self._proposed["cancelled_at"]
        if "cancelled_at" not in self._mapped:
            cancelled = cancelled_columns(cancelled)
        self._take("cancelled_at", cancelled)
        self._take("event", self._events())
        self._roles.time_of_day = time_of_day(dates, self._proposed["time_of_day"])
        self._find_line_key()
        self._find_refunds()
        return self._roles

    def _take(self, role: str, columns: Iterable[Column]) -> None:
        positions = tuple(column.position for column in columns)
        if positions:
            self._roles.sources[role] = positions

    def _ask(self, question: Question) -> None:
        self._roles.questions.append(question)

    def _free(self) -> list[Column]:
        """Return the columns that fill no role and whose names say nothing of what they are."""
        used = {at for positions in self._roles.sources.values() for at in positions}
        named_so = {one.position for columns in self._proposed.values() for one in columns}
        mapped = {at for at in self._mapped.values() if at is not None}
        return [
            one
            for one in self._head.columns
            if one.position not in used | named_so | mapped and len(one.filled)
        ]

    def _users_and_items(self) -> tuple[list[Column], list[Column]]:
        users = filled_first(self._proposed["user_id"])
        if "user_id" not in self._mapped:
            users = user_columns(self._head, self._proposed, self._ask)
        items = filled_first(self._proposed["item_id"])
        if "item_id" not in self._mapped:
            items = item_columns(self._head, self._proposed, self._ask)
            items = items or titles_as_items(users, self._proposed["title"])
        if not users and "user_id" not in self._mapped:
            users = names_as_users(self._head, self._proposed, items, self._ask)
        return users, items

    def _orders(self, users: list[Column], items: list[Column], dates: list[Column]) -> list[Column]:
        """Return the order columns that the values do not contradict."""
        proposed = self._proposed["order_id"]
        if "order_id" in self._mapped:
            return proposed
        proposed = [one for one in proposed if one not in items]
        orders = named_orders(self._head, proposed, users, dates)
        if proposed and not orders:
            self._roles.asked.add("order_id")
            self._ask(contradicted_order(filled_first(proposed)[0], users[0]))
            return []
        if not orders or orders[0].is_key:
            before = len(self._roles.questions)
            by_values = orders_by_values(self._free(), users, dates, self._ask)
            if len(self._roles.questions) > before:
                self._roles.asked.add("order_id")
            return by_values or orders
        return orders

    def _find_line_key(self) -> None:
        """Take the number of the line where without it lines would look like copies: one row for each piece."""
        if "line_id" in self._mapped:
            self._take("line_id", self._proposed["line_id"])
            return
        used = {at for positions in self._roles.sources.values() for at in positions}
        keys = [
            one for one in named(self._head, LINE_KEY_ALIASES) if one.position not in used and len(one.filled)
        ]
        keys = keys[:1] or self._keys_of_pieces(used)
        if keys and copies_but_for(self._head, used, keys[0]) > FEW_COPIES:
            self._take("line_id", keys[:1])

    def _find_refunds(self) -> None:
        """Take the columns that say what came back."""
        by_hand = {role: at for role, at in self._mapped.items() if role in REFUND_COLUMNS}
        sources, columns = self._roles.sources, self._head.columns
        taken = {at for positions in sources.values() for at in positions} | set(by_hand.values())
        used = [columns[at] for role in ("quantity", "unit_price") for at in sources.get(role, ())]
        refunds = find_refunds(self._head, [at for at in range(len(columns)) if at not in taken], used)
        found = {role: one.position for role, one in refunds.found.items()} | by_hand
        sources |= {role: (at,) for role, at in found.items() if at is not None}
        self._roles.questions += [] if by_hand else refunds.questions

    def _keys_of_pieces(self, used: Collection[int]) -> list[Column]:
        """Return a column that is new on each row, where nothing says that a row is more than one piece."""
        quantities = [self._head.columns[at] for at in self._roles.sources.get("quantity", ())]
        if any(len(one.distinct) > 1 for one in quantities):
            return []
        return [
            one
            for one in self._head.columns
            if one.position not in used and one.is_key and not one.counts_rows
        ]

    def _take_amounts(self, items: list[Column], orders: list[Column]) -> None:
        """Choose quantity and price, and find out whether the price is for one piece or for the line."""
        quantities = named_quantities(self._proposed["quantity"])
        prices = named_prices(self._head, self._proposed["unit_price"], "unit_price" in self._mapped)
        if not quantities and "quantity" not in self._mapped:
            free = [one for one in self._free() if one not in prices]
            before = len(self._roles.questions)
            quantities = quantities_by_values(free, items, orders, prices, self._ask)
            if len(self._roles.questions) > before:
                self._roles.asked.add("quantity")
        self._take("quantity", quantities)
        if not self._proposed["unit_price"] and "unit_price" not in self._mapped:
            of_lines = [one for one in prices if items and is_of_line(one, items[0], quantities, orders)]
            prices = of_lines[:1] or prices_by_values(self._free(), items, quantities, self._ask)
        self._take("unit_price", prices)
        if prices and quantities and items:
            self._roles.price_of_line = price_grows_with_quantity(items[0], quantities[0], prices[0])

    def _events(self) -> list[Column]:
        """Return the column that says what happened; without a known word it has to be asked about."""
        columns = filled_first(self._proposed["event"])[:1]
        if "event" in self._mapped:
            return columns
        if not columns:
            roles = ("status", "user_id", "item_id", "title")
            taken = {one.position for role in roles for one in self._proposed[role]}
            mapped = {at for at in self._mapped.values() if at is not None}
            columns = kinds_of_line(self._head.columns, taken | mapped)
            if not columns:
                self._roles.questions.extend(asked_kinds(self._head.columns, taken | mapped))
        self._roles.questions.extend(unknown_events(columns))
        return columns
