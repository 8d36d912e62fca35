"""What the types alone do not say about settings."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterator

from ringlet.domain.settings import Settings
from ringlet.runtime.bridges import BRIDGES


def complaints(settings: Settings, providers: Collection[str]) -> Iterator[str]:
    """Names in config.toml that mean nothing here; `providers` are the known ids."""
    bridges = [bridge.name for bridge in BRIDGES]
    for name in settings.isolation.disabled_bridges:
        if name not in bridges:
            yield _unknown("isolation.disabled_bridges", "bridge", name, bridges)
    provider = settings.defaults.provider
    if provider is not None and provider not in providers:
        yield _unknown("defaults.provider", "provider", provider, providers)


def _unknown(key: str, noun: str, name: str, known: Collection[str]) -> str:
    close = difflib.get_close_matches(name, known, n=1)
    hint = f"did you mean {close[0]!r}?" if close else f"known: {', '.join(sorted(known))}"
    return f"config.toml: {key}: there is no {noun} {name!r}; {hint}"
