"""What the user has set up: profiles, agents, scripts, keys, shims."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Iterator, Mapping

from ringlet.agents.catalogs import Catalogs
from ringlet.domain import shell_words
from ringlet.domain.errors import RingletError
from ringlet.domain.profiles import Profile
from ringlet.engine.agents import Agents
from ringlet.engine.aliases import Aliases
from ringlet.engine.doctor.findings import Finding
from ringlet.engine.homes import misplaced
from ringlet.engine.scripts import Scripts
from ringlet.engine.vault import Vault
from ringlet.store.aside import aside
from ringlet.store.profiles import ProfileStore


class Profiles:
    """Whether each profile could be run: its agent, provider, home, folder and secrets."""

    def __init__(self, *, store: ProfileStore, catalogs: Catalogs, vault: Vault) -> None:
        self._store = store
        self._catalogs = catalogs
        self._vault = vault

    async def check(self, environ: Mapping[str, str]) -> list[Finding]:
        """Asks the secret store for each key."""
        profiles = self._store.all()
        found = [finding for one in profiles for finding in await self._examine(one, environ)]
        said = f"all can be run: {len(profiles)}" if profiles else "there is none yet"
        return found or [Finding("profiles", "ok", said)]

    async def _examine(self, profile: Profile, environ: Mapping[str, str]) -> list[Finding]:
        wrong = await aside(lambda: list(self._complaints(profile)))
        try:
            await self._vault.resolve(profile.env)
        except RingletError as error:
            wrong.append((error.message, error.hint or f"ringlet profiles set-key {profile.alias}"))
        found = [
            Finding("profiles", "error", f"{profile.alias}: {message}", hint)
            for message, hint in wrong
        ]
        agent = self._catalogs.agents.entries.get(profile.agent_id)
        home = profile.metadata.home
        if agent and (misfit := await aside(lambda: misplaced(agent, home, environ))):
            message, hint = misfit
            found.append(Finding("profiles", "warning", f"{profile.alias}: {message}", hint))
        return found

    def _complaints(self, profile: Profile) -> Iterator[tuple[str, str]]:
        if profile.agent_id not in self._catalogs.agents:
            yield f"there is no agent {profile.agent_id!r}", "Put its manifest back into agents.d."
        provider = self._catalogs.providers.entries.get(profile.provider_id)
        if provider is None:
            yield (
                f"there is no provider {profile.provider_id!r}",
                f"Choose one: ringlet profiles set {profile.alias} provider ID",
            )
        elif profile.endpoint_id not in provider.endpoints:
            yield (
                f"{provider.id} has no endpoint {profile.endpoint_id!r}",
                f"Choose one: ringlet profiles set {profile.alias} endpoint ID",
            )
        if profile.working_dir and not os.path.isdir(profile.working_dir):
            yield (
                f"its folder {profile.working_dir} is gone",
                f"Choose one: ringlet profiles set {profile.alias} working-dir PATH",
            )


class Programs:
    """Which agents that profiles need are installed, and whether the user's scripts compile."""

    def __init__(self, *, store: ProfileStore, agents: Agents, scripts: Scripts) -> None:
        self._store = store
        self._agents = agents
        self._scripts = scripts

    async def check(self, environ: Mapping[str, str]) -> list[Finding]:
        """Probes agents that have not been probed before."""
        needed = {profile.agent_id for profile in self._store.all()}
        found = []
        for agent in await self._agents.all(environ):
            if agent.installed:
                message = f"{agent.name} {agent.version or ''} is at {agent.binary_path}"
                found.append(Finding("agents", "ok", message))
            elif agent.id in needed:
                message = f"{agent.name} is not installed: {agent.reason}"
                found.append(Finding("agents", "error", message, agent.install_hint))
        return found + await asyncio.to_thread(lambda: list(self._broken_scripts()))

    def _broken_scripts(self) -> Iterator[Finding]:
        for script in self._scripts.all():
            try:
                self._scripts.check(script.name)
            except RingletError as error:
                look = f"See: ringlet scripts test {shell_words.quote(script.name)}"
                hint = (*error.hint.split("\n"), look)
                yield Finding("scripts", "error", error.message, hint)


class Secrets:
    """Which store keeps the keys."""

    def __init__(self, *, vault: Vault) -> None:
        self._vault = vault

    async def check(self, environ: Mapping[str, str]) -> list[Finding]:
        """Asks for the keychain."""
        try:
            chosen = await self._vault.chosen()
        except RingletError as error:
            return [Finding("secrets", "error", error.message, error.hint)]
        found = [Finding("secrets", "ok", chosen.reason)]
        return found + ([Finding("secrets", "warning", chosen.warning)] if chosen.warning else [])


class Shims:
    """Commands of profiles that are not there any more."""

    def __init__(self, *, aliases: Aliases, store: ProfileStore) -> None:
        self._aliases = aliases
        self._store = store

    async def check(self, environ: Mapping[str, str]) -> list[Finding]:
        """Looks into the folder where shims are put, and at those that profiles note."""
        orphans = await asyncio.to_thread(self._aliases.orphans)
        if not orphans:
            return [Finding("shims", "ok", f"all are of profiles: {len(self._aliases.all())}")]
        return [
            Finding(
                "shims",
                "warning",
                f"{path} runs a profile that is gone",
                # Not ours to remove: it may belong to another configuration folder.
                f"rm {path}",
            )
            for path in orphans
        ]


class Transcripts:
    """Whether what agents noted down could be read."""

    def __init__(self, *, problems: Callable[[], Mapping[str, str]]) -> None:
        self._problems = problems

    async def check(self, environ: Mapping[str, str]) -> list[Finding]:
        """Asks for what this daemon has read so far."""
        hint = "Everything else in it counts. To read all of it again: ringlet usage verify"
        return [
            Finding("usage", "warning", f"{path}: {why}", hint)
            for path, why in sorted(self._problems().items())
        ] or [Finding("usage", "ok", "what agents noted down can be read, as far as it was")]
