from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.components import needs

from ringlet.domain import shell_words
from ringlet.domain.errors import RingletError
from ringlet.domain.names import is_env_name
from ringlet.runtime.shell import export_lines
from ringlet.runtime.shell_names import NUMBERS, TAKEN, Shell

# How each program reads the lines that are meant for a shell; it then prints what it exports,
# NUL-separated. Options that change quoting or expansion are on.
_EVAL = 'eval "$(/bin/cat lines)"; exec /usr/bin/env -0'
_OPTIONS = "extendedglob magicequalsubst globassign rcquotes cshjunkiequotes shwordsplit nullglob"
READ: dict[str, tuple[Shell, list[str]]] = {
    "dash": ("sh", ["dash", "-c", _EVAL]),
    "ksh93": ("sh", ["ksh93", "-c", _EVAL]),
    "mksh": ("sh", ["mksh", "-c", _EVAL]),
    "bash": ("bash", ["bash", "--norc", "-O", "extglob", "-O", "nullglob", "-H", "-c", _EVAL]),
    "zsh": ("zsh", ["zsh", "-f", "-c", f"setopt {_OPTIONS}; {_EVAL}"]),
    "fish": ("fish", ["fish", "--no-config", "-c", "source lines; exec /usr/bin/env -0"]),
}
PROGRAMS = [pytest.param(name, id=name, marks=needs(name)) for name in READ]
# How a shell lists the variables that it knows.
_LISTED = {
    "bash": ["bash", "--norc", "-c", "compgen -v"],
    "zsh": ["zsh", "-f", "-c", "typeset -m '*' >/dev/null; print -l ${(k)parameters}"],
    "fish": ["fish", "--no-config", "-c", "set -n"],
    "dash": ["dash", "-c", "set"],
    "ksh93": ["ksh93", "-c", "set"],
    "mksh": ["mksh", "-c", "set"],
}

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
    "=",
    "=ls",
    "==ls",
    "x=~",
    "a:=ls:~root",
    "=(touch ran)",
    "a[$(touch ran)]",
    "^x",
    "(#i)A",
    "x~y",
    "?",
    "-",
    "--",
    "\r",
    "\uf600\uf6ff\ue000",  # where fish puts bytes that are no text
    os.fsdecode(bytes(range(1, 256))),
    os.fsdecode(b"\xff'\xfe\n\x80$\xc3"),
    "'\"$`\\\n=~ " * 10_000,
)
_PIECES = st.one_of(
    st.sampled_from(NASTY[:-1]),
    st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=20),
    st.binary(max_size=20).map(lambda data: os.fsdecode(data.replace(b"\0", b""))),
)
# Bytes that happen to be text are text.
VALUES = st.lists(_PIECES, max_size=4).map(lambda found: os.fsdecode(os.fsencode("".join(found))))


def _run(program: str, folder: Path, path: str) -> subprocess.CompletedProcess[bytes]:
    environ = {"PATH": path, "HOME": str(folder), "LC_ALL": "C.UTF-8"}
    return subprocess.run(
        READ[program][1],
        cwd=folder,
        env=environ,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
        timeout=60,
    )


def _exported(output: bytes) -> dict[str, str]:
    items = (item.partition(b"=") for item in output.split(b"\0") if b"=" in item)
    return {os.fsdecode(name): os.fsdecode(value) for name, _, value in items}


def _read_back(program: str, values: list[str], folder: Path) -> list[str]:
    names = [f"VALUE_{index}" for index in range(len(values))]
    lines = export_lines(dict(zip(names, values, strict=True)), READ[program][0])
    (folder / "lines").write_bytes(os.fsencode(lines))
    done = _run(program, folder, os.environ["PATH"])
    assert done.stderr == b""
    found = _exported(done.stdout)
    return [found[name] for name in names]


@pytest.mark.parametrize("program", PROGRAMS)
def test_a_shell_reads_back_hand_picked_values_and_runs_nothing(
    program: str, tmp_path: Path
) -> None:
    assert _read_back(program, list(NASTY), tmp_path) == list(NASTY)
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize("program", PROGRAMS)
@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(values=st.lists(VALUES, min_size=1, max_size=30))
def test_a_shell_reads_back_any_values_and_runs_nothing(
    program: str, values: list[str], tmp_path: Path
) -> None:
    assert _read_back(program, values, tmp_path) == values
    assert not (tmp_path / "ran").exists()


def _own_names(program: str) -> list[str]:
    """The variables that the shell lists for itself, and some that it computes when asked."""
    environ = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"}
    done = subprocess.run(
        _LISTED[program], env=environ, stdin=subprocess.DEVNULL, capture_output=True, check=True
    )
    words = (line.partition(b"=")[0].decode(errors="replace") for line in done.stdout.splitlines())
    known = TAKEN[READ[program][0]] | NUMBERS | {"IFS", "TZ", "XPATH", "MANPATH", "PATH", "CDPATH"}
    names = {word for word in words if is_env_name(word)} | known
    return sorted(names - {"LC_ALL"})  # some shells complain of an unknown locale


@pytest.mark.parametrize("program", PROGRAMS)
@pytest.mark.parametrize("value", ["80", "a[$(touch ran)] x:y"], ids=repr)
def test_a_name_that_the_shell_keeps_for_itself_carries_the_value_or_is_refused(
    program: str, value: str, tmp_path: Path
) -> None:
    """Each in a shell of its own, which it may spoil."""
    carried = []
    for name in _own_names(program):
        try:
            lines = export_lines({name: value}, READ[program][0])
        except RingletError:
            continue
        (tmp_path / "lines").write_text(lines)
        done = _run(program, tmp_path, "/usr/bin:/bin")
        assert (name, _exported(done.stdout).get(name), done.stderr) == (name, value, b"")
        carried.append(name)
    assert "XPATH" in carried
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize("program", [p for p in PROGRAMS if p.id != "fish"])
@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(words=st.lists(VALUES, min_size=1, max_size=30) | st.just(list(NASTY[:-1])))
def test_a_shell_reads_back_the_words_of_a_command_line(
    program: str, words: list[str], tmp_path: Path
) -> None:
    line = shell_words.join(["/usr/bin/printf", r"%s\0", *words])
    argv = READ[program][1]
    setup = argv[-1].partition(_EVAL)[0]
    if program == "zsh":  # in quotes as csh has them no line end can stand
        setup += "unsetopt cshjunkiequotes; "
    (tmp_path / "lines").write_bytes(os.fsencode(line))
    done = subprocess.run(
        [*argv[:-1], f'{setup}eval "$(/bin/cat lines)"'],
        cwd=tmp_path,
        env={"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "LC_ALL": "C.UTF-8"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
    )
    assert [os.fsdecode(word) for word in done.stdout.split(b"\0")[:-1]] == words
    assert done.stderr == b""
    assert not (tmp_path / "ran").exists()
