"""Every file and folder of Ringlet, typed."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import msgspec

from ringlet.store import locations


class Paths(msgspec.Struct, frozen=True):
    """The folders of one installation; everything else is derived from them.

    `config` holds durable state, `state` what must not travel with it, `user_home` is the
    user's own home (not that of a profile), `runtime` holds the sockets.
    """

    config: Path
    state: Path
    user_home: Path
    runtime: Path

    @classmethod
    def find(cls, environ: Mapping[str, str]) -> Paths:
        """The paths that the environment asks for."""
        config = locations.config_dir(environ)
        return cls(
            config=Path(config),
            state=Path(locations.state_dir(environ, config)),
            user_home=Path(locations.home_dir(environ)),
            runtime=Path(locations.runtime_dir(environ)),
        )

    @property
    def settings(self) -> Path:
        return self.config / "config.toml"

    def is_own_manifest(self, path: str) -> bool:
        """Whether a file lies among the user's own manifests, and not only by a link."""
        return Path(path).resolve().is_relative_to(self.agents.resolve())

    @property
    def endpoint(self) -> Path:
        return self.config / locations.ENDPOINT_FILE

    @property
    def http_endpoint(self) -> Path:
        return self.config / locations.HTTP_FILE

    @property
    def token(self) -> Path:
        return self.config / locations.TOKEN_FILE

    @property
    def pid(self) -> Path:
        return self.config / "daemon.pid"

    @property
    def agents(self) -> Path:
        return self.config / "agents.d"

    @property
    def providers(self) -> Path:
        return self.config / "providers.d"

    @property
    def scripts(self) -> Path:
        return self.config / "scripts"

    @property
    def registry_scripts(self) -> Path:
        """Scripts of the synchronised registry."""
        return self.config / "registry" / "current" / "scripts"

    @property
    def profiles(self) -> Path:
        return self.config / "profiles"

    @property
    def runs(self) -> Path:
        """One small file for each run that has not ended yet."""
        return self.config / "runs"

    @property
    def cache(self) -> Path:
        return self.config / "cache"

    @property
    def detections(self) -> Path:
        return self.cache / "agent-detections.json"

    @property
    def sessions(self) -> Path:
        return self.telemetry / "sessions.jsonl"

    @property
    def telemetry(self) -> Path:
        """What is known of runs and usage: `sessions.jsonl`, `usage.db`, `aggregates.json`."""
        return self.config / "telemetry"

    @property
    def own_prices(self) -> Path:
        """Prices that the user has written down."""
        return self.config / "prices.toml"

    @property
    def budgets(self) -> Path:
        return self.config / "budgets.json"

    @property
    def synced_prices(self) -> Path:
        """The price list of the last synchronisation."""
        return self.config / "registry" / "litellm-pricing.json"

    @property
    def price_layers(self) -> Path:
        """What each synchronised list said differently."""
        return self.config / "telemetry" / "price-layers.json"

    @property
    def ledger(self) -> Path:
        return self.telemetry / "usage.db"

    @property
    def logs(self) -> Path:
        return self.config / "logs"

    @property
    def agent_paths(self) -> Path:
        """The executables that the user has chosen for agents."""
        return self.config / "agents.json"

    def written(self) -> tuple[Path, ...]:
        """The folders whose files are replaced in one step, by way of a temporary one."""
        return (
            self.config, self.profiles, self.runs, self.telemetry, self.cache, self.agents,
            self.providers, self.scripts, self.config / "secrets", self.state,
        )  # fmt: skip

    @property
    def installed_agents(self) -> Path:
        """Agents that Ringlet installed; large, and no part of the configuration."""
        return self.state / "agents"

    @property
    def quarantine(self) -> Path:
        return self.config / locations.QUARANTINE

    def expand(self, template: str, **names: str) -> Path:
        """A path of a manifest: `~/` is the user's own home, `{name}` the given names."""
        text = template
        for name, value in names.items():
            text = text.replace("{" + name.replace("_", "-") + "}", value)
        if text == "~" or text.startswith("~/"):
            return self.user_home / text[2:]
        return Path(text)
