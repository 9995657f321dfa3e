"""What a shopper can be told of a feature: several features say the same to them."""

from collections.abc import Mapping
from enum import StrEnum

from recsvc.ranking.query import Source


class Topic(StrEnum):
    """What a feature is about."""

    TASTE = "taste"
    COMPANY = "company"
    CATEGORY = "category"
    OWN = "own"
    SALES = "sales"
    PRICE = "price"
    QUANTITY = "quantity"
    LOYALTY = "loyalty"
    UNSAID = "unsaid"


TOPICS: Mapping[Source, Topic] = {
    Source.ALS: Topic.TASTE,
    Source.CO_PURCHASE: Topic.COMPANY,
    Source.SIMILAR: Topic.TASTE,
    Source.REPURCHASE: Topic.OWN,
    Source.CATEGORY: Topic.CATEGORY,
    Source.TRENDING: Topic.SALES,
    Source.POPULAR: Topic.SALES,
    Source.RULE: Topic.UNSAID,
}
"""What the score of a candidate source is about, by the public name of the source."""
