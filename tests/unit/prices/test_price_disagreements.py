"""What docs/price-disagreements.md says is taken is what is shipped."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ringlet.store.prices.shipped import shipped

LISTED = Path(__file__).resolve().parents[3] / "docs" / "price-disagreements.md"
RATE = re.compile(r"(input|output|cache_read|cache_write_5m|cache_write_1h)(?: above (\d+))?")
FIRST_SIZE = "first size with the higher price"


def rows(part: str, taken: int) -> list[tuple[str, str, str]]:
    """Model, tokens and what is taken of them, for each row below a heading."""
    text = LISTED.read_text().partition(f"## {part}: ")[2].partition("\n## ")[0]
    count, *lines = text.splitlines()
    cells = [[cell.strip() for cell in line.split("|")] for line in lines if line.startswith("|")]
    found = [(row[1], row[2], row[taken]) for row in cells[2:]]
    assert len(found) == int(count)
    return found


JUDGED, OPEN = rows("Judged", 5), rows("Not judged", 3)


def test_there_are_both() -> None:
    assert len(JUDGED) > len(OPEN) > 0


@pytest.mark.parametrize(("model", "tokens", "taken"), JUDGED + OPEN)
def test_what_is_taken_is_shipped(model: str, tokens: str, taken: str) -> None:
    bands = {band.above: band for band in shipped().history(model)[-1].price.bands}
    if rate := RATE.fullmatch(tokens):
        assert getattr(bands[int(rate[2] or 0)], rate[1]) == round(float(taken) * 10**9)
    elif tokens == FIRST_SIZE:
        assert max(bands) == int(taken) - 1
    elif taken == "no such price":
        assert int(tokens.removeprefix("all above ")) not in bands
    else:
        assert len(bands) == 2
