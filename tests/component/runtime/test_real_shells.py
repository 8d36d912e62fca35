from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.components import needs

from ringlet.runtime.shell import Shell, export_lines

# How each shell reads the lines; each then prints its exported variables, NUL-separated.
READ = {
    "sh": ["sh", "-c", 'eval "$(cat lines)"; exec env -0'],
    "bash": ["bash", "--norc", "-c", 'eval "$(cat lines)"; exec env -0'],
    "zsh": ["zsh", "-f", "-c", 'eval "$(cat lines)"; exec env -0'],
    "fish": ["fish", "--no-config", "-c", "source lines; exec env -0"],
}
SHELLS = [pytest.param(name, id=name, marks=needs(name)) for name in READ]

NASTY = (
    "",
    " ",
    "$(touch ran)",
    "`touch ran`",
    "(touch ran)",
    "'; touch ran; '",
    "'$(touch ran)'",
    "\\'; touch ran #",
    "\\",
    "\\\\",
    "a\\",
    "''",
    "'''",
    '"$HOME"',
    "${HOME}",
    "~",
    "~root",
    "!!",
    "!touch",
    "*",
    "{a,b}",
    "$'\\n'",
    "line\nline\n",
    "\n",
    "\r\n",
    "\t",
    "\x01\x7f\x1b[0m",
    "-n",
    "a=b",
    "<(touch ran)",
    "# no comment",
    "ünïcödé 日本 \U0001f600",
    "\u2018\u2019",
    "\ufeff",
)
_PIECES = st.one_of(
    st.sampled_from(NASTY),
    st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=20),
)
VALUES = st.lists(_PIECES, max_size=4).map("".join)


def _read_back(shell: Shell, values: list[str], folder: Path) -> list[str]:
    names = [f"VALUE_{index}" for index in range(len(values))]
    lines = export_lines(dict(zip(names, values, strict=True)), shell)
    (folder / "lines").write_bytes(lines.encode())
    environ = {"PATH": os.environ["PATH"], "HOME": str(folder), "LC_ALL": "C.UTF-8"}
    done = subprocess.run(
        READ[shell], cwd=folder, env=environ, capture_output=True, check=True, timeout=30
    )
    assert done.stderr == b""
    found = dict(item.split(b"=", 1) for item in done.stdout.split(b"\0") if item)
    return [found[name.encode()].decode() for name in names]


@pytest.mark.parametrize("shell", SHELLS)
def test_a_shell_reads_back_hand_picked_values_and_runs_nothing(
    shell: Shell, tmp_path: Path
) -> None:
    assert _read_back(shell, list(NASTY), tmp_path) == list(NASTY)
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize("shell", SHELLS)
@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(values=st.lists(VALUES, min_size=1, max_size=30))
def test_a_shell_reads_back_any_values_and_runs_nothing(
    shell: Shell, values: list[str], tmp_path: Path
) -> None:
    assert _read_back(shell, values, tmp_path) == values
    assert not (tmp_path / "ran").exists()
