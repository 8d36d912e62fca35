"""The documentation and the program say the same."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import msgspec
import pytest

from ringlet.cli import start
from ringlet.commands.root import cli
from ringlet.commands.tree import LazyGroup
from ringlet.daemon.handlers import ENTRIES
from ringlet.daemon.http.routes import ROUTES
from ringlet.domain.errors import ErrorCode
from ringlet.domain.setting_keys import SettingKey, setting_keys
from ringlet.store.paths import Paths
from ringlet.wire.event_types import EVENTS, REMARKS

_ROOT = Path(__file__).resolve().parents[3]
_PAGES = [_ROOT / "README.md", *sorted((_ROOT / "docs").rglob("*.md"))]
# What stands before and after a command line that is Ringlet's: pipes, redirections, remarks.
_BEFORE = r'eval "\$\(|[^|]* \| |[A-Z]+=\w+ '
_AFTER = r"\s+#.*|\s+[<>].*|\)\"\s{2,}\(.*|\s{2,}.*"


def _command_lines() -> Iterator[tuple[str, str]]:
    for page in _PAGES:
        for line in page.read_text("utf-8").splitlines():
            found = re.match(rf" {{4}}(?:{_BEFORE})?(ringlet .*?)(?:{_AFTER})?$", line)
            if found:
                yield page.name, found[1].removesuffix(')"')


def _leaves(command: click.Command, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            child = command.get_command(context, name)
            assert child is not None
            yield from _leaves(child, (*path, name))
    else:
        yield path


@pytest.mark.parametrize(("page", "line"), sorted(set(_command_lines())))
def test_every_command_line_of_the_docs_is_accepted(page: str, line: str) -> None:
    words = shlex.split(line)[1:]
    context = cli.make_context("ringlet", [w for w in words if w != "--json"])
    while isinstance(context.command, click.Group):
        rest = [*context._protected_args, *context.args]
        name, command, rest = context.command.resolve_command(context, rest)
        if command is None:
            break
        context = command.make_context(name, rest, parent=context)
        if not isinstance(command, click.Group):
            return
        if command.invoke_without_command and not context._protected_args:
            return


@pytest.mark.parametrize("path", sorted(_leaves(cli)), ids=" ".join)
def test_every_command_is_documented_and_shows_an_example(path: tuple[str, ...]) -> None:
    by_hand = [page for page in _PAGES if page.parent.name != "commands"]
    text = "\n".join(page.read_text("utf-8") for page in by_hand)
    assert f"ringlet {' '.join(path)}" in text
    command: click.Command = cli
    for name in path:
        assert isinstance(command, click.Group)
        found = command.get_command(click.Context(command), name)
        assert found is not None
        command = found
    assert "Examples:" in (command.epilog or "")
    assert command.help


def test_every_request_is_documented() -> None:
    page = (_ROOT / "docs" / "protocol.md").read_text("utf-8")
    for tag in ENTRIES:
        assert f"`{tag}`" in page


def test_every_command_of_a_later_version_is_named_as_such() -> None:
    page = (_ROOT / "docs" / "not-yet.md").read_text("utf-8")
    assert isinstance(cli, LazyGroup)
    assert cli._later
    assert [name for name in cli._later if f"`ringlet {name}" not in page] == []


@pytest.mark.parametrize("code", ErrorCode, ids=lambda code: code.name)
def test_every_error_code_is_explained_with_what_to_do(code: ErrorCode) -> None:
    page = (_ROOT / "docs" / "troubleshooting.md").read_text("utf-8")
    row = next(line for line in page.splitlines() if line.startswith(f"| {int(code)} |"))
    name, meaning, advice = (cell.strip() for cell in row.split("|")[2:-1])
    assert name
    assert meaning
    assert advice or "kept for" in meaning


def test_every_variable_is_documented() -> None:
    page = (_ROOT / "docs" / "environment.md").read_text("utf-8")
    sources = [p for p in (_ROOT / "src").rglob("*") if p.suffix in (".py", ".rhai", ".toml")]
    names = {
        name
        for source in sources
        for name in re.findall(r"\bRINGLET_[A-Z_]*[A-Z]\b", source.read_text("utf-8"))
    }
    asked = {f"RINGLET_{name}" for name in start._SETTINGS}
    assert len(names) > 10
    assert [name for name in sorted(names | asked) if f"`{name}`" not in page] == []


def test_every_file_is_documented() -> None:
    page = (_ROOT / "docs" / "files.md").read_text("utf-8")
    paths = Paths(*map(Path, ("/config", "/state", "/home", "/runtime")))
    kept = [name for name, part in vars(Paths).items() if isinstance(part, property)]
    found = {name: getattr(paths, name).name for name in kept}
    assert len(found) > 15
    assert {name: file for name, file in found.items() if f"{file}" not in page} == {}


def test_every_route_is_documented() -> None:
    page = (_ROOT / "docs" / "http.md").read_text("utf-8")
    for route in ROUTES:
        tag = route.request.__struct_config__.tag
        row = next(line for line in page.splitlines() if f"`{route.method} {route.path}`" in line)
        assert f"`{tag}`" in row


def test_every_event_is_documented_with_its_fields() -> None:
    page = (_ROOT / "docs" / "events.md").read_text("utf-8")
    for name, kind in EVENTS.items():
        row = next(line for line in page.splitlines() if line.startswith(f"| `{name}` |"))
        words = set(re.findall(r"\w+", row))
        assert {field.name for field in msgspec.structs.fields(kind)} <= words
    assert all(f"`{name}`" in page for name in REMARKS)


def test_every_figure_is_documented() -> None:
    page = (_ROOT / "docs" / "http.md").read_text("utf-8")
    source = "".join(
        (_ROOT / "src" / "ringlet" / "daemon" / name).read_text("utf-8")
        for name in ("main.py", "metrics.py")
    )
    for name in re.findall(r'"(ringlet_[a-z_]+)"', source):
        assert f"`{name}" in page


@pytest.mark.parametrize("key", setting_keys().values(), ids=setting_keys())
def test_every_setting_says_what_it_means_and_is_documented(key: SettingKey) -> None:
    page = (_ROOT / "docs" / "settings.md").read_text("utf-8")
    assert key.meaning
    row = next(line for line in page.splitlines() if line.startswith(f"| `{key.title}` |"))
    assert key.meaning in row


def test_what_is_made_of_the_code_is_what_the_code_says() -> None:
    done = subprocess.run(
        [sys.executable, _ROOT / "tools" / "generate-docs", "--check"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr


def test_links_between_pages_lead_somewhere() -> None:
    for page in _PAGES:
        for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text("utf-8")):
            assert (page.parent / target).exists(), f"{page.name}: {target}"
