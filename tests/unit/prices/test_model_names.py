"""Which entry a model's name means."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringlet.domain.model_names import ModelNames

LISTED = [
    "claude-opus-4-8", "claude-opus-4-20250514", "claude-haiku-4-5", "claude-haiku-4-5-20251001",
    "anthropic.claude-opus-4-8", "us.anthropic.claude-opus-4-8", "vertex_ai/claude-opus-4-8",
    "gpt-5", "gpt-5-pro", "gpt-5.5", "gpt-5-codex", "azure/gpt-5.5", "o3",
    "zai/glm-5", "deepinfra/zai-org/GLM-5", "minimax/MiniMax-M2", "openrouter/openai/gpt-5.5",
    "gemini/gemini-3-pro-preview", "together_ai/only-here-1",
    "gpt-5-nano-2025-08-07", "gpt-5-nano-2025-11-01", "chat-latest",
    "eu.anthropic.claude-sonnet-9-20260101-v1:0", "azure/gpt-4.2-2026-01-01",
]  # fmt: skip
NAMES = ModelNames(LISTED)


@pytest.mark.parametrize("name", LISTED)
def test_a_listed_name_means_its_own_entry(name: str) -> None:
    assert NAMES.find(name) == name


@pytest.mark.parametrize(
    ("model", "entry"),
    [
        ("claude-opus-4.8", "claude-opus-4-8"),
        ("Claude-Opus-4_8", "claude-opus-4-8"),
        ("claude-opus-4-8[1m]", "claude-opus-4-8"),
        ("claude-opus-4-8-20260401", "claude-opus-4-8"),
        ("claude-opus-4-8@20260401", "claude-opus-4-8"),
        ("claude-opus-4-8@default", "claude-opus-4-8"),
        ("claude-opus-4-8-latest", "claude-opus-4-8"),
        ("anthropic/claude-opus-4.8", "claude-opus-4-8"),
        ("openrouter/anthropic/claude-opus-4.8", "claude-opus-4-8"),
        ("us.anthropic.claude-opus-4-8-v1:0", "us.anthropic.claude-opus-4-8"),
        ("eu.anthropic.claude-opus-4-8-20260401-v1:0", "anthropic.claude-opus-4-8"),
        (
            "arn:aws:bedrock:us-east-1:1:inference-profile/us.anthropic.claude-opus-4-8",
            "us.anthropic.claude-opus-4-8",
        ),
        ("claude-opus-4", "claude-opus-4-20250514"),
        ("anthropic/claude-opus-4-latest", "claude-opus-4-20250514"),
        ("gpt-5-nano", "gpt-5-nano-2025-11-01"),
        ("openai/gpt-5-nano", "gpt-5-nano-2025-11-01"),
        ("gpt-5-nano-2025-08-07", "gpt-5-nano-2025-08-07"),
        ("eu.anthropic.claude-sonnet-9", "eu.anthropic.claude-sonnet-9-20260101-v1:0"),
        ("claude-haiku-4-5@20251001", "claude-haiku-4-5-20251001"),
        ("gpt-5.5-2026-04-23", "gpt-5.5"),
        ("glm-5", "zai/glm-5"),
        ("GLM-5", "zai/glm-5"),
        ("minimax-m2", "minimax/MiniMax-M2"),
        ("gemini-3-pro-preview", "gemini/gemini-3-pro-preview"),
        ("models/gemini-3-pro-preview", "gemini/gemini-3-pro-preview"),
        ("team-gateway-claude-opus-4-8", "claude-opus-4-8"),
        ("gpt-5-codex-internal", "gpt-5-codex"),
    ],
)
def test_another_spelling_means_the_same_entry(model: str, entry: str) -> None:
    assert NAMES.find(model) == entry


@pytest.mark.parametrize(
    "model",
    [
        "claude-opus-4-9", "claude-opus-4-0", "claude-opus-4-8-1", "gpt-5.4", "gpt-5-4", "gpt-50",
        "gpt-5-mini", "gpt-5.5-pro", "gpt-5-codex-max", "claude-opus-4-8-fast", "o33", "o3-deep",
        "only-here-1", "claude", "chat", "claude-sonnet", "gpt-4.2", "gpt-5-nano-2",
        "opus", "5", "", "-", "/", "unheard-of", "x" * 1000,
    ],
)  # fmt: skip
def test_another_version_or_model_means_no_entry(model: str) -> None:
    assert NAMES.find(model) is None


def test_the_entry_of_the_provider_comes_first() -> None:
    assert NAMES.find("gpt-5.5", "azure") == "azure/gpt-5.5"
    assert NAMES.find("claude-opus-4-8", "vertex_ai") == "vertex_ai/claude-opus-4-8"
    assert NAMES.find("claude-opus-4-8", "anthropic") == "claude-opus-4-8"
    assert NAMES.find("openai/gpt-5.5", "openrouter") == "openrouter/openai/gpt-5.5"


@given(st.text(max_size=40) | st.sampled_from(LISTED).map(lambda name: f"x-{name}.y"))
def test_the_answer_is_the_same_in_whatever_order_the_list_is(model: str) -> None:
    assert ModelNames(reversed(LISTED)).find(model) == NAMES.find(model)
