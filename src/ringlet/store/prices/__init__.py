"""What models cost, and what they cost before: as told by the user, synchronised, shipped."""

from ringlet.store.prices.book import PriceBook
from ringlet.store.prices.synced import absorb

__all__ = ["PriceBook", "absorb"]
