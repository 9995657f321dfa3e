"""The list of candidate sources: whoever adds one adds its file to this room and a line here."""

from recsvc.ranking.sources.als import Als
from recsvc.ranking.sources.base import CandidateSource
from recsvc.ranking.sources.category import Category
from recsvc.ranking.sources.forward import ForwardAll, ForwardNew
from recsvc.ranking.sources.neighbours import (
    Alternatives,
    BasketNeighbours,
    Cart,
    ItemNeighbours,
    ItemNeighboursEven,
    ItemNeighboursRecent,
    UserNeighbours,
)
from recsvc.ranking.sources.sales import AllSales, MonthSales, WeekSales

Sources = tuple[type[CandidateSource], ...]

SOURCES: Sources = (
    Als,
    ForwardAll,
    ForwardNew,
    UserNeighbours,
    ItemNeighbours,
    ItemNeighboursRecent,
    ItemNeighboursEven,
    BasketNeighbours,
    WeekSales,
    MonthSales,
    AllSales,
    Category,
)
"""Those that propose candidates; in this order their scores are the first features."""

CONTEXT_SOURCES: Sources = (Alternatives, Cart)
"""Those that rank the list of a placement by themselves and propose nothing to others."""
