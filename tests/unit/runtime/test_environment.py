from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from ringlet.domain.agents import Agent, ProfileRules
from ringlet.domain.agents import Environment as Surroundings
from ringlet.domain.errors import RingletError
from ringlet.domain.secret import Secret
from ringlet.runtime.environment import Environment, build

HOME = Path("/profiles/work")
REAL_HOME = Path("/home/ada")

FOREIGN = {
    "OPENAI_API_KEY": "sk-foreign",
    "ANTHROPIC_API_KEY": "sk-foreign",
    "ANTHROPIC_AUTH_TOKEN": "sk-foreign",
    "ANTHROPIC_BASE_URL": "http://foreign",
    "ANTHROPIC_CUSTOM_HEADERS": "x: y",
    "OPENROUTER_API_KEY": "sk-foreign",
    "GROK_API_KEY": "sk-foreign",
    "MORPH_API_KEY": "sk-foreign",
    "AWS_SECRET_ACCESS_KEY": "foreign",
    "GH_TOKEN": "foreign",
    "CLAUDECODE": "1",
    "CLAUDE_CODE_ENTRYPOINT": "cli",
    "CLAUDE_CONFIG_DIR": "/home/ada/.claude",
    "CODEX_HOME": "/home/ada/.codex",
    "OPENCODE_CONFIG": "/home/ada/opencode.json",
    "FACTORY_HOME_OVERRIDE": "/home/ada",
    "XDG_CONFIG_HOME": "/home/ada/.config",
    "XDG_DATA_HOME": "/home/ada/.local/share",
    "XDG_STATE_HOME": "/home/ada/.local/state",
    "XDG_CACHE_HOME": "/home/ada/.cache",
    "XDG_CONFIG_DIRS": "/home/ada/xdg",
    "LD_PRELOAD": "/home/ada/evil.so",
    "LD_LIBRARY_PATH": "/home/ada/lib",
    "DYLD_INSERT_LIBRARIES": "/home/ada/evil.dylib",
    "PYTHONPATH": "/home/ada/python",
    "NODE_OPTIONS": "--require /home/ada/evil.js",
    "BASH_ENV": "/home/ada/evil.sh",
    "GIT_DIR": "/home/ada/project/.git",
    "SSH_CONNECTION": "10.0.0.1 22 10.0.0.2 22",
    "COLUMNS": "80",
    "LINES": "24",
    "PWD": "/home/ada",
    "RINGLET_RUN_ID": "outer",
    "RINGLET_CONFIG_DIR": "/elsewhere",
    "CLOWN_CONFIG_DIR": "/elsewhere",
    "HOME": "/home/ada",
}


def _agent(set: dict[str, str] | None = None, passthrough: tuple[str, ...] = ()) -> Agent:
    return Agent(
        id="tester",
        name="Tester",
        binary="tester",
        profile=ProfileRules(source_home="~/.tester", script="tester.rhai"),
        environment=Surroundings(set=set or {}, passthrough=passthrough),
    )


def _build(
    caller: Mapping[str, str] | None = None,
    *,
    agent: Agent | None = None,
    produced: Mapping[str, str | Secret] | None = None,
    own: Mapping[str, str | Secret] | None = None,
    bridges: Mapping[str, str] | None = None,
    locations: Mapping[str, str] | None = None,
) -> Environment:
    return build(
        caller=caller or {},
        agent=agent or _agent(),
        home=HOME,
        real_home=REAL_HOME,
        produced=produced or {},
        own=own or {},
        bridges=bridges or {},
        locations=locations or {},
        run_id="inner",
    )


def test_nothing_of_the_caller_leaks() -> None:
    revealed = _build(FOREIGN | {"PATH": "/bin"}).reveal()

    assert revealed == {
        "PATH": "/bin",
        "HOME": "/profiles/work",
        "XDG_CONFIG_HOME": "/profiles/work/.config",
        "XDG_DATA_HOME": "/profiles/work/.local/share",
        "XDG_STATE_HOME": "/profiles/work/.local/state",
        "XDG_CACHE_HOME": "/profiles/work/.cache",
        "RINGLET_USER_HOME": "/home/ada",
        "RINGLET_RUN_ID": "inner",
    }


def test_what_a_terminal_and_a_network_need_passes() -> None:
    caller = {
        "TERM": "xterm-256color",
        "LC_CTYPE": "C.UTF-8",
        "TZ": "Europe/Paris",
        "NO_COLOR": "",
        "https_proxy": "http://proxy:3128",
        "SSL_CERT_FILE": "/etc/ca.pem",
        "XDG_RUNTIME_DIR": "/run/user/1000",
        "TMPDIR": "/tmp/ada",
    }

    assert caller.items() <= _build(caller).plain.items()


def test_the_manifest_lets_named_variables_through() -> None:
    agent = _agent(passthrough=("AWS_REGION",))

    assert _build({"AWS_REGION": "eu-west-1"}, agent=agent).plain["AWS_REGION"] == "eu-west-1"


@pytest.mark.parametrize(
    "name",
    ["OPENAI_API_KEY", "GH_TOKEN", "AWS_ACCESS_KEY_ID", "XAI_APIKEY", "DB_PASSWORD", "token"],
)
def test_no_manifest_lets_a_credential_through(name: str) -> None:
    environment = _build({name: "foreign"}, agent=_agent(passthrough=(name,)))

    assert name not in environment.reveal()


def test_no_manifest_lets_the_outer_run_through() -> None:
    caller = {"HOME": "/home/ada", "RINGLET_CONFIG_DIR": "/elsewhere"}
    environment = _build(caller, agent=_agent(passthrough=("HOME", "RINGLET_CONFIG_DIR")))

    assert environment.plain["HOME"] == "/profiles/work"
    assert "RINGLET_CONFIG_DIR" not in environment.plain


def test_the_manifest_sets_variables_below_the_home() -> None:
    environment = _build(agent=_agent({"CODEX_HOME": "{home}/.codex"}))

    assert environment.plain["CODEX_HOME"] == "/profiles/work/.codex"


def test_later_layers_win() -> None:
    agent = _agent({"A": "set", "B": "set", "C": "set", "D": "set"}, passthrough=("A",))
    environment = _build(
        {"A": "caller"},
        agent=agent,
        bridges={"B": "bridge", "C": "bridge", "D": "bridge"},
        produced={"C": "script", "D": "script"},
        own={"D": "user"},
    )

    found = {name: environment.plain[name] for name in "ABCD"}
    assert found == {"A": "set", "B": "bridge", "C": "script", "D": "user"}


def test_neither_script_nor_user_can_move_home_or_the_way_back_to_ringlet() -> None:
    ours = {
        "HOME": "x",
        "RINGLET_RUN_ID": "x",
        "RINGLET_USER_HOME": "x",
        "RINGLET_CONFIG_DIR": "x",
    }
    environment = _build(produced=ours, own=ours, locations={"RINGLET_CONFIG_DIR": "/config"})

    assert {name: environment.plain[name] for name in ours} == {
        "HOME": "/profiles/work",
        "RINGLET_RUN_ID": "inner",
        "RINGLET_USER_HOME": "/home/ada",
        "RINGLET_CONFIG_DIR": "/config",
    }


def test_x_programs_find_their_cookie_in_the_real_home() -> None:
    assert _build({"DISPLAY": ":0"}).plain["XAUTHORITY"] == "/home/ada/.Xauthority"
    assert _build({"DISPLAY": ":0", "XAUTHORITY": "/run/x"}).plain["XAUTHORITY"] == "/run/x"
    assert "XAUTHORITY" not in _build().plain


def test_secrets_are_only_revealed_on_purpose() -> None:
    environment = _build(own={"API_KEY": Secret("sk-very-secret")})

    assert environment.secret_names == {"API_KEY"}
    assert "API_KEY" not in environment.plain
    assert environment.reveal()["API_KEY"] == "sk-very-secret"
    assert "sk-very-secret" not in repr(environment) + str(environment)
    assert "API_KEY" in repr(environment)


def test_a_proxy_with_a_password_is_a_secret() -> None:
    environment = _build({"HTTPS_PROXY": "http://ada:pw@proxy:3128", "NO_PROXY": "localhost"})

    assert environment.secret_names == {"HTTPS_PROXY"}
    assert environment.reveal()["HTTPS_PROXY"] == "http://ada:pw@proxy:3128"
    assert environment.plain["NO_PROXY"] == "localhost"


def test_an_environment_cannot_be_changed() -> None:
    with pytest.raises(TypeError):
        _build().values["HOME"] = "/home/ada"  # type: ignore[index]  # the point of the test


@pytest.mark.parametrize("name", ["", "A=B", "1A", "A B", "A\nB", "Ä"])
def test_a_name_that_no_environment_can_hold_is_refused(name: str) -> None:
    with pytest.raises(RingletError, match="not the name"):
        _build(own={name: "value"})


@pytest.mark.parametrize("value", ["a\0b", Secret("a\0b")])
def test_a_nul_is_refused_without_showing_the_value(value: str | Secret) -> None:
    with pytest.raises(RingletError) as caught:
        _build(produced={"KEY_NAME": value})
    assert "KEY_NAME" in caught.value.message
    assert "a\0b" not in caught.value.message + caught.value.hint
