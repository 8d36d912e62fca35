"""What every request and every command comes to, in one place.

What is not listed here is refused to all runs that are limited; a test wants everything listed.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final, TypeVar

import msgspec

from ringlet.domain.errors import RingletError
from ringlet.domain.rights import Kind, Origin, Rule
from ringlet.wire.requests.base import Request

_log = logging.getLogger(__name__)
R = TypeVar("R", bound=Request)

_OPEN: Final = Rule(Kind.OPEN)
_READ: Final = Rule(Kind.READ)
_CHANGE: Final = Rule(Kind.CHANGE)
_CONTROL: Final = Rule(Kind.CONTROL)
_LETS_IN: Final = Rule(Kind.SECRET)
_OWN: Final = Rule(Kind.READ, of="alias")
_OWN_USAGE: Final = Rule(Kind.READ, of="profile", fills=True)
_START: Final = Rule(Kind.START, of="alias")
_LEASE: Final = Rule(Kind.LEASE, of="run_id")
_ENV: Final = Rule(Kind.READ, of="alias", raised={"include_secrets": Kind.SECRET})
_AGENTS: Final = Rule(Kind.OPEN, raised={"refresh": Kind.CHANGE})
_DOCTOR: Final = Rule(Kind.READ, raised={"fix": Kind.CHANGE})
_PROFILES: Final = Rule(Kind.READ, lists="alias")
_RUNS: Final = Rule(Kind.READ, lists="profile")
_BUDGETS: Final = Rule(Kind.READ, lists="scope")

REQUESTS: Final[Mapping[str, Rule]] = {
    "access_code": _LETS_IN,
    "access_redeem": _LETS_IN,
    "agents_inspect": _OPEN,
    "agents_install": _CHANGE,
    "agents_list": _AGENTS,
    "agents_set_path": _CHANGE,
    "agents_uninstall": _CHANGE,
    "aliases_install": _CHANGE,
    "aliases_list": _PROFILES,
    "aliases_uninstall": _CHANGE,
    "budgets_list": _BUDGETS,
    "budgets_remove": _CHANGE,
    "budgets_set": _CHANGE,
    "config_adopt": _CHANGE,
    "config_list": _READ,
    "config_set": _CHANGE,
    "config_unset": _CHANGE,
    "daemon_adjust": _CONTROL,
    "daemon_status": _OPEN,
    "doctor": _DOCTOR,
    "env_setup": _CHANGE,
    "env_tasks": _OWN,
    "fs_complete": _READ,
    "fs_list": _READ,
    "git_info": _READ,
    "hello": _OPEN,
    "ping": _OPEN,
    "profiles_clone": _CHANGE,
    "profiles_complete": _LEASE,
    "profiles_create": _CHANGE,
    "profiles_delete": _CHANGE,
    "profiles_env": _ENV,
    "profiles_inspect": _OWN,
    "profiles_list": _PROFILES,
    "profiles_plan": _OWN,
    "profiles_prepare": _START,
    "profiles_preview": _READ,
    "profiles_rename": _CHANGE,
    "profiles_run": _START,
    "profiles_set_key": _CHANGE,
    "profiles_update": _CHANGE,
    "providers_inspect": _OPEN,
    "providers_list": _OPEN,
    "relay_resume": _OPEN,  # only on the connection of the command that it goes on with
    "run_key": _OPEN,  # looks at who asks by itself: the run's own processes only
    "run_secrets": _OPEN,  # only on the connection that got the plan
    "run_started": _LEASE,
    "runs_list": _RUNS,
    "runs_pause": _CHANGE,
    "runs_resume": _CHANGE,
    "runs_stop": _CHANGE,
    "scripts_copy": _CHANGE,
    "scripts_list": _READ,
    "scripts_show": _READ,
    "scripts_test": _READ,
    "secrets_delete": _CHANGE,
    "secrets_list": _READ,
    "secrets_lock": _CHANGE,
    "secrets_move": _CHANGE,
    "secrets_passphrase": _CHANGE,
    "secrets_set": _CHANGE,
    "secrets_status": _READ,
    "secrets_unlock": _CHANGE,
    "shutdown": _CONTROL,
    "stats": _READ,
    "token_rotate": _CONTROL,
    "usage": _OWN_USAGE,
    "usage_export": _READ,
    "usage_import": _CHANGE,
    "usage_import_claude": _CHANGE,
    "usage_merge": _CHANGE,
    "usage_prices": _READ,
    "usage_report": _OWN_USAGE,
    "usage_verify": _READ,
}

COMMANDS: Final[Mapping[str, Rule]] = {
    "agents inspect": _OPEN,
    "agents install": _CHANGE,
    "agents list": _AGENTS,
    "agents refresh": _CHANGE,
    "agents set-path": _CHANGE,
    "agents uninstall": _CHANGE,
    "agents update": _CHANGE,
    "aliases install": _CHANGE,
    "aliases list": _PROFILES,
    "aliases uninstall": _CHANGE,
    "budget list": _BUDGETS,
    "budget rm": _CHANGE,
    "budget set": _CHANGE,
    "completion": _OPEN,
    "config edit": _CHANGE,
    "config get": _READ,
    "config list": _READ,
    "config path": _OPEN,
    "config set": _CHANGE,
    "config unset": _CHANGE,
    "daemon": _CONTROL,
    "daemon restart": _CONTROL,
    "daemon start": _OPEN,  # as every other command does by the way
    "daemon status": _OPEN,
    "daemon stop": _CONTROL,
    "daemon token rotate": _CONTROL,
    "demo": _CHANGE,
    "doctor": _DOCTOR,
    "env list": _OWN,
    "env setup": _CHANGE,
    "events": _READ,
    "help": _OPEN,
    "init": _CHANGE,
    "profiles clone": _CHANGE,
    "profiles create": _CHANGE,
    "profiles delete": _CHANGE,
    "profiles edit": _CHANGE,
    "profiles env": _ENV,
    "profiles exec": _START,
    "profiles inspect": _OWN,
    "profiles list": _PROFILES,
    "profiles plan": _OWN,
    "profiles rename": _CHANGE,
    "profiles run": _START,
    "profiles set": _CHANGE,
    "profiles set-key": _CHANGE,
    "providers inspect": _OPEN,
    "providers list": _OPEN,
    "runs list": _RUNS,
    "runs pause": _CHANGE,
    "runs resume": _CHANGE,
    "runs stop": _CHANGE,
    "scripts edit": _CHANGE,
    "scripts list": _READ,
    "scripts show": _READ,
    "scripts test": _READ,
    "secrets list": _READ,
    "secrets lock": _CHANGE,
    "secrets move": _CHANGE,
    "secrets passphrase": _CHANGE,
    "secrets rm": _CHANGE,
    "secrets set": _CHANGE,
    "secrets status": _READ,
    "secrets unlock": _CHANGE,
    "stats": _READ,
    "ui": _LETS_IN,
    "usage": _OWN_USAGE,
    "usage blocks": _OWN_USAGE,
    "usage branches": _OWN_USAGE,
    "usage daily": _OWN_USAGE,
    "usage export": _OWN_USAGE,
    "usage import": _CHANGE,
    "usage import-claude": _CHANGE,
    "usage merge": _CHANGE,
    "usage models": _OWN_USAGE,
    "usage monthly": _OWN_USAGE,
    "usage prices": _READ,
    "usage profiles": _OWN_USAGE,
    "usage projects": _OWN_USAGE,
    "usage sessions": _OWN_USAGE,
    "usage statusline": _OWN_USAGE,
    "usage unpriced": _OWN_USAGE,
    "usage verify": _READ,
    "usage weekly": _OWN_USAGE,
    "version": _OPEN,
}

# What HTTP answers beside requests.
STREAMS: Final[Mapping[str, Rule]] = {
    "/api/events": _READ,
    "/metrics": _READ,
    "/ws": _READ,
}
# The publish socket tells everything to everybody who follows it.
EVENTS: Final = _READ


def request_for(origin: Origin, request: R) -> R:
    """The request as it may be answered to who asks; raises FORBIDDEN."""
    tag = str(request.__struct_config__.tag)
    given = {name: getattr(request, name) for name in request.__struct_fields__}
    filled = _demand(origin, tag, REQUESTS.get(tag, _CONTROL), given)
    return msgspec.structs.replace(request, **filled) if filled else request


def reply_for(origin: Origin, request: Request, data: Any) -> Any:
    """What is answered: of a list only what concerns who asks."""
    rule = REQUESTS.get(str(request.__struct_config__.tag), _CONTROL)
    if origin.is_free or not rule.lists:
        return data
    return [each for each in data if origin.sees(getattr(each, rule.lists))]


def stream_for(origin: Origin, path: str) -> None:
    """Raise FORBIDDEN if the path is that of a stream which is not for who asks."""
    if path in STREAMS:
        _demand(origin, f"{path} over HTTP", STREAMS[path], {})


def rule_of(path: str) -> Rule:
    """What the command comes to."""
    return COMMANDS.get(path, _CONTROL)


def parameters_for(origin: Origin, path: str, given: Mapping[str, Any]) -> dict[str, str]:
    """What a command's parameters must be beside those given; raises FORBIDDEN."""
    return _demand(origin, f"ringlet {path}", rule_of(path), given)


def _demand(origin: Origin, what: str, rule: Rule, given: Mapping[str, Any]) -> dict[str, str]:
    try:
        return origin.demand(what, rule, given)
    except RingletError as error:
        _note(error.message)
        raise


@lru_cache(maxsize=256)
def _note(refusal: str) -> None:
    """Log it; an agent that tries the same over and over does not fill the log."""
    _log.warning("%s", refusal)
