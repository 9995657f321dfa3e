"""Which column is the user, the item, the order …: names propose, values decide."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from training.questions import Question, quoted
from training.sources.aliases import (
    ALIASES,
    CELL_ITEM_ALIASES,
    EMAIL_ALIASES,
    ITEM_FALLBACKS,
    LINE_KEY_ALIASES,
    LINE_PRICE_ALIASES,
    LIST_ALIASES,
    ORDER_FALLBACKS,
    STOCK_KEEPING_UNITS,
    TITLE_ALIASES,
)
from training.sources.event_words import KNOWN_EVENTS, PURCHASE_EVENTS, RETURN_EVENTS, event_words
from training.sources.evidence import (
    copies_but_for,
    numbers_lines,
    price_grows_with_quantity,
    share_with_several,
    surely_a_key,
)
from training.sources.proposals import filled_first, first_that_fits, of_level, proposed_by
from training.sources.raw_orders import REFUND_COLUMNS
from training.sources.refund_columns import find_refunds
from training.sources.table_head import FEWEST_ROWS, Column, TableHead

CONTRADICTED = 0.1
"""Share of orders with two shoppers beyond which a column is no order number."""
UNSURE = 0.5
NEARLY_EACH = 0.98
MOST_STATUSES = 3
PLACE_OR_STATUS = frozenset({"state", "estado", "etat", "stato"})
MOST_STATES = 15
FEW_COPIES = 0.005
"""Share of rows that may be copies of one another but for the number of the line, before that number counts."""

MOST_KINDS = 12
MOSTLY_KNOWN = 0.9
"""Share of the rows whose kind is known, from which on a column says what kind of line each is."""


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
    """Choose the columns of an order line among those whose names say that they may be it.

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
        users = self._users()
        items = self._items() or self._titles_as_items(users[:1])
        self._take("user_id", users)
        self._take("item_id", items)
        dates = self._dates()[:1]
        orders = self._orders(users[:1], items[:1], dates)[:1]
        self._take("order_id", orders)
        self._note_users_of_one_order(users, orders)
        self._take("ordered_at", dates)
        quantities = first_that_fits(self._proposed["quantity"], lambda one: one.looks_like_numbers)
        self._take("quantity", quantities)
        self._take_price(items[:1], quantities)
        self._take("title", filled_first(self._proposed["title"])[:1])
        self._take(
            "status", [one for one in self._proposed["status"] if self._may_be_status(one)][:MOST_STATUSES]
        )
        self._take("cancelled_at", filled_first(self._proposed["cancelled_at"])[:1])
        self._take("event", self._events())
        self._find_time_of_day()
        self._find_line_key()
        self._find_refunds()
        return self._roles

    def _take(self, role: str, columns: Iterable[Column]) -> None:
        positions = tuple(column.position for column in columns)
        if positions:
            self._roles.sources[role] = positions

    def _ask(self, code: str, text: str, remedy: str, stops: bool = True) -> None:
        self._roles.questions.append(Question(code, text, remedy, stops))

    def _users(self) -> list[Column]:
        """Return the user column, and the e-mail address where it may stand in for a blank one."""
        proposed = filled_first(self._proposed["user_id"])
        if "user_id" in self._mapped:
            return proposed
        emails = [one for one in proposed if one.alias in EMAIL_ALIASES]
        ids = [one for one in proposed if not one.looks_like_persons] or proposed
        ids = self._several_orders_each(ids)
        if not ids:
            return []
        if ids[0].looks_like_persons:
            self._ask(
                "users_are_names",
                f"{ids[0].name!r} holds names of people: two shoppers of one name count as one.",
                "If there is an id or an e-mail address, name its column: --column user_id=….",
                stops=False,
            )
        return [ids[0], *(one for one in emails[:1] if one is not ids[0])]

    def _several_orders_each(self, ids: list[Column]) -> list[Column]:
        """Leave out ids that each order has anew, where another column shows that shoppers come again."""
        orders = max((len(one.distinct) for one in self._proposed["order_id"]), default=0)
        if len(ids) < 2 or not orders:
            return ids
        fewest = (
            min(len(one.distinct) for one in ids if len(one.distinct))
            if any(len(one.distinct) for one in ids)
            else 0
        )
        anew = [one for one in ids if len(one.distinct) >= orders > 1]
        return ids if fewest > 0.95 * orders else [one for one in ids if one not in anew] or ids

    def _items(self) -> list[Column]:
        """Return the item column, and the title where it may stand in for a blank one."""
        proposed = filled_first(self._proposed["item_id"])
        if "item_id" in self._mapped:
            return proposed
        titles = filled_first(self._proposed["title"])
        positions = [one for one in proposed if self._is_position(one)]
        if positions and len(positions) < len(proposed):
            proposed = [one for one in proposed if one not in positions]
        elif positions:
            self._ask_about_positions(positions[0])
        repeating = [one for one in proposed if not one.is_key]
        if proposed and not repeating and surely_a_key(proposed[0], titles):
            self._ask_about_item_key(proposed[0])
        chosen = _one_title_each(repeating or proposed, titles)[:1]
        if not chosen or (chosen[0].alias in TITLE_ALIASES and titles):
            chosen = [one for one in self._named(ITEM_FALLBACKS) if _is_item(one, titles)][:1] or chosen
        if chosen and chosen[0].alias in STOCK_KEEPING_UNITS:
            chosen += [one for one in titles[:1] if one is not chosen[0]]
        return chosen

    def _is_position(self, column: Column) -> bool:
        """Return whether the column numbers the lines of each order."""
        return any(numbers_lines(column, orders) for orders in self._proposed["order_id"][:2])

    def _ask_about_positions(self, column: Column) -> None:
        self._ask(
            "item_is_line_number",
            f"{column.name!r} would be the item, but it begins anew with each order "
            f"({quoted(column.filled.head(4).to_list())}): it looks like the number of the line.",
            "Name the column of the product: --column item_id=…, which may be this one.",
        )

    def _note_users_of_one_order(self, users: list[Column], orders: list[Column]) -> None:
        if "user_id" in self._mapped or not (users and orders):
            return
        n_users, n_orders = len(users[0].distinct), len(orders[0].distinct)
        if n_orders >= FEWEST_ROWS and n_users >= NEARLY_EACH * n_orders:
            self._ask(
                "users_of_one_order",
                f"{users[0].name!r} has a new value in each order, so that no shopper comes again.",
                "If another column tells who came again: --column user_id=….",
                stops=False,
            )

    def _titles_as_items(self, users: list[Column]) -> list[Column]:
        """Return the title where nothing else names the items: shoppers buy several, so that it is not their name."""
        if "item_id" in self._mapped or not users:
            return []
        titles = [one for one in filled_first(self._proposed["title"]) if one not in users and not one.is_key]
        return [one for one in titles if share_with_several(users[0], one) > UNSURE][:1]

    def _ask_about_item_key(self, column: Column) -> None:
        self._ask(
            "item_is_line_key",
            f"{column.name!r} would be the item, but no value of it occurs twice in the first "
            f"{len(column.filled):,} rows ({quoted(column.filled.head(4).to_list())}): it looks like the number of "
            "the line.",
            "Name the column of the product: --column item_id=…, which may be this one.",
        )

    def _orders(self, users: list[Column], items: list[Column], dates: list[Column]) -> list[Column]:
        """Return the order columns that the values do not contradict."""
        if "order_id" in self._mapped:
            return self._proposed["order_id"]
        proposed = filled_first(one for one in self._proposed["order_id"] if one not in items)
        kept = [
            one
            for one in proposed
            if not (users and share_with_several(one, users[0], FEWEST_ROWS) > CONTRADICTED)
        ]
        if proposed and not kept:
            self._ask_about_orders(proposed[0], users[0])
        if not proposed:
            kept = [one for one in self._named(ORDER_FALLBACKS) if _groups_rows(one, (*users, *dates))]
        return [one for one in kept if not one.is_key] or kept

    def _ask_about_orders(self, orders: Column, users: Column) -> None:
        self._roles.asked.add("order_id")
        self._ask(
            "order_of_several_shoppers",
            f"{orders.name!r} would be the order and {users.name!r} the shopper, but "
            f"{share_with_several(orders, users):.0%} of the orders stand beside several shoppers "
            f"({quoted(orders.distinct.head(4).to_list())}).",
            "Name the right columns: --column order_id=… (empty where orders have no number), --column user_id=….",
        )

    def _find_line_key(self) -> None:
        """Take the number of the line where without it lines would look like copies: one row for each piece."""
        if "line_id" in self._mapped:
            self._take("line_id", self._proposed["line_id"])
            return
        used = {at for positions in self._roles.sources.values() for at in positions}
        keys = [one for one in self._named(LINE_KEY_ALIASES) if one.position not in used and len(one.filled)]
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

    def _named(self, aliases: Collection[str]) -> list[Column]:
        return filled_first(one for one in self._head.columns if one.alias in aliases)

    def _dates(self) -> list[Column]:
        proposed = filled_first(self._proposed["ordered_at"])
        if not proposed and "ordered_at" not in self._mapped:
            return self._dates_by_values()
        return [one for one in proposed if one.looks_like_dates] or proposed

    def _dates_by_values(self) -> list[Column]:
        """Return the only column that holds days on which shoppers came, whatever it is called; it is said."""
        users = [self._head.columns[at] for at in self._roles.sources.get("user_id", ())[:1]]
        dates = [one for one in self._head.columns if one.looks_like_dates and not one.looks_like_numbers]
        # Days of birth and of registration are the same on all rows of a shopper.
        bought = [one for one in dates if users and share_with_several(users[0], one, FEWEST_ROWS) > UNSURE]
        if len(bought) != 1:
            return []
        values = quoted(bought[0].distinct.head(4).to_list())
        text = f"{bought[0].name!r} ({values}) is taken for the date of the order: no other column looks like it."
        self._ask("date_by_values", text, "If it is another one: --column ordered_at=….", stops=False)
        return bought

    def _take_price(self, items: list[Column], quantities: list[Column]) -> None:
        """Choose the price, and find out whether it is for one piece or for the line."""
        prices = first_that_fits(self._proposed["unit_price"], lambda one: one.looks_like_numbers)
        if not prices and "unit_price" not in self._mapped and items:
            of_line = [one for one in self._named(LINE_PRICE_ALIASES) if one.looks_like_numbers]
            rank = {alias: at for at, alias in enumerate(LINE_PRICE_ALIASES)}
            of_line.sort(key=lambda one: rank[one.alias])
            prices = [one for one in of_line if self._is_of_line(one, items[0], quantities)][:1]
        self._take("unit_price", prices)
        if prices and quantities and items:
            self._roles.price_of_line = price_grows_with_quantity(items[0], quantities[0], prices[0])

    def _is_of_line(self, price: Column, item: Column, quantities: list[Column]) -> bool:
        """Return whether an amount is that of its line: it grows with the quantity, or else differs within orders."""
        if quantities:
            return price_grows_with_quantity(item, quantities[0], price)
        orders = [self._head.columns[at] for at in self._roles.sources.get("order_id", ())]
        return bool(orders) and share_with_several(orders[0], price, FEWEST_ROWS) > UNSURE

    def _may_be_status(self, column: Column) -> bool:
        if "status" in self._mapped:
            return True
        if not len(column.filled) or column.looks_like_dates:
            return False
        # "State" may be the one of the country that the shopper lives in.
        is_place = len(column.distinct) > MOST_STATES or column.share(r"^\p{Lu}{2,3}$") >= UNSURE
        others = any(one.alias not in PLACE_OR_STATUS for one in self._proposed["status"])
        return column.alias not in PLACE_OR_STATUS or not (others or is_place)

    def _events(self) -> list[Column]:
        """Return the column that says what happened; without a known word it says nothing, or has to be asked about."""
        columns = filled_first(self._proposed["event"])[:1] or self._kinds_of_line()
        if not columns or not len(columns[0].distinct):
            return columns
        words = event_words(columns[0].distinct)
        if "event" not in self._mapped and len(words) > 1 and not words.is_in(list(KNOWN_EVENTS)).any():
            name = columns[0].name
            self._ask(
                "unknown_events",
                f"{name!r} seems to say what happened, but no word of it is known "
                f"({quoted(columns[0].distinct.head(4).to_list())}).",
                "If all of them are purchases: --column event= (empty); otherwise keep only the rows that are.",
            )
        return columns

    def _kinds_of_line(self) -> list[Column]:
        """Return the column, whatever its name, whose words tell sales from returns, or products from shipping."""
        taken = {
            one.position for role in ("status", "user_id", "item_id", "title") for one in self._proposed[role]
        }
        free = [one for one in self._head.columns if one.position not in taken | {*self._mapped.values()}]
        return [] if "event" in self._mapped else [one for one in free if _tells_kinds_apart(one)][:1]

    def _find_time_of_day(self) -> None:
        """Join a column of times to dates that have none."""
        dates, times = self._roles.sources.get("ordered_at", ()), self._proposed["time_of_day"]
        times = [one for one in times if one.share(r"^\d?\d[:.]\d\d") >= 0.9]
        if len(dates) == 1 and times and times[0].position != dates[0]:
            column = self._head.columns[dates[0]]
            if len(column.distinct) and not column.share(r"\d[:T ]\d?\d[:.]\d\d|\d{9,}"):
                self._roles.time_of_day = times[0].position


def _tells_kinds_apart(column: Column) -> bool:
    """Return whether nearly all texts are words for what happened, some for a sale and some for a return."""
    if not 1 < len(column.distinct) <= MOST_KINDS:
        return False
    words = event_words(column.filled)
    known = int(words.is_in(list(KNOWN_EVENTS)).sum()) >= MOSTLY_KNOWN * len(words)
    contrasts = words.is_in([*RETURN_EVENTS, "line_item"]).any()
    return bool(known and contrasts and words.is_in(PURCHASE_EVENTS).any())


def _one_title_each(items: list[Column], titles: list[Column]) -> list[Column]:
    """Move item columns behind the others whose items have several titles each."""
    ids = [one for one in items if one.alias not in TITLE_ALIASES]
    if len(ids) < 2 or not titles:
        return items
    mixed = {one.position: share_with_several(one, titles[0]) > UNSURE for one in ids}
    return items if all(mixed.values()) else sorted(items, key=lambda one: mixed.get(one.position, False))


def _is_item(column: Column, titles: list[Column]) -> bool:
    """Return whether values of the column come again, each with one title, and those of several items differ."""
    if not titles or not len(column.filled) or len(column.distinct) == len(column.filled):
        return False
    return max(share_with_several(column, titles[0]), share_with_several(titles[0], column)) <= CONTRADICTED


def _groups_rows(column: Column, owners: Iterable[Column]) -> bool:
    """Return whether values of the column stand on several rows, each beside one shopper and one date."""
    repeats = bool(len(column.filled)) and len(column.distinct) < len(column.filled)
    return repeats and all(share_with_several(column, owner) <= CONTRADICTED for owner in owners)
