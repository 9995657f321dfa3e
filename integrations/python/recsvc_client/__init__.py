"""Asks a recsvc service for lists, and tells it what shoppers do; needs nothing but Python."""

from recsvc_client.client import Client
from recsvc_client.errors import BreakerOpen, RecsvcError, RequestRefused, ServiceAway
from recsvc_client.shopper_token import shopper_token
from recsvc_client.shown import FallbackItem, Page, Ranked, Shown

__all__ = [
    "BreakerOpen",
    "Client",
    "FallbackItem",
    "Page",
    "Ranked",
    "RecsvcError",
    "RequestRefused",
    "ServiceAway",
    "Shown",
    "shopper_token",
]
