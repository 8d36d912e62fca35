"""The version of the public protocol, and limits that both sides know."""

from __future__ import annotations

from typing import Final

PROTOCOL_VERSION: Final = 1
DEFAULT_DEADLINE: Final = 60.0
MOST_RUNS: Final = 10_000  # that one listing shows

# Requests of the public protocol that this version knows by name but does not serve.
PLANNED: Final = frozenset(
    "registry_sync registry_pin registry_inspect "
    "hooks_add hooks_list hooks_export hooks_remove hooks_import "
    "proxy_enable proxy_disable proxy_start proxy_stop proxy_restart proxy_stop_all proxy_status "
    "proxy_route_add proxy_route_remove proxy_route_list proxy_alias_set proxy_alias_remove "
    "proxy_alias_list proxy_config proxy_logs".split()
)
