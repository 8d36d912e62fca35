"""The list of disagreements for people, docs/price-disagreements.md."""

from pricedata.disagreements import Difference
from pricedata.judgements import Judged
from pricedata.releases import RELEASES
from pricedata.second import VERSION

_HEAD = f"""# Where the sources of prices disagree

The prices that are shipped are those of LiteLLM {RELEASES[-1][0]}. This list, written by
`tools/build-prices`, names where genai-prices {VERSION} says otherwise of a vendor's own models, in
US dollars for a million tokens. Which of them is right, as far as the vendor's own word was to be
found, stands in `tools/pricedata/judgements.py`, and that is what is shipped. Whoever knows better
puts a price of their own into [prices.toml](prices.md).
"""


def report(judged: Judged) -> str:
    """The whole file."""
    decided = [(found, judgement) for found, judgement in judged if judgement is not None]
    open_ = [found for found, judgement in judged if judgement is None]
    return (
        f"{_HEAD}\n## Judged: {len(decided)}\n\n"
        "| Model | Tokens | LiteLLM | genai-prices | Taken | Why |\n|---|---|---|---|---|---|\n"
        + "".join(f"{_row(found)} {judgement.taken} | {judgement.why} |\n"
                  for found, judgement in decided)
        + f"\n## Not judged: {len(open_)}\n\nWhat LiteLLM says is taken.\n\n"
        "| Model | Tokens | LiteLLM | genai-prices |\n|---|---|---|---|\n"
        + "".join(f"{_row(found)}\n" for found in open_)
    )  # fmt: skip


def _row(found: Difference) -> str:
    return f"| {found.model} | {found.tokens} | {found.first} | {found.second} |"
