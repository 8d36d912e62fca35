"""How a profile's endpoint and model are chosen, and what may be a name."""

from __future__ import annotations

import pytest

from ringlet.domain.agents import Agent, AgentModels, ProfileRules
from ringlet.domain.errors import ErrorCode, RingletError
from ringlet.domain.names import check_alias, is_env_name, is_identifier
from ringlet.domain.profiles import (
    choose_endpoint,
    choose_model,
    key_name,
    key_reference,
    models_to_choose,
    secret_name,
)
from ringlet.domain.providers import Auth, Provider, ProviderModels, ProviderType
from ringlet.domain.secret import Secret

_AGENT = Agent(
    id="a",
    name="A",
    binary="a",
    profile=ProfileRules(source_home="~/.a/{alias}", script="a.rhai"),
    models=AgentModels(default="agent-model", supported=("agent-model", "short")),
)


def make_provider(
    kind: ProviderType = ProviderType.ANTHROPIC_COMPATIBLE,
    available: tuple[str, ...] = ("one", "two"),
    default: str | None = "one",
    env_key: str = "P_KEY",
) -> Provider:
    return Provider(
        id="p",
        name="P",
        type=kind,
        endpoints={"china": "https://china", "world": "https://world"},
        default_endpoint="world",
        auth=Auth(env_key=env_key),
        models=ProviderModels(available=available, default=default),
    )


@pytest.mark.parametrize(
    ("wanted", "chosen"), [(None, "world"), ("default", "world"), ("china", "china")]
)
def test_the_endpoint_asked_for_else_the_default(wanted: str | None, chosen: str) -> None:
    assert choose_endpoint(make_provider(), wanted) == chosen


def test_an_unknown_endpoint_names_the_known_ones() -> None:
    with pytest.raises(RingletError) as caught:
        choose_endpoint(make_provider(), "mars")
    assert caught.value.code is ErrorCode.INVALID_ENDPOINT
    assert "china, world" in caught.value.hint


def test_an_explicit_model_beats_the_provider_s_default_which_beats_the_agent_s() -> None:
    provider, bare = make_provider(), make_provider(available=(), default=None)
    assert choose_model(_AGENT, provider, "two", force=False) == "two"
    assert choose_model(_AGENT, provider, None, force=False) == "one"
    assert choose_model(_AGENT, bare, None, force=False) == "agent-model"
    assert choose_model(_AGENT, bare, "anything", force=False) == "anything"


def test_a_model_has_to_be_named_where_the_provider_does_not_list_the_agent_s() -> None:
    undecided = make_provider(default=None)
    assert models_to_choose(_AGENT, undecided) == ("one", "two")
    with pytest.raises(RingletError) as caught:
        choose_model(_AGENT, undecided, None, force=False)
    assert caught.value.code is ErrorCode.UNKNOWN_MODEL
    assert "one, two" in caught.value.hint
    for decided, model in (
        (make_provider(default=None, available=("one",)), "one"),
        (make_provider(default=None, available=("one", "agent-model")), "agent-model"),
        (make_provider(ProviderType.ANTHROPIC, default=None), "agent-model"),
    ):
        assert models_to_choose(_AGENT, decided) == ()
        assert choose_model(_AGENT, decided, None, force=False) == model


def test_an_unlisted_model_is_an_error_unless_forced() -> None:
    with pytest.raises(RingletError) as caught:
        choose_model(_AGENT, make_provider(), "three", force=False)
    assert caught.value.code is ErrorCode.UNKNOWN_MODEL
    assert "one, two" in caught.value.hint
    assert choose_model(_AGENT, make_provider(), "three", force=True) == "three"


def test_short_names_of_the_agent_count_only_with_the_maker_of_the_models() -> None:
    maker = make_provider(ProviderType.ANTHROPIC)
    assert choose_model(_AGENT, maker, "short", force=False) == "short"
    with pytest.raises(RingletError):
        choose_model(_AGENT, make_provider(), "short", force=False)


def test_keys_are_referred_to_by_provider_and_alias() -> None:
    assert key_name(make_provider()) == "P_KEY"
    assert key_name(make_provider(env_key="")) == "RINGLET_API_KEY"
    assert key_reference(make_provider(), "work") == "$KEYCHAIN:p-work"
    assert secret_name("p", "work") == "p-work"


@pytest.mark.parametrize("alias", ["a", "A-1_b", "x" * 64])
def test_an_alias_is_ascii_letters_digits_dash_and_underscore(alias: str) -> None:
    assert check_alias(alias) == alias


@pytest.mark.parametrize(
    "alias", ["", "-a", "_a", "a/b", "..", "a b", "ü", "x" * 65, "a\n", "a\x1b[31m"]
)
def test_anything_else_is_no_alias(alias: str) -> None:
    with pytest.raises(RingletError) as caught:
        check_alias(alias)
    assert "\x1b" not in caught.value.message


def test_identifiers_and_variable_names() -> None:
    assert is_identifier("z-ai_2")
    assert not is_identifier("Z")
    assert is_env_name("_A1")
    assert not is_env_name("1A")
    assert not is_env_name("A-B")


def test_a_secret_shows_itself_only_when_asked() -> None:
    secret = Secret("sk-0123456789abcdef")
    assert "0123" not in f"{secret} {secret!r}"
    assert secret.reveal() == "sk-0123456789abcdef"
    assert secret.masked() == "****cdef"
    assert Secret("short").masked() == "****"
    assert secret == Secret("sk-0123456789abcdef")
    assert secret != Secret("other")
    assert not Secret("")
