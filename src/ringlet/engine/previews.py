"""Show what a run of a profile would come to: files, variables, arguments. Nothing is written."""

from __future__ import annotations

import asyncio
import difflib
import json
import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Final

from ringlet.agents.catalogs import Catalogs
from ringlet.domain.profiles import Profile, key_name
from ringlet.domain.secret import Secret
from ringlet.domain.settings import Settings
from ringlet.engine.agents import Agents
from ringlet.engine.creation import Creation
from ringlet.engine.drafts import Draft
from ringlet.engine.homes import misplaced
from ringlet.engine.planning import Planner
from ringlet.engine.plans import Configured, Situation
from ringlet.engine.separation import separated
from ringlet.runtime.marks import RUN_ID
from ringlet.store.aside import aside
from ringlet.store.profiles import ProfileStore
from ringlet.wire.replies.profiles import FileDiff, ProfilePlan

if TYPE_CHECKING:
    from ringlet.engine.configuration import FileChange

_MASK: Final = "****"
# What an agent keeps under such a name may be a login of its own, which a diff would show as
# context.
_SECRET_LINE: Final = re.compile(
    r"""(["']?[\w.-]*(?:key|token|secret|password|credential)s?["']?\s*[:=]\s*["'])([^"'$][^"']*)""",
    re.IGNORECASE,
)


class Previews:
    """Plans that are only looked at."""

    def __init__(
        self,
        *,
        store: ProfileStore,
        catalogs: Catalogs,
        agents: Agents,
        planner: Planner,
        creation: Creation,
        settings: Callable[[], Settings],
    ) -> None:
        self._settings = settings
        self._store = store
        self._catalogs = catalogs
        self._agents = agents
        self._planner = planner
        self._creation = creation

    async def of_profile(self, alias: str, *, args: list[str], situation: Situation) -> ProfilePlan:
        """What running the profile now would come to."""
        return await self._preview(self._store.get(alias), args, situation, {})

    async def of_draft(self, draft: Draft, *, situation: Situation) -> ProfilePlan:
        """What creating and running a profile would come to; no key is needed for it."""
        provider = await self._creation.check(draft, situation.environ)
        plain = {name: text for name, text in draft.env.items() if isinstance(text, str)}
        profile = self._creation.profile_of(draft, env=plain)
        hidden = [name for name in draft.env if name not in plain]
        if (provider.auth.required or draft.key) and key_name(provider) not in plain:
            hidden.append(key_name(provider))
        return await self._preview(profile, [], situation, dict.fromkeys(hidden, Secret(_MASK)))

    async def _preview(
        self, profile: Profile, args: list[str], situation: Situation, secrets: Mapping[str, Secret]
    ) -> ProfilePlan:
        from ringlet.engine import configuration

        agent = self._catalogs.agents.get(profile.agent_id)
        found = await self._agents.locate(agent, situation.environ)
        configured = await self._planner.configure(
            profile,
            situation=situation,
            run_id="",
            version=found.version,
            secrets=secrets,
        )
        changes = await asyncio.to_thread(configuration.foresee, profile, configured.result)
        home = profile.metadata.home
        misfit = await aside(misplaced, agent, home, situation.environ)
        mask = _Mask(configured)
        environment = configured.for_agent
        plain = {name: mask(text) for name, text in environment.plain.items() if name != RUN_ID}
        return ProfilePlan(
            alias=profile.alias,
            agent_id=profile.agent_id,
            provider_id=profile.provider_id,
            endpoint_id=profile.endpoint_id,
            model=profile.model,
            home=home,
            binary=found.path or "",
            args=separated(agent, found.version, [*profile.args, *configured.result.args, *args]),
            working_dir=profile.working_dir or situation.cwd,
            agent_rights=profile.metadata.agent_rights or self._settings().isolation.agent_rights,
            env=dict(sorted(plain.items())),
            secret_env=sorted(environment.secret_names),
            files=[FileDiff(change.name, _diff(change, mask)) for change in changes],
            warnings=[f"{misfit[0][:1].upper()}{misfit[0][1:]}. {misfit[1]}"] if misfit else [],
        )


class _Mask:
    """Blots out of a text every secret of a run, and what looks like another one."""

    def __init__(self, configured: Configured) -> None:
        values = configured.environment.values.values()
        texts = {value.reveal() for value in values if isinstance(value, Secret)}
        written = {json.dumps(text)[1:-1] for text in texts}
        self._secrets = sorted((text for text in texts | written if text), key=len, reverse=True)

    def __call__(self, text: str) -> str:
        for secret in self._secrets:
            text = text.replace(secret, _MASK)
        return text

    def line(self, text: str) -> str:
        """A line of a file."""
        return _SECRET_LINE.sub(lambda found: found[1] + _MASK, self(text))


def _diff(change: FileChange, mask: _Mask) -> str:
    """A unified diff; the side that is not there is /dev/null."""
    before, after = (text.splitlines() if text else [] for text in (change.before, change.after))
    names = (
        "/dev/null" if change.before is None else f"a/{change.name}",
        "/dev/null" if change.after is None else f"b/{change.name}",
    )
    lines = difflib.unified_diff(before, after, *names, lineterm="")
    return "\n".join(mask.line(line) for line in lines)
