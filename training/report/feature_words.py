"""What the ranker's features are called when people read of them."""

from recsvc.ranking.features import FEATURE_WORDS


def words_of(feature: str) -> str:
    """Return how people call a feature; its name with spaces where it has no words."""
    return FEATURE_WORDS.get(feature, feature.replace("_", " "))
