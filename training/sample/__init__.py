"""A made-up shop whose tastes, rhythms and trends are known, to see whether a recommender finds them."""

from training.sample.files import write_sample_shop
from training.sample.shop import SampleFiles, SampleShop

__all__ = ["SampleFiles", "SampleShop", "write_sample_shop"]
