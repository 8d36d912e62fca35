"""Which source is right where they disagree, and why.

A judgement holds for exactly what it was made about: as soon as a source says something else it is
void, and the build tells so.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase

from msgspec.structs import replace

from pricedata.disagreements import FIRST_SIZE, NONE, Difference, rate
from pricedata.history import Model
from ringlet.domain.pricing import Band, versioned


@dataclass(frozen=True)
class Judgement:
    """What is taken of `first` and `second`, of models whose name fits the pattern.

    Only a single rate, or the size from which one holds, can differ from the first.
    """

    models: str
    tokens: str
    first: str
    second: str
    taken: str
    why: str


_CODE_FAST = (
    "LiteLLM: xAI's own list of models (api.x.ai/v1/language-models, its source) has these prices"
    " since the name is an alias of grok-build-0.1, for which others quote the same"
    " (docs.venice.ai, docs.apiyi.com); what it cost before is in the history"
)
_GLM = (
    "genai-prices: LiteLLM lists no price of cached input, for which a tenth of input stood in;"
    " Z.AI lists {} (docs.z.ai/guides/overview/pricing, as quoted by Roo Code and ccusage)"
)
_DEEPSEEK = (
    "{}: DeepSeek sold V3.2 as deepseek-chat for $0.28 and $0.42 (its page of December 2025, as"
    " quoted by Roo Code, and LiteLLM on deepseek-chat); what others ask who host it is no price"
    " of DeepSeek's"
)

JUDGEMENTS = (
    Judgement(
        "claude-sonnet-4-5",
        "all above 200000",
        NONE,
        "input 6, output 22.5, cache_read 0.6, cache_write_5m 7.5, cache_write_1h 12",
        NONE,
        "LiteLLM: the model's context is 200K tokens now, so that no larger request exists"
        " (platform.claude.com/docs, Claude Sonnet 4.5); the price while there was a beta of 1M"
        " is in the history",
    ),
    Judgement(
        "gpt-5.6-cyber",
        "all above 272000",
        "input 25, output 112.5",
        NONE,
        "input 25, output 112.5",
        "LiteLLM: beyond 272K tokens of input OpenAI's models of this size cost twice as much"
        " for input and 1.5 times as much for output, the whole request; both sources say so of"
        " gpt-5.6",
    ),
    Judgement(
        "deepseek/deepseek-v3.2", "input", "0.28", "0.2288", "0.28", _DEEPSEEK.format("LiteLLM")
    ),
    Judgement(
        "deepseek/deepseek-v3.2", "output", "0.4", "0.3432", "0.42", _DEEPSEEK.format("neither")
    ),
    Judgement("xai/grok-code-fast*", "input", "1", "0.2", "1", _CODE_FAST),
    Judgement("xai/grok-code-fast*", "output", "2", "1.5", "2", _CODE_FAST),
    Judgement("xai/grok-code-fast*", "cache_read", "0.2", "0.02", "0.2", _CODE_FAST),
    Judgement(
        "xai/grok-code-fast*",
        "all above 200000",
        "input 2, output 4",
        NONE,
        "input 2, output 4",
        _CODE_FAST,
    ),
    Judgement(
        "xai/grok-*",
        FIRST_SIZE,
        "200001",
        "200000",
        "200000",
        "genai-prices: xAI's table has rows for < 200k and ≥ 200k prompt tokens, and says that a"
        " request whose prompt reaches the threshold costs the higher price (docs.x.ai/docs/models,"
        " as quoted in pydantic/genai-prices#586)",
    ),
    Judgement("zai/glm-4.5", "cache_read", "0.06", "0.11", "0.11", _GLM.format("$0.11")),
    Judgement("zai/glm-4.5v", "cache_read", "0.06", "0.11", "0.11", _GLM.format("$0.11")),
    Judgement("zai/glm-4.5-air", "cache_read", "0.02", "0.03", "0.03", _GLM.format("$0.03")),
    Judgement("zai/glm-4.5-airx", "cache_read", "0.11", "0.22", "0.22", _GLM.format("$0.22")),
    Judgement("zai/glm-4.5-x", "cache_read", "0.22", "0.45", "0.45", _GLM.format("$0.45")),
)

Judged = list[tuple[Difference, Judgement | None]]


def judge(
    differences: Iterable[Difference], judgements: Iterable[Judgement] = JUDGEMENTS
) -> Judged:
    """Each difference with the judgement about it, if there is one."""
    known = list(judgements)
    return [(one, next((j for j in known if _holds(j, one)), None)) for one in differences]


def void(judged: Judged, judgements: Iterable[Judgement] = JUDGEMENTS) -> list[Judgement]:
    """The judgements about which the sources have changed their mind, or agree."""
    used = [judgement for _, judgement in judged]
    return [judgement for judgement in judgements if judgement not in used]


def apply(models: dict[str, Model], judged: Judged) -> int:
    """Put what was judged into the prices; how many models got another one.

    What the first source says wrong today was wrong on every day on which it said so, and of
    every model that the judgement is about.
    """
    changed = set()
    for found, judgement in judged:
        if judgement is None or judgement.taken == found.first:
            continue
        for name, model in models.items():
            if fnmatchcase(name, judgement.models) and _correct(model, found, judgement.taken):
                changed.add(name)
    return len(changed)


def _holds(judgement: Judgement, found: Difference) -> bool:
    said = judgement.tokens, judgement.first, judgement.second
    about = fnmatchcase(found.model, judgement.models)
    return about and said == (found.tokens, found.first, found.second)


def _correct(model: Model, found: Difference, taken: str) -> bool:
    """Whether any of the prices of a model changed."""
    changed = False
    for dated in model.dated:
        bands = tuple(_band(band, found, taken) for band in dated.price.bands)
        if bands != dated.price.bands:
            dated.price = versioned(replace(dated.price, bands=bands))
            changed = True
    return changed


def _band(band: Band, found: Difference, taken: str) -> Band:
    if found.tokens == FIRST_SIZE:
        wrong = band.above == int(found.first) - 1
        return replace(band, above=int(taken) - 1) if wrong else band
    assert found.kind, found  # noqa: S101 - bands are not made up
    if band.above != found.above or getattr(band, found.kind) != rate(found.first):
        return band
    # Thoughts cost what output does, unless they have a price of their own.
    thoughts = found.kind == "output" and band.reasoning == band.output
    return replace(
        band,
        **{found.kind: rate(taken)},
        **({"reasoning": rate(taken)} if thoughts else {}),
    )
