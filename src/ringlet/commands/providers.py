"""`ringlet providers`: the API back ends that profiles can use."""

from __future__ import annotations

import click

from ringlet.commands.session import Session
from ringlet.commands.tree import Group, examples


@click.group("providers", cls=Group)
def group() -> None:
    """See the providers that profiles can use."""


@group.command("list", epilog=examples("ringlet providers list"))
@click.pass_obj
async def list_providers(session: Session) -> None:
    """List all known providers."""
    found = session.use.providers.all()
    rows = [(p.id, p.name, p.provider_type, p.default_model or "-") for p in found]
    heads = ("ID", "Name", "Type", "Default Model")
    session.show(found, lambda: session.table(heads, rows, empty="No providers are known."))
    session.notes(f"Left out: {problem}" for problem in session.use.providers.problems)


@group.command("inspect", epilog=examples("ringlet providers inspect minimax"))
@click.argument("provider_id")
@click.pass_obj
async def inspect(session: Session, provider_id: str) -> None:
    """Show one provider: endpoints, models, how it takes its key."""
    provider = session.use.providers.inspect(provider_id)
    endpoints = [
        f"{e.id}: {e.url or '(of the agent itself)'}{' (default)' if e.is_default else ''}"
        for e in provider.endpoints
    ]
    session.show(
        provider,
        lambda: session.facts(
            ("ID", provider.id),
            ("Name", provider.name),
            ("Type", provider.provider_type),
            ("Speaks", ", ".join(provider.apis)),
            *(("Endpoint", endpoint) for endpoint in endpoints),
            ("Key Variable", provider.auth_env_key),
            ("Key Required", "yes" if provider.auth_required else "no"),
            ("Models", ", ".join(provider.models) or "any"),
            ("Default Model", provider.default_model or ""),
            ("Manifest", provider.source),
        ),
    )
