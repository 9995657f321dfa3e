"""Order files become clean lines on Spark: read, settled and cleaned by the code of the local engine."""

from training.spark.orders.cleaning import OrderCleaning
from training.spark.orders.tables import CleanedTables

__all__ = ["CleanedTables", "OrderCleaning"]
