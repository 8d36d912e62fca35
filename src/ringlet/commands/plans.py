"""How plans of profiles are shown to people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ringlet.domain import shell_words

if TYPE_CHECKING:
    from ringlet.domain.rights import AgentRights
    from ringlet.wire.replies.profiles import ProfilePlan

_RIGHTS: Final[dict[AgentRights, str]] = {
    "self": "ask Ringlet about this profile only",
    "read": "ask Ringlet about everything but secrets",
    "full": "ask of Ringlet whatever you may",
}


def describe(plan: ProfilePlan) -> list[str]:
    """Program, files as diffs, variables; secrets by name only."""
    command = shell_words.join([plan.binary, *plan.args])
    lines = [
        f"Profile {plan.alias}: {plan.agent_id} with {plan.provider_id} ({plan.endpoint_id}), "
        f"model {plan.model or 'of its own choice'}",
        f"Runs      {command}",
        f"In        {plan.working_dir}",
        f"At home   {plan.home}",
        f"May       {_RIGHTS[plan.agent_rights]} (agent rights: {plan.agent_rights})",
        *(f"Warning   {warning}" for warning in plan.warnings),
        "",
        "Files     " + ("" if plan.files else "as they are"),
    ]
    for file in plan.files:
        lines += file.diff.rstrip("\n").split("\n")
    lines += ["", "Variables", *(f"  {name}={value}" for name, value in plan.env.items())]
    lines += [f"  {name} (secret, not shown)" for name in plan.secret_env]
    return lines
