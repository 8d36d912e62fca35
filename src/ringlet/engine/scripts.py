"""Look at scripts, try them out, and take copies of them."""

from __future__ import annotations

import asyncio
import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ringlet.agents.catalogs import Catalogs
from ringlet.agents.pairing import choose_api
from ringlet.domain.agents import Agent
from ringlet.domain.errors import ErrorCode, RingletError
from ringlet.domain.names import check_alias
from ringlet.domain.preferences import Preferences
from ringlet.domain.profiles import choose_endpoint, choose_model
from ringlet.domain.providers import Provider
from ringlet.engine.homes import usual_home
from ringlet.scripting.context import ScriptInput, build_context
from ringlet.scripting.engine import check_script, run_script
from ringlet.scripting.locating import (
    BUILT_IN,
    Script,
    ScriptFolders,
    find_script,
    list_scripts,
)
from ringlet.scripting.rhai.linting import lint
from ringlet.store.files import ensure_private_dir, write_atomic
from ringlet.store.paths import Paths
from ringlet.wire.replies.scripts import ScriptInfo, ScriptRemark, ScriptText, ScriptTrial

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

_DEMO_URL = "http://127.0.0.1:1"  # the demo's model gets its address at its start


@dataclass(frozen=True, slots=True)
class Trial:
    """A made-up profile to try a script with; None leaves the choice to the manifests."""

    agent_id: str | None = None
    provider_id: str | None = None
    endpoint_id: str | None = None
    model: str | None = None
    alias: str = "test"
    hooks: tuple[str, ...] = ()
    mcp_servers: tuple[str, ...] = ()
    bare: bool = False
    proxy_url: str | None = None


class Scripts:
    """The scripts of the user, the registry and those that are built in."""

    def __init__(
        self, *, catalogs: Catalogs, paths: Paths, preferences: Callable[[], Preferences]
    ) -> None:
        self._catalogs = catalogs
        self._paths = paths
        self._preferences = preferences
        self._folders = ScriptFolders.of(paths)

    def all(self) -> list[ScriptInfo]:
        """All scripts by name."""
        return [self._info(name, source) for name, source in list_scripts(self._folders).items()]

    def show(self, name: str) -> ScriptText:
        """A script with its text; SCRIPT_ERROR if there is none of that name."""
        script = self.named(name)
        info = self._info(name, script.source)
        return ScriptText(info.name, info.origin, info.path, info.agents, script.text)

    async def copy(self, name: str) -> Path:
        """The user's own file of that script, made from the one that counts if there is none."""
        script = await asyncio.to_thread(self.named, name)
        path = self._paths.scripts / name
        if script.source != str(path):
            await asyncio.to_thread(self._write, path, script.text)
        return path

    def named(self, name: str) -> Script:
        """The script of a name; SCRIPT_ERROR if there is none."""
        return find_script(name, self._folders)

    def check(self, name: str) -> None:
        """Raise SCRIPT_ERROR if the user's file of that name cannot be used at all. Blocks."""
        if os.path.lexists(self._paths.scripts / name):
            check_script(self.named(name))

    async def test(self, script: Script, trial: Trial, *, folder: str) -> ScriptTrial:
        """Run a script for a made-up profile that works in `folder`; nothing is written."""
        given = self._describe(script.name, trial, folder)
        printed: list[str] = []
        began = time.perf_counter()
        result = await asyncio.to_thread(run_script, script, given, on_print=printed.append)
        took = time.perf_counter() - began
        remarks = await asyncio.to_thread(lint, script.text, build_context(given))
        return ScriptTrial(
            script=script.name,
            source=script.source,
            agent_id=given.agent.id,
            provider_id=given.provider.id,
            files=dict(result.files),
            env=dict(result.env),
            args=result.args,
            printed=printed,
            remarks=[ScriptRemark(*remark.position, remark.message) for remark in remarks],
            milliseconds=round(took * 1000, 2),
        )

    def _describe(self, name: str, trial: Trial, folder: str) -> ScriptInput:
        agent = self._agent(name, trial.agent_id)
        provider = self._provider(agent, trial.provider_id)
        endpoint_id = choose_endpoint(provider, trial.endpoint_id)
        url = provider.endpoints[endpoint_id]
        alias = check_alias(trial.alias)
        home = usual_home(agent, alias, self._paths)
        return ScriptInput(
            agent=agent,
            provider=provider,
            api=choose_api(agent, provider, alternatives=self._catalogs.providers),
            endpoint_id=endpoint_id,
            endpoint=_DEMO_URL if url.startswith("demo:") else url,
            model=choose_model(agent, provider, trial.model, force=True),
            alias=alias,
            home=str(home),
            has_key=provider.auth.required,
            project_dir=folder,
            bare=trial.bare,
            hooks=trial.hooks,
            mcp_servers=trial.mcp_servers,
            proxy_url=trial.proxy_url,
            preferences=self._preferences().of_profile(
                hooks=trial.hooks, servers=trial.mcp_servers, bare=trial.bare
            ),
        )

    def _agent(self, script: str, wanted: str | None) -> Agent:
        """The agent that is named, else the one that the script belongs to."""
        if wanted is not None:
            return self._catalogs.agents.get(wanted)
        found = self._users_of(script)
        if not found:
            raise RingletError(
                ErrorCode.INVALID_REQUEST,
                f"No agent has a script called {script}",
                hint="Name the agent with --agent; see: ringlet agents list",
            )
        return found[0]

    def _provider(self, agent: Agent, wanted: str | None) -> Provider:
        name = wanted or agent.profile.default_provider
        if name is None:
            raise RingletError(
                ErrorCode.INVALID_REQUEST,
                f"Which provider should {agent.name} use?",
                hint="Name one with --provider; see: ringlet providers list",
            )
        return self._catalogs.providers.get(name)

    def _users_of(self, script: str) -> list[Agent]:
        agents: Iterable[Agent] = self._catalogs.agents
        return [agent for agent in agents if agent.profile.script == script]

    def _info(self, name: str, source: str) -> ScriptInfo:
        return ScriptInfo(
            name=name,
            origin=self._folders.origin(source),
            path=None if source == BUILT_IN else source,
            agents=tuple(agent.id for agent in self._users_of(name)),
        )

    def _write(self, path: Path, text: str) -> None:
        ensure_private_dir(path.parent)
        write_atomic(path, text.encode())
