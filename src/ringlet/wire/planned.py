"""What later parts of this version are going to serve, by name: refused, but never as a mistake."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

REQUESTS: Final = frozenset(
    "registry_sync registry_pin registry_inspect "
    "hooks_add hooks_list hooks_export hooks_remove hooks_import "
    "proxy_enable proxy_disable proxy_start proxy_stop proxy_restart proxy_stop_all proxy_status "
    "proxy_route_add proxy_route_remove proxy_route_list proxy_alias_set proxy_alias_remove "
    "proxy_alias_list proxy_config proxy_logs".split()
)

_NEW_PROFILE: Final[Mapping[str, Any]] = {"template": None, "proxy": False}
_CHANGED_PROFILE: Final[Mapping[str, Any]] = {"proxy": False}
_RUN: Final[Mapping[str, Any]] = {
    "remote": False,
    "cols": None,
    "rows": None,
    "no_sandbox": False,
    "bwrap_flags": None,
    "sandbox_exec_profile": None,
}

# By request; each field with the value that asks for nothing, which null does, too.
FIELDS: Final[Mapping[str, Mapping[str, Any]]] = {
    "profiles_create": _NEW_PROFILE,
    "profiles_preview": _NEW_PROFILE,
    "profiles_update": _CHANGED_PROFILE,
    "profiles_clone": _CHANGED_PROFILE,
    "profiles_run": _RUN,
    "profiles_prepare": _RUN,
    "profiles_plan": _RUN,
}

EVENTS: Final = frozenset(
    {
        "RegistrySyncStarted",
        "RegistrySyncCompleted",
        "RegistrySyncFailed",
        "RegistryUpdated",
        "ProxyStarted",
        "ProxyStopped",
        "ProxyError",
    }
)
