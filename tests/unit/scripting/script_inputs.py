"""Made-up agents and providers for the tests of scripts."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

from ringlet.agents.catalogs import Catalogs
from ringlet.domain.agents import Agent
from ringlet.domain.providers import Api, Auth, Provider, ProviderType
from ringlet.scripting.context import ScriptInput
from ringlet.scripting.engine import run_script
from ringlet.scripting.locating import ScriptFolders, find_script
from ringlet.scripting.result import ScriptResult

NOWHERE = Path("/nonexistent")
BUILT_IN = Catalogs(NOWHERE, NOWHERE)
HOME = "/home/u/.claude-profiles/work"
PROJECT = "/home/u/project"
SELF = Provider("self", "Self", ProviderType.SELF, {"native": ""}, "native", Auth(required=False))


def make_agent(agent_id: str) -> Agent:
    """The built-in agent of that id."""
    return BUILT_IN.agents.get(agent_id)


def make_provider(type_: ProviderType, endpoint: str, env_key: str = "ACME_KEY") -> Provider:
    return Provider("acme", "Acme", type_, {"main": endpoint}, "main", Auth(env_key=env_key))


def make_input(agent_id: str, provider: Provider, api: Api | None, **changes: Any) -> ScriptInput:
    values: dict[str, Any] = {
        "agent": make_agent(agent_id),
        "provider": provider,
        "api": api,
        "endpoint_id": provider.default_endpoint,
        "endpoint": provider.endpoints[provider.default_endpoint],
        "model": "m-1",
        "alias": "work",
        "home": HOME,
        "has_key": api is not None,
        "project_dir": PROJECT,
    }
    return ScriptInput(**{**values, **changes})


def run(agent_id: str, provider: Provider, api: Api | None, **changes: Any) -> ScriptResult:
    """What the built-in script of the agent makes of a profile."""
    script = find_script(f"{agent_id}.rhai", ScriptFolders(NOWHERE, NOWHERE))
    return run_script(script, make_input(agent_id, provider, api, **changes))


def read_files(result: ScriptResult) -> dict[str, Any]:
    """Its JSON and TOML files as values, others as texts."""
    return {path: _read(path, text) for path, text in result.files.items()}


def _read(path: str, text: str) -> Any:
    if path.endswith(".toml"):
        return tomllib.loads(text)
    return json.loads(text) if path.endswith(".json") else text
