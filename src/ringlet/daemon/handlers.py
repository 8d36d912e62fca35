"""One method for each request type; the reply's type and data."""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable
from typing import Any

from ringlet.domain.errors import ErrorCode, RingletError
from ringlet.domain.secret import Secret
from ringlet.engine.creation import Draft
from ringlet.engine.launches import Client
from ringlet.engine.planning import Situation
from ringlet.engine.services import Services
from ringlet.wire import replies, requests
from ringlet.wire.requests import PROTOCOL_VERSION, AnyRequest
from ringlet.wire.sp import Peer

Answer = tuple[str, Any]


class Handlers:
    """Translates requests into calls of the engine. `shut_down` ends the daemon soon."""

    def __init__(self, services: Services, *, shut_down: Callable[[str], None]) -> None:
        self._services = services
        self._shut_down = shut_down
        self._table: dict[type, Callable[[Any, Peer], Awaitable[Answer]]] = {
            requests.Hello: self._hello,
            requests.Ping: self._ping,
            requests.Shutdown: self._shutdown,
            requests.DaemonStatus: self._status,
            requests.AgentsList: self._agents_list,
            requests.AgentsInspect: self._agents_inspect,
            requests.ProvidersList: self._providers_list,
            requests.ProvidersInspect: self._providers_inspect,
            requests.ProfilesCreate: self._profiles_create,
            requests.ProfilesList: self._profiles_list,
            requests.ProfilesInspect: self._profiles_inspect,
            requests.ProfilesDelete: self._profiles_delete,
            requests.ProfilesEnv: self._profiles_env,
            requests.ProfilesPrepare: self._profiles_prepare,
            requests.ProfilesRun: self._profiles_run,
            requests.ProfilesComplete: self._profiles_complete,
            requests.RunSecrets: self._run_secrets,
            requests.RunStarted: self._run_started,
            requests.RunsList: self._runs_list,
            requests.RunsStop: self._runs_stop,
            requests.AliasesInstall: self._aliases_install,
            requests.AliasesUninstall: self._aliases_uninstall,
            requests.AliasesList: self._aliases_list,
        }

    async def answer(self, request: AnyRequest, peer: Peer) -> Answer:
        """Carry out a request."""
        return await self._table[type(request)](request, peer)

    async def _hello(self, request: requests.Hello, peer: Peer) -> Answer:
        status = self._services.status()
        return "hello", {"protocol": PROTOCOL_VERSION, "version": status.version}

    async def _ping(self, request: requests.Ping, peer: Peer) -> Answer:
        return "pong", None

    async def _shutdown(self, request: requests.Shutdown, peer: Peer) -> Answer:
        self._shut_down("requested")
        return _success("The daemon is shutting down")

    async def _status(self, request: requests.DaemonStatus, peer: Peer) -> Answer:
        return "daemon_status", self._services.status()

    async def _agents_list(self, request: requests.AgentsList, peer: Peer) -> Answer:
        return "agents", await self._services.agents.all(os.environ, refresh=request.refresh)

    async def _agents_inspect(self, request: requests.AgentsInspect, peer: Peer) -> Answer:
        return "agent", await self._services.agents.inspect(request.id, os.environ)

    async def _providers_list(self, request: requests.ProvidersList, peer: Peer) -> Answer:
        return "providers", self._services.providers.all()

    async def _providers_inspect(self, request: requests.ProvidersInspect, peer: Peer) -> Answer:
        return "provider", self._services.providers.inspect(request.id)

    async def _profiles_create(self, request: requests.ProfilesCreate, peer: Peer) -> Answer:
        if request.proxy or request.hooks or request.mcp_servers or request.bare:
            raise RingletError(
                ErrorCode.UNSUPPORTED,
                "hooks, mcp_servers, bare and proxy are not part of this version",
            )
        draft = Draft(
            agent_id=request.agent_id,
            alias=request.alias,
            provider_id=request.provider_id,
            endpoint_id=request.endpoint_id,
            model=request.model,
            key=Secret(request.api_key) if request.api_key else None,
            args=tuple(request.args),
            working_dir=request.working_dir,
            install_alias=not request.no_alias,
            force_model=request.force_model,
        )
        here = Situation(str(self._services.paths.user_home), os.environ)
        created = await self._services.creation.create(draft, situation=here)
        return _success(created.message)

    async def _profiles_list(self, request: requests.ProfilesList, peer: Peer) -> Answer:
        return "profiles", self._services.profiles.all(request.agent_id)

    async def _profiles_inspect(self, request: requests.ProfilesInspect, peer: Peer) -> Answer:
        return "profile", await self._services.inspection.inspect(request.alias)

    async def _profiles_delete(self, request: requests.ProfilesDelete, peer: Peer) -> Answer:
        notes = await self._services.deletion.delete(request.alias, purge=request.purge)
        return _success(". ".join([f"Profile {request.alias} deleted", *notes]))

    async def _profiles_env(self, request: requests.ProfilesEnv, peer: Peer) -> Answer:
        if request.include_secrets and peer.transport != "unix":
            raise RingletError(ErrorCode.FORBIDDEN, "Keys are only handed out over ipc://")
        env = await self._services.launches.environment(
            request.alias, environ=request.environ, include_secrets=request.include_secrets
        )
        return "env", env

    async def _profiles_prepare(self, request: requests.ProfilesPrepare, peer: Peer) -> Answer:
        cwd = request.cwd or str(self._services.paths.user_home)
        context = await self._services.launches.prepare(
            request.alias,
            args=request.args,
            situation=Situation(cwd, request.environ or os.environ, trust=request.trust),
            client=client_of(peer),
            command=request.command,
        )
        return "execution_context", context

    async def _profiles_run(self, request: requests.ProfilesRun, peer: Peer) -> Answer:
        cwd = request.cwd or str(self._services.paths.user_home)
        here = Situation(cwd, os.environ)
        pid = await self._services.launches.run_detached(
            request.alias, args=request.args, situation=here
        )
        return "run_started", {"pid": pid}

    async def _profiles_complete(self, request: requests.ProfilesComplete, peer: Peer) -> Answer:
        await self._services.launches.complete(request)
        return "run_completed", {"exit_code": request.exit_code}

    async def _run_secrets(self, request: requests.RunSecrets, peer: Peer) -> Answer:
        return "run_secrets", {"env": self._services.launches.redeem(request.ticket, peer.id)}

    async def _run_started(self, request: requests.RunStarted, peer: Peer) -> Answer:
        await self._services.runs.started(request.run_id, request.pid)
        return _success("noted")

    async def _runs_list(self, request: requests.RunsList, peer: Peer) -> Answer:
        return "runs", await self._services.runs.recent(request.limit)

    async def _runs_stop(self, request: requests.RunsStop, peer: Peer) -> Answer:
        await self._services.runs.stop(request.run_id)
        return _success(f"Run {request.run_id} ended")

    async def _aliases_install(self, request: requests.AliasesInstall, peer: Peer) -> Answer:
        path = await self._services.aliases.install(request.alias, request.bin_dir)
        return _success(f"Installed {path}")

    async def _aliases_uninstall(self, request: requests.AliasesUninstall, peer: Peer) -> Answer:
        path = await self._services.aliases.uninstall(request.alias, request.bin_dir)
        return _success(f"Removed {path}")

    async def _aliases_list(self, request: requests.AliasesList, peer: Peer) -> Answer:
        return "aliases", self._services.aliases.all()


def client_of(peer: Peer) -> Client:
    """The client behind a connection, as runs know it."""
    if peer.pid is None:
        raise RingletError(
            ErrorCode.FORBIDDEN,
            "Runs are planned for clients of the ipc:// endpoint only",
            hint="Over TCP the daemon cannot see who asks; use profiles_run.",
        )
    return Client(pid=peer.pid, connection=peer.id)


def _success(message: str) -> Answer:
    return "success", replies.Message(message)
