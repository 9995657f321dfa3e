"""What the store holds on users beside events and merges: one line here for each table that names them."""

from collections.abc import Collection

from sqlalchemy import Connection

from recsvc.store.database import parts_of
from recsvc.store.experiments import forget_user, users_with_variants
from recsvc.store.mailed_lists import forget_mails, mailed_users, move_mails
from recsvc.store.notices import forget_notices, has_notices, move_notices, users_with_notices
from recsvc.store.objections import forget_objections, join_objections, users_with_objections
from recsvc.store.offers import disown_offers, has_offers, move_offers, users_with_offers
from recsvc.store.platform_records import forget_requests, users_with_requests

_USERS = (
    mailed_users,
    users_with_notices,
    users_with_objections,
    users_with_offers,
    users_with_requests,
    users_with_variants,
)


def is_named(connection: Connection, user_id: str) -> bool:
    """Return whether anything was decided for a user, or is to be told of them."""
    return has_offers(connection, user_id) or has_notices(connection, user_id)


def named_users(connection: Connection) -> set[str]:
    """Return all users that anything of this is held on."""
    return set().union(*(users(connection) for users in _USERS))


def move_rows(connection: Connection, from_id: str, to_user_id: str) -> None:
    """Make what is held on an account that of the user whom it is merged into."""
    move_offers(connection, from_id, to_user_id)
    join_objections(connection, from_id, to_user_id)
    move_mails(connection, from_id, to_user_id)
    move_notices(connection, from_id, to_user_id)


def forget_rows(connection: Connection, user_ids: Collection[str], at_us: int) -> None:
    """Delete what is held on users who are erased."""
    for part in parts_of(sorted(user_ids)):
        forget_user(connection, part)
        forget_mails(connection, part)
        forget_objections(connection, part)
        forget_notices(connection, part)
    disown_offers(connection, user_ids)
    forget_requests(connection, user_ids, at_us)
