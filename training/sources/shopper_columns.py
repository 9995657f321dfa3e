"""Which column tells shoppers apart: an id, an e-mail address under any name, or a name where there is nothing else."""

from collections.abc import Callable, Mapping, Sequence

from training.questions import Question
from training.sources.aliases import EMAIL_ALIASES, NAMES_OF_ANYBODY, PERSON_NAMES
from training.sources.evidence import one_to_one, share_with_several
from training.sources.proposals import filled_first, proposed_by
from training.sources.table_head import FEWEST_ROWS, Column, TableHead

EMAIL = r"^[^@\s]+@[^@\s]+\.[^@\s]+$"
SEVERAL_WORDS = r"\p{L}\S*\s+\S"
FEW = 0.02
UNSURE = 0.5
NEARLY_EACH = 0.98
Proposed = Mapping[str, Sequence[Column]]
Ask = Callable[[Question], None]


def user_columns(head: TableHead, proposed: Proposed, ask: Ask) -> list[Column]:
    """Return the user column, and the e-mail address where it may stand in for a blank one."""
    users = filled_first(proposed["user_id"])
    emails = [one for one in users if one.alias in EMAIL_ALIASES]
    ids = _several_orders_each([one for one in users if not _are_names(one)], proposed["order_id"])
    if not emails:
        emails = _addresses(head, proposed, ids, ask)
    ids = ids or emails or users
    if not ids:
        return []
    if _are_names(ids[0]):
        ask(_names_question(ids[0]))
    return [ids[0], *(one for one in emails[:1] if one is not ids[0])]


def names_as_users(head: TableHead, proposed: Proposed, items: Sequence[Column], ask: Ask) -> list[Column]:
    """Return the column of names where nothing else tells shoppers apart: one for each order, beside many items."""
    orders = proposed["order_id"][:1]
    named = [one for one in proposed_by(head, NAMES_OF_ANYBODY) if one not in items and not one.is_key]
    for column in filled_first(named):
        of_many_items = bool(items) and share_with_several(column, items[0], FEWEST_ROWS) > UNSURE
        of_one_order = bool(orders) and share_with_several(orders[0], column, FEWEST_ROWS) <= FEW
        if of_many_items and of_one_order and len(orders[0].distinct) > len(column.distinct):
            ask(_names_question(column))
            return [column]
    return []


def users_of_one_order(users: Sequence[Column], orders: Sequence[Column]) -> list[Question]:
    """Say that no shopper comes again."""
    if not (users and orders):
        return []
    n_users, n_orders = len(users[0].distinct), len(orders[0].distinct)
    if n_orders < FEWEST_ROWS or n_users < NEARLY_EACH * n_orders:
        return []
    text = f"{users[0].name!r} has a new value in each order, so that no shopper comes again."
    remedy = "If another column tells who came again: --column user_id=…."
    return [Question("users_of_one_order", text, remedy, stops=False)]


def _are_names(column: Column) -> bool:
    """Return whether the column holds what shoppers are called rather than ids."""
    words = len(column.distinct) > 1 and column.share(SEVERAL_WORDS) >= 0.8
    return column.looks_like_persons or column.alias in PERSON_NAMES or words


def _several_orders_each(ids: list[Column], of_orders: Sequence[Column]) -> list[Column]:
    """Leave out ids that each order has anew, where another column shows that shoppers come again."""
    orders = max((len(one.distinct) for one in of_orders), default=0)
    if len(ids) < 2 or not orders:
        return ids
    fewest = min((len(one.distinct) for one in ids if len(one.distinct)), default=0)
    anew = [one for one in ids if len(one.distinct) >= orders > 1]
    return ids if fewest > 0.95 * orders else [one for one in ids if one not in anew] or ids


def _addresses(head: TableHead, proposed: Proposed, ids: list[Column], ask: Ask) -> list[Column]:
    """Return the column of e-mail addresses under a name nobody knows; it is said, and several are asked about."""
    found = [one for one in head.columns if len(one.distinct) > 1 and one.share(EMAIL) >= 0.9]
    orders = proposed["order_id"][:1]
    if orders:
        found = [one for one in found if share_with_several(orders[0], one, FEWEST_ROWS) <= FEW]
    if ids:
        # Beside an id, an address may stand in for a blank one if it is that of the same shopper.
        return [one for one in found if one_to_one(ids[0], one)][:1]
    if not found:
        return []
    several = [one for one in found[1:] if not one_to_one(found[0], one)]
    if several:
        text = f"{found[0].name!r} and {several[0].name!r} hold e-mail addresses, and either may be the shopper's."
        ask(Question("several_addresses", text, "Say which: --column user_id=…."))
        return found[:1]
    text = f"{found[0].name!r} is taken for the shopper: it holds e-mail addresses."
    ask(Question("user_by_values", text, "If it is another column: --column user_id=….", stops=False))
    return found[:1]


def _names_question(column: Column) -> Question:
    return Question(
        "users_are_names",
        f"{column.name!r} holds names of people: two shoppers of one name count as one.",
        "If there is an id or an e-mail address, name its column: --column user_id=….",
        stops=False,
    )
