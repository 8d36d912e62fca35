"""What an agent's script makes of a profile, and how it gets into the profile's home.

Loaded at the first plan, not at the start: the first reply of a fresh daemon does not wait for
the script interpreter.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from msgspec import structs

from ringlet.domain.errors import ErrorCode, RingletError
from ringlet.domain.profiles import ManagedKeys, Profile
from ringlet.domain.secret import Secret
from ringlet.engine.homes import make_home
from ringlet.scripting.context import ScriptInput, key_tail
from ringlet.scripting.documents import kind_of
from ringlet.scripting.engine import run_script
from ringlet.scripting.locating import ScriptFolders, find_script
from ringlet.scripting.merge import merge, withdraw
from ringlet.scripting.result import ScriptResult, fill_files, fill_secret
from ringlet.store.anchor import Anchor
from ringlet.store.paths import Paths

_log = logging.getLogger(__name__)

__all__ = [
    "FileChange", "ScriptInput", "ScriptResult", "fill", "fill_key_files", "foresee", "produce",
    "tail", "withdraw_files", "write",
]  # fmt: skip


def produce(given: ScriptInput, paths: Paths) -> ScriptResult:
    """Run the script of the agent."""
    script = find_script(given.agent.profile.script, ScriptFolders.of(paths))
    _log.debug("profile %s: script %s (%s)", given.alias, script.name, script.source)
    return run_script(script, given)


def fill(result: ScriptResult, key: Secret | None) -> dict[str, str | Secret]:
    """The script's variables with the key filled in."""
    return fill_secret(result.env, key)


def fill_key_files(result: ScriptResult, key: Secret | None) -> ScriptResult:
    """The result with the key in the files that must hold it."""
    return replace(result, files=fill_files(result.files, key))


def tail(key: Secret | None) -> str:
    """What may be shown to the script of a key: the end of a long one."""
    return key_tail(key) if key else ""


@dataclass(frozen=True, slots=True)
class FileChange:
    """A file of the home, as it is and as it shall be; None where there is none."""

    name: str
    before: str | None
    after: str | None


def write(profile: Profile, result: ScriptResult, own_files: Mapping[str, str]) -> ManagedKeys:
    """Merge the script's files into the home; returns the keys that Ringlet manages in each.

    What the agent or the user put into those files stays. Files are written only if something
    changed, so that an agent which watches them is left in peace.
    """
    home = Path(profile.metadata.home)
    make_home(profile)
    with Anchor(home) as anchor:
        changes, managed = _compare(profile, result, lambda name: _read(anchor, name))
        for change in changes:
            _log.debug("profile %s: writing %s", profile.alias, change.name)
            if change.after is None:
                anchor.remove(change.name)
            else:
                anchor.write(change.name, change.after.encode())
        for name, text in own_files.items():
            anchor.write(name, text.encode(errors="surrogateescape"))
    return managed


def withdraw_files(profile: Profile, names: Collection[str]) -> None:
    """Take out of some files of the home what is ours; what the agent put there stays."""
    managed = {name: keys for name, keys in profile.metadata.managed.items() if name in names}
    if not managed or not Path(profile.metadata.home).is_dir():
        return
    metadata = structs.replace(profile.metadata, managed=managed)
    nothing = ScriptResult(files={}, env={}, args=())
    write(structs.replace(profile, metadata=metadata), nothing, {})


def foresee(profile: Profile, result: ScriptResult) -> list[FileChange]:
    """What `write` would change in the home; nothing is written."""
    home = Path(profile.metadata.home)
    if not home.is_dir():
        return _compare(profile, result, lambda name: None)[0]
    with Anchor(home) as anchor:
        return _compare(profile, result, lambda name: _read(anchor, name))[0]


def _compare(
    profile: Profile, result: ScriptResult, read: Callable[[str], str | None]
) -> tuple[list[FileChange], ManagedKeys]:
    """The files that have to change, and the keys that are ours afterwards."""
    before = profile.metadata.managed
    managed: ManagedKeys = {}
    changes: list[FileChange] = []
    for name, produced in result.files.items():
        existing = read(name)
        known = frozenset(before.get(name, ()))
        merged = merge(kind_of(name), existing, produced, known, name=name)
        changes.append(FileChange(name, existing, merged.text))
        managed[name] = tuple(sorted(merged.managed))
    for name in sorted(before.keys() - result.files.keys()):
        existing = read(name)
        if existing is not None:
            left = withdraw(kind_of(name), existing, frozenset(before[name]), name=name)
            changes.append(FileChange(name, existing, left))
    return [change for change in changes if change.before != change.after], managed


def _read(anchor: Anchor, name: str) -> str | None:
    data = anchor.read(name)
    try:
        return None if data is None else data.decode()
    except UnicodeDecodeError as error:
        raise RingletError(
            ErrorCode.STORAGE_ERROR,
            f"{name} in the profile's home is not UTF-8 text: {error.reason}",
            hint="Ringlet does not overwrite it: correct it, or move it away and run again.",
        ) from error
