"""What commands ask of people: keys and other values, on the terminal or by options."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import click

from ringlet.commands.session import Session
from ringlet.domain.errors import ErrorCode, RingletError
from ringlet.domain.names import is_secret_name
from ringlet.domain.providers import Provider
from ringlet.domain.secret import Secret
from ringlet.engine.drafts import Draft

if TYPE_CHECKING:
    from ringlet.domain.agents import Agent


async def ask_key(
    session: Session,
    provider: Provider,
    *,
    from_stdin: bool,
    reuse_of: str | None = None,
    offer: str | None = None,
) -> Secret | None:
    """The key from the standard input, of another profile, or from a prompt if one is needed.

    At the prompt an empty answer takes the key of the profile `offer`, if there is one to offer.
    """
    if from_stdin:
        return await read_key(session)
    if reuse_of is not None:
        return await session.use.keys.of(reuse_of, provider)
    if not provider.auth.required:
        return None
    question = provider.auth.prompt or "Enter API key"
    if offer is not None:
        question += f" (Enter alone: the key of profile {offer})"
    hint = "Pipe the key in with --api-key-stdin, or take one with --reuse-key-of ALIAS."
    answer = await session.caller.prompt_secret(question, hint=hint)
    if not answer and offer is not None:
        return await session.use.keys.of(offer, provider)
    return answer


async def read_key(session: Session) -> Secret:
    """The one line of the standard input."""
    text = (await session.caller.read_stdin()).strip()
    if not text or "\n" in text:
        raise RingletError(
            ErrorCode.INVALID_REQUEST, "The standard input did not hold one line with a key"
        )
    return Secret(text)


async def given_variables(session: Session, given: Iterable[str]) -> dict[str, str | Secret]:
    """Variables from `NAME=VALUE`, or from `NAME` alone: the value that the caller has or types."""
    found: dict[str, str | Secret] = {}
    for item in given:
        name, equals, value = item.partition("=")
        if not equals:
            found[name] = session.caller.invocation.environ.get(name) or await _ask(session, name)
        elif is_secret_name(name) and value and not value.startswith("$"):
            raise click.UsageError(
                f"A secret given as an argument can be read by every program on this machine: "
                f"say {name} alone, and its value comes from your environment or a prompt."
            )
        else:
            found[name] = value
    return found


async def ask_variables(
    session: Session, agent: Agent, given: dict[str, str | Secret]
) -> dict[str, str | Secret]:
    """The variables of the agent's manifest that were not given; optional ones may stay empty.

    Without a terminal nothing is asked: what is missing is refused later, by name.
    """
    asked: dict[str, str | Secret] = {}
    if not session.caller.invocation.interactive:
        return asked
    required, optional = agent.profile.required_env, agent.profile.optional_env
    for name in (n for n in (*required, *optional) if n not in given):
        question = f"{name} for {agent.name}"
        question += "" if name in required else " (optional)"
        if value := await _ask(session, name, question):
            asked[name] = value
    return asked


async def _ask(session: Session, name: str, question: str = "") -> str | Secret:
    """The value of a variable, from a prompt; without echo if it sounds like a secret."""
    hint = f"Give it a value with {name}=VALUE, or set it before you name it."
    if is_secret_name(name):
        return await session.caller.prompt_secret(question or name, hint=hint)
    return (await session.caller.prompt(question or name, hint=hint)).strip()


async def choose(
    session: Session, title: str, options: Sequence[tuple[str, str]], *, default: str, hint: str
) -> str:
    """One of the options, each a word and what it means; by number, by word, or by Enter."""
    words = [word for word, _ in options]
    session.caller.note(title)
    longest = max(len(word) for word in words)
    for number, (word, meaning) in enumerate(options, 1):
        session.caller.note(f"  {number:2}  {word:<{longest}}  {meaning}".rstrip())
    while True:
        answer = (await session.caller.prompt(f"Number or name [{default}]", hint=hint)).strip()
        if not answer:
            return default
        if answer in words:
            return answer
        if answer.isdecimal() and 0 < int(answer) <= len(words):
            return words[int(answer) - 1]
        session.caller.note(f"{answer!r} is none of them.")


async def ask_model(session: Session, draft: Draft) -> Draft:
    """The draft with a model, if it needs one that no manifest names and somebody can answer."""
    options = session.change.creation.models_to_choose(draft)
    if not options or not session.caller.invocation.interactive:
        return draft
    models = [(name, "") for name in options]
    model = await choose(
        session, "Which model?", models, default=options[0], hint="Name one with --model."
    )
    return replace(draft, model=model)


async def confirm(session: Session, question: str, *, default: bool, hint: str) -> bool:
    """Yes or no; Enter alone is the default."""
    choices = "[Y/n]" if default else "[y/N]"
    answer = (await session.caller.prompt(f"{question} {choices}", hint=hint)).strip().lower()
    return default if not answer else answer in ("y", "yes")
