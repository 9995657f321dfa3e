"""What each role of a column is called to a shopkeeper."""

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
