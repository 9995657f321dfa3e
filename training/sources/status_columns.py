"""Which columns say what became of an order or a line."""

from collections.abc import Sequence

from training.sources.evidence import share_with_several
from training.sources.proposals import filled_first
from training.sources.table_head import FEWEST_ROWS, Column

UNSURE = 0.5
MOST_STATUSES = 3
MOST_CANCELLATIONS = 3
PLACE_OR_STATUS = frozenset({"state", "estado", "etat", "stato"})
MOST_STATES = 15
MOST_WORDS = 40
VARIES = 0.05
MOSTLY = 0.9
YES_OR_NO = (
    r"(?i)^(?:true|false|t|f|yes|no|y|n|j|ja|nein|oui|non|si|sì|sí|nee|kyllä|ei|nej|ne|tak|nie|sim|não|x|✓|on|off|"
    r"[01](?:\.0)?)$"
)
YES = r"(?i)^(?:true|t|yes|y|j|ja|oui|si|sì|sí|kyllä|tak|sim|x|✓|on|1(?:\.0)?)$"
CAME_TO_NOTHING = (
    r"(?i)^[\W\d]*(?:wc-)?(?:order |bestellung |commande |pedido |ordine )?(?:cancel|canc?ell|storn|annul|anul|void|"
    r"refunded|declined|rejected|failed|abgebrochen|rembours|reembols|rimbors|geannul|perutt|perug|avbrut|avbest|"
    r"makuler|iptal|zrus|отмен|キャンセル|取消|已取消|취소)"
)
"""How words begin that say of an order that it came to nothing, in the languages of most shops."""


def status_columns(
    proposed: Sequence[Column], free: Sequence[Column], users: Sequence[Column], items: Sequence[Column]
) -> list[Column]:
    """Return the columns called like a status, best first, else one, whatever its name, of which a word is one."""
    named = [one for one in proposed if _may_be_status(one, proposed)]
    return (
        named[:MOST_STATUSES] or [one for one in free if _says_what_became(one, (*users[:1], *items[:1]))][:1]
    )


def cancelled_columns(proposed: Sequence[Column]) -> list[Column]:
    """Return the columns that say which rows were called off, voided, deleted or tests, else one that might.

    Each holds dates, or yes and no, or is blank on most rows; whatever else is called so says something else.
    """
    fitting = [one for one in proposed if not len(one.filled) or _is_flag(one)]
    saying = [one for one in fitting if one.share(YES) > 0 or one.share(YES_OR_NO) < MOSTLY]
    return [one for one in saying if len(one.filled)][:MOST_CANCELLATIONS] or filled_first(fitting)[:1]


def _is_flag(column: Column) -> bool:
    return (
        column.share(YES_OR_NO) >= MOSTLY
        or (column.looks_like_dates and not column.looks_like_numbers)
        or 2 * len(column.filled) <= len(column.texts)
        or column.share(r"^(?:0000-00-00.*|-|N/A|n/a|null|NULL|\\N)$") > 0
    )


def _may_be_status(column: Column, proposed: Sequence[Column]) -> bool:
    if not len(column.filled) or column.looks_like_dates:
        return False
    # "State" may be the one of the country that the shopper lives in.
    is_place = len(column.distinct) > MOST_STATES or column.share(r"^\p{Lu}{2,3}$") >= UNSURE
    others = any(one.alias not in PLACE_OR_STATUS for one in proposed)
    return column.alias not in PLACE_OR_STATUS or not (others or is_place)


def _says_what_became(column: Column, owners: Sequence[Column]) -> bool:
    """Return whether nearly each row has one of a few words, and some say that an order came to nothing."""
    if not 1 < len(column.distinct) <= MOST_WORDS or len(column.filled) < MOSTLY * len(column.texts):
        return False
    if column.looks_like_numbers or not column.share(CAME_TO_NOTHING):
        return False
    return bool(owners) and all(share_with_several(one, column, FEWEST_ROWS) >= VARIES for one in owners)
