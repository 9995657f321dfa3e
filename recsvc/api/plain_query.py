"""Query strings so plain that they can be read without Flask.

The validation of ``RecommendRequest`` is what defines a query; this reads the part of its language in which nothing
is escaped, repeated where it may not be, or out of bounds, and leaves everything else to it.
"""

import re

from recsvc.errors import QueryError
from recsvc.ranking.query import MAX_ID_LENGTH, MAX_N, Placement, Query
from recsvc.serving.placements import Placements, placed

_PLAIN = re.compile(r"[A-Za-z0-9_.~-]+")
_NUMBER = re.compile(r"[1-9][0-9]{0,2}")


def read_plain_query(query_string: str, placements: Placements) -> Query | None:
    """Return the query that ``query_string`` asks, or None where only the full validation can tell."""
    once: dict[str, str] = {}
    many: dict[str, list[str]] = {"item_id": [], "exclude": []}
    for part in query_string.split("&") if query_string else ():
        name, _, value = part.partition("=")
        if len(value) > MAX_ID_LENGTH or not _PLAIN.fullmatch(value):
            return None
        if name in many:
            many[name].append(value)
        elif name in once or name not in ("user_id", "session_id", "placement", "n", "category"):
            return None
        else:
            once[name] = value
    n = once.get("n", "10")
    if not _NUMBER.fullmatch(n) or int(n) > MAX_N:
        return None
    items, exclude = tuple(many["item_id"]), tuple(many["exclude"])
    user_id, session_id, category = (once.get(one) for one in ("user_id", "session_id", "category"))
    try:
        placement, own_name = placed(placements, once.get("placement", Placement.FOR_YOU))
        return Query(placement, int(n), user_id, items, exclude, session_id, own_name, category)
    except QueryError:
        return None
