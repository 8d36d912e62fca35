"""config.toml: read, changed, never spoiled."""

from __future__ import annotations

import tomllib
from asyncio import run
from pathlib import Path

import msgspec
import pytest

from ringlet.domain.errors import ErrorCode, RingletError
from ringlet.domain.settings import Settings
from ringlet.engine.config import Config, template
from ringlet.engine.settings import CurrentSettings, parse_settings
from ringlet.store.settings import load_settings

_TEXT = """\
# My settings.
[daemon]
http_port = 9000   # behind the proxy

[hooks]
  auto_lint = true
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "config.toml"


@pytest.fixture
def config(path: Path) -> Config:
    return Config(path=path, current=CurrentSettings(path))


def refusal(config: Config, name: str, value: str) -> RingletError:
    with pytest.raises(RingletError) as caught:
        run(config.set(name, value))
    return caught.value


def test_a_change_keeps_comments_layout_and_all_else(config: Config, path: Path) -> None:
    path.write_text(_TEXT)
    run(config.set("daemon.http_port", "0"))
    run(config.set("defaults.provider", "minimax"))
    expected = _TEXT.replace("9000", "0") + '\n[defaults]\nprovider = "minimax"\n'
    assert path.read_text() == expected
    run(config.unset("hooks.auto_lint"))
    assert path.read_text() == expected.replace("  auto_lint = true\n", "")
    assert path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("key", "text", "value"),
    [
        ("daemon.http", "false", False),
        ("daemon.idle_timeout_secs", "12.5", 12.5),
        ("daemon.log_level", "debug", "debug"),
        ("defaults.provider", "123", "123"),
        ("defaults.bin_dir", "~/my bin", "~/my bin"),
        ("isolation.disabled_bridges", "docker, gh", ["docker", "gh"]),
        ("isolation.disabled_bridges", "docker", ["docker"]),
        ("workspace.roots", '["~/src", "/srv"]', ["~/src", "/srv"]),
        ("custom.depth", "3", 3),
        ("custom.name", "plain text", "plain text"),
        ("mcp_servers.github_token", "$KEYCHAIN:github", "$KEYCHAIN:github"),
        ("hooks.custom.Stop", '[{ command = "say done" }]', [{"command": "say done"}]),
    ],
)
def test_a_value_is_taken_for_what_its_key_takes(
    config: Config, path: Path, key: str, text: str, value: object
) -> None:
    run(config.set(key, text))
    found: object = tomllib.loads(path.read_text())
    for part in key.split("."):
        assert isinstance(found, dict)
        found = found[part]
    assert found == value


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("daemon.http_port", "99999", "from 0 to 65535"),
        ("daemon.http", "maybe", "true or false"),
        ("daemon.log_level", "loud", "debug, error, info, warning"),
        ("hooks.custom.Stop", "[]x", "a table"),
        ("daemon", "3", "There is no setting"),
    ],
)
def test_a_wrong_value_is_refused_and_says_what_is_right(
    config: Config, path: Path, key: str, value: str, said: str
) -> None:
    error = refusal(config, key, value)
    assert error.code is ErrorCode.INVALID_REQUEST
    assert said in error.message
    assert not path.exists()


def test_an_unknown_key_is_refused_with_the_nearest_one(config: Config) -> None:
    error = refusal(config, "daemon.http_prot", "1")
    assert "daemon.http_port" in error.hint


def test_a_secret_is_not_taken_from_the_command_line_nor_shown(config: Config, path: Path) -> None:
    error = refusal(config, "mcp_servers.github_token", "ghp_0123456789")
    assert "ghp_" not in error.message + error.hint
    path.write_text(
        '[mcp_servers]\ngithub_token = "ghp_0123456789"\n'
        '[mcp_servers.custom.a]\ncommand = "x"\nenv = { A_TOKEN = "t0k3n", B = "b" }\n'
    )
    shown = repr(run(config.all()))
    assert "ghp_" not in shown
    assert "t0k3n" not in shown
    assert "'B': 'b'" in shown


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[daemon]\nhttp_port = \n", ":2:"),
        ("[daemon]\n\nhttp_prot = 1\nlog = 2\n", ":3: daemon.http_prot"),
        ("[deamon]\nhttp = true\n", ":1: deamon"),
        ('[daemon]\nhttp = "yes"\n', ":2: daemon.http"),
        ("daemon = 3\n", ":1: daemon"),
    ],
)
def test_a_file_that_is_not_right_is_told_by_line_and_never_replaced(
    config: Config, path: Path, text: str, said: str
) -> None:
    path.write_text(text)
    error = refusal(config, "defaults.provider", "minimax")
    assert f"{path}{said}" in error.message
    with pytest.raises(RingletError):
        run(config.replace(text.encode(), b"[deamon]\n"))
    assert path.read_text() == text


def test_all_unknown_keys_are_told_and_each_can_be_taken_out(config: Config, path: Path) -> None:
    path.write_text("[daemon]\nhttp_prot = 1\n[defaults]\nprovder = 'x'\n")
    with pytest.raises(RingletError) as caught:
        parse_settings(path, path.read_bytes())
    assert "did you mean 'daemon.http_port'?" in caught.value.message
    assert ":4: defaults.provder: this key is not known" in caught.value.message
    path.write_text("[daemon]\nhttp_prot = 1\nhttp = false\n")
    run(config.unset("daemon.http_prot"))
    assert path.read_text() == "[daemon]\nhttp = false\n"


def test_the_settings_follow_the_file_and_survive_a_wrong_one(config: Config, path: Path) -> None:
    current = CurrentSettings(path)
    assert current().daemon.http_port == 8765
    run(config.set("daemon.http_port", "9000"))
    assert current().daemon.http_port == 9000
    path.write_text("[daemon\n")
    assert current().daemon.http_port == 9000
    assert f"{path}:1" in current.problem
    path.unlink()
    assert current() == Settings()
    assert current.problem == ""


@pytest.mark.parametrize("text", [_TEXT, "\ufeff" + _TEXT, _TEXT.replace("\n", "\r\n"), ""])
def test_the_daemon_starts_with_the_same_settings_that_count_later(path: Path, text: str) -> None:
    path.write_bytes(text.encode())
    assert load_settings(path) == (CurrentSettings(path)(), None)


def test_a_link_to_a_file_of_dotfiles_stays_a_link(
    config: Config, path: Path, tmp_path: Path
) -> None:
    meant = tmp_path / "dotfiles" / "ringlet.toml"
    meant.parent.mkdir()
    meant.write_text(_TEXT)
    path.symlink_to(meant)
    run(config.set("daemon.http_port", "1"))
    assert path.is_symlink()
    assert "http_port = 1 " in meant.read_text()


def test_an_edited_file_is_not_written_over_a_newer_one(config: Config, path: Path) -> None:
    path.write_text(_TEXT)
    with pytest.raises(RingletError, match="somebody else"):
        run(config.replace(b"", b""))
    run(config.replace(_TEXT.encode(), b""))
    assert path.read_text() == ""


def test_the_template_sets_nothing_and_is_right_when_its_marks_are_taken_away(path: Path) -> None:
    assert parse_settings(path, template()) == Settings()
    lines = [line for line in template().decode().splitlines()[1:] if line]
    assert parse_settings(path, "\n".join(line[2:] for line in lines).encode()) == (
        msgspec.convert(
            {
                "defaults": {"provider": "", "bin_dir": ""},
                "mcp_servers": {"github_token": ""},
            },
            Settings,
        )
    )
