"""What a profile really pays for its usage."""

from __future__ import annotations

from typing import Literal

import msgspec


class Billing(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`api`: by the token, at list prices; `subscription`: a flat fee, so nothing more; `free`.

    `custom`: list prices times `factor`, for a rate of one's own.
    """

    mode: Literal["api", "subscription", "free", "custom"] = "api"
    factor: float = 1.0

    def billed(self, nano: int) -> int:
        """What is billed for usage that costs so much, in nano-dollars, at list prices."""
        match self.mode:
            case "api":
                return nano
            case "custom":
                return round(nano * self.factor)
            case _:
                return 0
