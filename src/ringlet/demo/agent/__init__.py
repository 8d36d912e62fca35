"""A tiny coding agent, for a demonstration where no real one is installed.

It is configured as Claude Code is: ANTHROPIC_BASE_URL, ANTHROPIC_AUTH_TOKEN, ANTHROPIC_MODEL and
HOME. It speaks Anthropic Messages, so that it works with a real provider too.
"""

from __future__ import annotations

from ringlet.demo.agent.command import main

__all__ = ["main"]
