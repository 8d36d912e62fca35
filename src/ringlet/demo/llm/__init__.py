"""A model provider on the loopback: free, offline, deterministic, and scripted by the prompt.

It speaks Anthropic Messages, OpenAI Chat Completions, OpenAI Responses and Google's Gemini API
well enough for the real agents. `ringlet.demo.llm.directives` describes how a prompt tells it what
to do.
"""

from __future__ import annotations

from ringlet.demo.llm.seen import Seen
from ringlet.demo.llm.server import LoopbackModel
from ringlet.demo.llm.usage import Usage

__all__ = ["LoopbackModel", "Seen", "Usage"]
