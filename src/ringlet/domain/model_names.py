"""Which entry of a price list a model's name means, in the many ways in which it is written.

In this order: the name itself, under its provider first; then spelled otherwise (`.`, `@` and `_`
are `-`, capitals do not count); then without what stands around it: a context mark (`[1m]`), path
and vendor (`openrouter/anthropic/`, `us.anthropic.`), a date or revision (`-20250929`, `@default`,
`-v1:0`). A name that is listed with dates only is the newest of these. At last the longest entry
whose words the name contains. That never leaves out a number, which would be another version, nor a
word by which vendors call another model ("mini", "pro").
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

# Prefixes of vendors that list models under their own name; all others resell them.
MAKERS: Final = (
    "anthropic", "openai", "gemini", "xai", "zai", "minimax", "moonshot", "deepseek", "mistral",
    "dashscope", "xiaomi_mimo", "meta_llama", "cohere", "inception", "morph", "v0",
)  # fmt: skip
_OTHER_MODELS: Final = frozenset(
    "air audio base chat codex deep distill embedding fast flash haiku image instruct large lite"
    " live max medium micro mini nano opus plus pro realtime reasoning search small sonnet"
    " thinking transcribe tts turbo ultra vision xl".split()
)
_LONGEST: Final = 200
_CONTEXT: Final = re.compile(r"\[[^\]]*\]$")
_SEPARATORS: Final = re.compile(r"[^a-z0-9]+")
_REVISION: Final = re.compile(r"[-@:](?:20\d{6}|20\d\d-\d\d-\d\d|latest|default|v1|v\d+:\d+)$")
_VENDOR: Final = re.compile(r"^[a-z-]+\.(?=[a-z])")
_DATE: Final = re.compile(r"20\d{6}")
_DAY: Final = re.compile(r"(?<!\d)20(?:\d{6}|\d\d-\d\d-\d\d)(?!\d)")


class ModelNames:
    """The names of a price list, found again."""

    def __init__(self, names: Iterable[str]) -> None:
        self._names = frozenset(names)
        self._plain: dict[str, str] | None = None

    def find(self, model: str, provider: str = "") -> str | None:
        """The entry that a model's name means, None if there is none. The same each time."""
        if not model or len(model) > _LONGEST:
            return None
        spellings = list(dict.fromkeys(_spellings(model.strip())))
        for spelling in spellings:
            if (own := f"{provider}/{spelling}") in self._names:
                return own
            if spelling in self._names:
                return spelling
            if "/" not in spelling and (found := self._index.get(canonical(spelling))):
                return found
        return self._longest_within(canonical(spellings[-1]).split("-"))

    @property
    def _index(self) -> dict[str, str]:
        """Entries by their canonical name: those without a vendor, and those of the makers.

        A name without a date means the newest of those with one, unless it is listed itself.
        """
        if self._plain is None:
            self._plain = {}
            ranked = [name for _, _, name in sorted(filter(None, map(_ranked, self._names)))]
            for name in ranked:
                self._plain.setdefault(canonical(_bare(name)), name)
            dated = [name for name in ranked if _date(name)]
            for name in sorted(dated, key=_date, reverse=True):
                for shorter in _without_revision(_bare(name)):
                    self._plain.setdefault(canonical(shorter), name)
        return self._plain

    def _longest_within(self, words: list[str]) -> str | None:
        for length in range(len(words), 1, -1):
            for start in range(len(words) - length + 1):
                within = "-".join(words[start : start + length])
                name = self._index.get(within)
                around = words[:start] + words[start + length :]
                if name and any(map(str.isdigit, within)) and not _matter(around):
                    return name
        return None


def canonical(name: str) -> str:
    """A name in small letters and digits, with `-` between its words."""
    return _SEPARATORS.sub("-", name.lower()).strip("-")


def _spellings(model: str) -> Iterator[str]:
    """The name as it is, then with less and less around it."""
    model = _CONTEXT.sub("", model)
    while True:
        yield model
        yield from _without_revision(model)
        if "/" in model:
            model = model.partition("/")[2]
        elif (shorter := _VENDOR.sub("", model)) != model:
            model = shorter
        else:
            return


def _bare(name: str) -> str:
    return name.rpartition("/")[2]


def _date(name: str) -> str:
    """The day of an entry, as in `20250929`; empty if its name has none."""
    found = _DAY.search(name)
    return found[0].replace("-", "") if found else ""


def _without_revision(model: str) -> Iterator[str]:
    while match := _REVISION.search(model):
        model = model[: match.start()]
        yield model


def _ranked(name: str) -> tuple[int, int, str] | None:
    """How well an entry stands for all of its model's name; None if only for its vendor's."""
    maker, slash, rest = name.partition("/")
    if not slash:
        return 0, len(name), name
    if maker in MAKERS and "/" not in rest:
        return 1 + MAKERS.index(maker), len(name), name
    return None


def _matter(words: Iterable[str]) -> bool:
    return any(
        word in _OTHER_MODELS or (word[:1].isdigit() and not _DATE.fullmatch(word))
        for word in words
    )
