"""Commands that stand in a manifest, as argument lists. No shell ever sees them."""

from __future__ import annotations

import re
import shlex
from typing import Final

from ringlet.domain.agents import Agent
from ringlet.domain.errors import ErrorCode, RingletError
from ringlet.domain.profiles import Profile
from ringlet.store.paths import Paths

_BUILT_IN: Final = "built-in"
_PLACEHOLDER: Final = re.compile(r"\{\{\s*(\w+)\s*\}\}")


def require_own(agent: Agent, paths: Paths) -> None:
    """Raise FORBIDDEN unless the manifest is built in or the user's own: nothing confines them."""
    if agent.source != _BUILT_IN and not paths.is_own_manifest(agent.source):
        raise RingletError(
            ErrorCode.FORBIDDEN,
            f"The manifest of {agent.id} is neither built in nor your own: its commands do not run",
            hint=f"Read {agent.source}, and copy it into {paths.agents} if you trust it.",
        )


def arguments(command: str, profile: Profile, paths: Paths) -> list[str]:
    """The words of a command, with {{ alias }}, {{ agent }}, {{ model }} and {{ home }} filled in.

    They are filled in after the words were told apart, so that a value is never more than (a part
    of) one word. A word that begins with ~/ means the user's own home.
    """
    values = {
        "alias": profile.alias,
        "agent": profile.agent_id,
        "model": profile.model,
        "home": profile.metadata.home,
    }
    joined = _PLACEHOLDER.sub(r"{{\1}}", command)  # so that its spaces part no words
    words = [str(paths.expand(w)) if w.startswith("~/") else w for w in shlex.split(joined)]
    return [_PLACEHOLDER.sub(lambda found: values.get(found[1], found[0]), w) for w in words]
