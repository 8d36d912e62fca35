"""The user's git configuration, readable from another home.

`GIT_CONFIG_GLOBAL` names one file, but git reads two of the user's by itself, and inside them
`~` is whatever HOME is. Where that matters, a composed file includes the user's own and says
again, with full paths, what it says with `~`. It ranks as the user's configuration did: below
that of a repository, above that of the system.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final, NamedTuple

from ringlet.domain import shell_words
from ringlet.runtime.bridges import base_folders
from ringlet.store.descriptors import open_regular, read_all

_SECTION: Final = re.compile(r'\s*\[\s*([\w.-]+)(?:\s+"((?:[^"\\]|\\.)*)")?\s*\]')
_ENTRY: Final = re.compile(r"\s*([A-Za-z][\w-]*)\s*=\s*(.*?)\s*$")
_HOME: Final = re.compile(r'("?)(!?)~/')
_CONDITION: Final = re.compile(r"(gitdir(?:/i)?:)~/")
_STORE: Final = "store"
_LARGEST: Final = 1 << 20


class _Entry(NamedTuple):
    """One line of a configuration: its section, the text in quotes beside it, key and value.

    Texts are as git writes them, with their quotes and escapes.
    """

    section: str
    part: str
    key: str
    value: str


def compose(real_home: Path, caller_env: Mapping[str, str]) -> str | None:
    """The text of a global git configuration that does for any HOME what the user's does.

    None if the bridge `git` is enough: the caller chose a file, there is none, or there is one
    that depends on no home. Entries of files that the user's files include are not rewritten.
    """
    if caller_env.get("GIT_CONFIG_GLOBAL"):
        return None
    folders = base_folders(real_home, caller_env)
    git_folder = Path(folders["config"], "git")
    # git lets the later one win.
    files = [file for file in (git_folder / "config", real_home / ".gitconfig") if file.is_file()]
    entries = [entry for file in files for entry in _parse(file)]
    restated = [
        *_defaults(git_folder, entries),
        *filter(None, (_restated(entry, str(real_home)) for entry in entries)),
        *_helpers(real_home, git_folder, entries),
    ]
    if not restated and len(files) < 2:
        return None
    included = [_Entry("include", "", "path", _quote(str(file))) for file in files]
    return "".join(map(_line, [*included, *restated]))


def _parse(file: Path) -> Iterator[_Entry]:
    """The entries that stand on one line, as only those are rewritten."""
    section, part = "", ""
    try:
        content = read_all(open_regular(file, os.O_RDONLY), _LARGEST)
    except OSError:
        return
    lines = content.decode(errors="surrogateescape").splitlines()
    for line in lines:
        if heading := _SECTION.match(line):
            section, part = heading[1].lower(), heading[2] or ""
            line = line[heading.end() :]
        if (entry := _ENTRY.match(line)) and not line.endswith("\\"):
            yield _Entry(section, part, entry[1].lower(), entry[2])


def _restated(entry: _Entry, home: str) -> _Entry | None:
    """The entry with the user's home in place of `~`; None if it does not speak of it."""
    value, part = entry.value, entry.part
    if found := _HOME.match(value):
        quote, command = found.groups()
        start = _escape(shell_words.quote(home) if command else home)
        closing = "" if quote else '"'  # a quoted value closes its quote itself
        value = f'"{command}{start}{closing}/{value[found.end() :]}'
    if entry.section == "includeif":
        part = _CONDITION.sub(lambda found: f"{found[1]}{_escape(home)}/", part, count=1)
    if (value, part) == (entry.value, entry.part):
        return None
    return entry._replace(value=value, part=part)


def _defaults(git_folder: Path, entries: list[_Entry]) -> Iterator[_Entry]:
    """The files that git would read unasked, unless the user's configuration names others."""
    named = {(entry.section, entry.key) for entry in entries}
    for key, name in (("excludesfile", "ignore"), ("attributesfile", "attributes")):
        if ("core", key) not in named and (git_folder / name).is_file():
            yield _Entry("core", "", key, _quote(str(git_folder / name)))


def _helpers(real_home: Path, git_folder: Path, entries: list[_Entry]) -> Iterator[_Entry]:
    """The helper `store` with its real file: alone, it would keep passwords in the new home."""
    helpers = {e.value for e in entries if e.section == "credential" and e.key == "helper"}
    if helpers == {_STORE}:
        files = (real_home / ".git-credentials", git_folder / "credentials")
        file = next((file for file in files if file.is_file()), files[0])
        yield _Entry("credential", "", "helper", "")  # forgets the helpers named before
        yield _Entry(
            "credential", "", "helper", _quote(f"{_STORE} --file={shell_words.quote(str(file))}")
        )


def _line(entry: _Entry) -> str:
    part = f' "{entry.part}"' if entry.part else ""
    return f"[{entry.section}{part}]\n\t{entry.key} = {entry.value}\n"


def _quote(text: str) -> str:
    return f'"{_escape(text)}"'


def _escape(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
