"""What the ranker's features are called when people read of them."""

from collections.abc import Mapping

FEATURE_WORDS: Mapping[str, str] = {
    "als": "fits the shopper's taste",
    "forward_all": "what such a taste buys next",
    "forward_new": "what such a taste tries next",
    "audience": "bought lately by shoppers of that taste",
    "similar": "goes with all they bought",
    "similar_recent": "goes with what they bought lately",
    "similar_even": "goes with all they bought, each counting the same",
    "together": "found in one basket with what they bought",
    "week_sales": "sales of the last 7 days",
    "month_sales": "sales of the last 28 days",
    "all_sales": "sales of all time",
    "own_orders": "how often the shopper bought it",
    "own_confidence": "how often, old orders counting less",
    "own_recent": "how often lately",
    "own_age_days": "days since the shopper last bought it",
    "own_first_age_days": "days since the shopper first bought it",
    "own_orders_ago": "orders since the shopper last bought it",
    "own_taken_share": "share of orders with it since the first",
    "own_order_share": "share of all the shopper's orders with it",
    "own_interval_days": "days between the shopper's purchases of it",
    "own_due": "how due it is, by the shopper's rhythm",
    "usual_due": "how due it is, by everybody's rhythm",
    "item_buyers": "number of buyers",
    "item_new_buyers": "first-time buyers in the last 28 days",
    "item_age_days": "days since its first sale",
    "item_last_age_days": "days since its last sale",
    "item_log_price": "price",
    "item_log_quantity": "pieces bought at once",
    "item_repeat_share": "share of buyers who buy it again",
    "item_interval_days": "days until it is usually bought again",
    "item_basket_size": "size of the orders it is in",
    "sales_quarter": "sales of the last 90 days",
    "trend_week": "sales: last 7 days against 28",
    "trend_month": "sales: last 28 days against the 28 before",
    "trend_quarter": "sales: last 28 days against 90",
    "new_share": "share of its buyers who are new to it",
    "month_share": "sales of 28 days against other items",
    "user_orders": "the shopper's number of orders",
    "user_breadth": "how many different items the shopper bought",
    "user_basket": "items in an order of the shopper",
    "user_age_days": "days since the shopper's last order",
    "user_tenure_days": "days since the shopper's first order",
    "user_interval_days": "days between the shopper's orders",
    "user_repeat_share": "share of repeats among the shopper's purchases",
    "user_log_price": "what the shopper usually pays",
    "price_difference": "price against what the shopper usually pays",
    "quantity_difference": "pieces against what the shopper usually takes",
}


def words_of(feature: str) -> str:
    """Return how people call a feature; its name with spaces where nobody gave it words."""
    return FEATURE_WORDS.get(feature, feature.replace("_", " "))
