"""Whatever a command does, a request can: the command tree against the table of requests."""

from __future__ import annotations

from ringlet.commands.manual import leaves
from ringlet.commands.root import cli
from ringlet.daemon.handlers import ENTRIES

# The requests that together do what a command does.
REQUESTS = {
    "agents inspect": "agents_inspect",
    "agents install": "agents_install",
    "agents list": "agents_list",
    "agents refresh": "agents_list",
    "agents set-path": "agents_set_path",
    "agents uninstall": "agents_uninstall",
    "agents update": "agents_install",
    "aliases install": "aliases_install",
    "aliases list": "aliases_list",
    "aliases uninstall": "aliases_uninstall",
    "budget list": "budgets_list",
    "budget rm": "budgets_remove",
    "budget set": "budgets_set",
    "config edit": "config_list config_set config_unset",
    "config get": "config_list",
    "config list": "config_list",
    "config path": "daemon_status",
    "config set": "config_set",
    "config unset": "config_unset",
    "daemon start": "daemon_adjust",  # of one that runs; else nobody is there to be asked
    "daemon status": "daemon_status",
    "daemon stop": "shutdown",
    "daemon token rotate": "token_rotate",
    "demo": "profiles_create profiles_prepare",
    "doctor": "doctor",
    "env list": "env_tasks",
    "env setup": "env_setup",
    "init": "agents_list providers_list profiles_create config_adopt",
    "profiles clone": "profiles_clone",
    "profiles create": "profiles_create profiles_preview",
    "profiles delete": "profiles_delete",
    "profiles edit": "profiles_inspect profiles_update",
    "profiles env": "profiles_env",
    "profiles exec": "profiles_prepare run_secrets run_started profiles_complete",
    "profiles inspect": "profiles_inspect",
    "profiles list": "profiles_list",
    "profiles plan": "profiles_plan",
    "profiles rename": "profiles_rename",
    "profiles run": "profiles_prepare run_secrets run_started profiles_complete profiles_run",
    "profiles set": "profiles_update",
    "profiles set-key": "profiles_set_key",
    "providers inspect": "providers_inspect",
    "providers list": "providers_list",
    "runs list": "runs_list",
    "runs pause": "runs_pause",
    "runs resume": "runs_resume",
    "runs stop": "runs_stop",
    "scripts edit": "scripts_copy scripts_test",
    "scripts list": "scripts_list",
    "scripts show": "scripts_show",
    "scripts test": "scripts_test",
    "secrets list": "secrets_list",
    "secrets lock": "secrets_lock",
    "secrets move": "secrets_move",
    "secrets passphrase": "secrets_passphrase",
    "secrets rm": "secrets_delete",
    "secrets set": "secrets_set",
    "secrets status": "secrets_status",
    "secrets unlock": "secrets_unlock",
    "stats": "stats",
    "ui": "access_code",
    "usage": "usage",
    **{
        f"usage {name}": "usage_report"
        for name in (
            "blocks", "branches", "daily", "models", "monthly", "profiles", "projects",
            "sessions", "statusline", "unpriced", "weekly",
        )
    },
    "usage export": "usage_export usage_report",
    "usage import": "usage_import",
    "usage import-claude": "usage_import_claude",
    "usage merge": "usage_merge",
    "usage prices": "usage_prices",
    "usage verify": "usage_verify",
    "version": "hello",
}  # fmt: skip
CLIENT_ONLY = {
    "completion": "prints a script that is part of the package",
    "daemon": "is the daemon",
    "daemon restart": "a daemon cannot start the next one",
    "events": "the events socket has a protocol of its own",
    "help": "tells of commands, not of state",
}


def test_every_command_has_its_requests_or_a_reason_why_not() -> None:
    commands = {" ".join(path) for path, _ in leaves(cli)}
    assert commands == REQUESTS.keys() | CLIENT_ONLY.keys()
    assert not REQUESTS.keys() & CLIENT_ONLY.keys()


def test_the_requests_that_commands_rely_on_exist() -> None:
    named = {tag for tags in REQUESTS.values() for tag in tags.split()}
    assert named - ENTRIES.keys() == set()


def test_every_request_is_part_of_a_command_or_for_programs_only() -> None:
    named = {tag for tags in REQUESTS.values() for tag in tags.split()}
    for_programs = {
        "access_redeem",  # a browser's part of `ui`
        "fs_complete",
        "fs_list",
        "git_info",
        "ping",
        "run_key",  # what a key helper asks
    }
    assert ENTRIES.keys() - named == for_programs
