"""Which column names the items: an id before a title, a value that comes again before the number of the line."""

import re
from collections.abc import Callable, Mapping, Sequence

from training.questions import Question, quoted
from training.sources.aliases import ITEM_FALLBACKS, LINE_PRICE_ALIASES, STOCK_KEEPING_UNITS, TITLE_ALIASES
from training.sources.evidence import numbers_lines, one_to_one, share_with_several, surely_a_key
from training.sources.proposals import filled_first, named
from training.sources.table_head import Column, TableHead
from training.sources.title_columns import names_the_order, says_the_same

CONTRADICTED = 0.1
UNSURE = 0.5
MOSTLY = 0.9
FEW = 0.02
CODE = r"^\S*\d\S*$"
LETTERS_AND_DIGITS = r"^\S*\p{L}\S*\d\S*$"
WORDS = r"\p{L}{2,}\S*\s+\S"
CALLED_A_CODE = re.compile(r"id|code|kod|sku|ref|num|nr|no$")
Proposed = Mapping[str, Sequence[Column]]
Ask = Callable[[Question], None]


def item_columns(head: TableHead, proposed: Proposed, ask: Ask) -> list[Column]:
    """Return the item column, and the title where it may stand in for a blank one."""
    items = filled_first(proposed["item_id"])
    titles = filled_first(proposed["title"])
    orders = proposed["order_id"][:2]
    positions = [one for one in items if any(numbers_lines(one, order) for order in orders)]
    if positions and len(positions) < len(items):
        items = [one for one in items if one not in positions]
    elif positions:
        ask(_position_question(positions[0]))
    repeating = [one for one in items if not one.is_key]
    if items and not repeating and surely_a_key(items[0], titles):
        ask(_key_question(items[0]))
    chosen = _one_title_each(repeating or items, titles)[:1]
    if not chosen or _is_title(chosen[0]):
        known = titles or chosen
        chosen = [one for one in named(head, ITEM_FALLBACKS) if _is_item(one, known)][:1] or chosen
    if chosen and _is_title(chosen[0]):
        chosen = _id_of_title(head, proposed, chosen[0], ask) or chosen
    if chosen and chosen[0].alias in STOCK_KEEPING_UNITS:
        others = [
            one for one in titles if one is not chosen[0] and not names_the_order(one, chosen[:1], orders[:1])
        ]
        chosen += sorted(others, key=lambda one: says_the_same(one, chosen[:1]))[:1]
    return chosen


def titles_as_items(users: Sequence[Column], titles: Sequence[Column]) -> list[Column]:
    """Return the title where nothing else names the items: shoppers buy several, so that it is not their name."""
    if not users:
        return []
    free = [one for one in filled_first(titles) if one not in users and not one.is_key]
    return [one for one in free if share_with_several(users[0], one) > UNSURE][:1]


def _id_of_title(head: TableHead, proposed: Proposed, title: Column, ask: Ask) -> list[Column]:
    """Return the only column of codes, whatever its name, that has one code for each title; it is said."""
    taken = {one.position for columns in proposed.values() for one in columns}
    free = [
        one
        for one in head.columns
        if one.position not in taken and one.alias not in LINE_PRICE_ALIASES and _holds_codes(one)
    ]
    codes = [one for one in free if one_to_one(one, title)]
    if len(codes) != 1:
        return []
    values = quoted(codes[0].distinct.head(4).to_list())
    text = (
        f"{codes[0].name!r} ({values}) is taken for the id of the product: it is one for each {title.name!r}."
    )
    remedy = f"If products are named by their title: --column item_id={title.name!r}."
    ask(Question("item_by_values", text, remedy, stops=False))
    return codes


def _is_title(column: Column) -> bool:
    """Return whether the column holds what items are called, by its name or because it has words."""
    return column.alias in TITLE_ALIASES or column.share(WORDS) >= UNSURE


def _holds_codes(column: Column) -> bool:
    """Return whether the texts are codes rather than words, days or amounts."""
    if column.share(CODE) < MOSTLY or column.looks_like_dates or column.share(r"\d[.,]\d{1,2}\D*$") > FEW:
        return False
    return column.share(LETTERS_AND_DIGITS) >= MOSTLY or CALLED_A_CODE.search(column.alias) is not None


def _position_question(column: Column) -> Question:
    return Question(
        "item_is_line_number",
        f"{column.name!r} would be the item, but it begins anew with each order "
        f"({quoted(column.filled.head(4).to_list())}): it looks like the number of the line.",
        "Name the column of the product: --column item_id=…, which may be this one.",
    )


def _key_question(column: Column) -> Question:
    return Question(
        "item_is_line_key",
        f"{column.name!r} would be the item, but no value of it occurs twice in the first "
        f"{len(column.filled):,} rows ({quoted(column.filled.head(4).to_list())}): it looks like the number of "
        "the line.",
        "Name the column of the product: --column item_id=…, which may be this one.",
    )


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
