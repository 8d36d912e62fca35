"""Read and change config.toml; what people wrote into it stays as they wrote it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator, MutableMapping
from functools import partial
from pathlib import Path
from typing import Any

import msgspec

from ringlet.domain.errors import ErrorCode, RingletError
from ringlet.domain.names import is_secret_name
from ringlet.domain.references import is_reference
from ringlet.domain.setting_keys import SettingKey, setting_keys
from ringlet.engine.settings import CurrentSettings, nearest, parse_settings, read_settings
from ringlet.store.files import write_atomic
from ringlet.store.toml import parse_toml
from ringlet.wire.replies.config import SettingInfo

_MASK = "****"


class Config:
    """The keys of config.toml. Nothing is ever written that would not be read."""

    def __init__(self, *, path: Path, current: CurrentSettings) -> None:
        self.path = path
        self._current = current
        self._changing = asyncio.Lock()

    @property
    def problem(self) -> str:
        """What is wrong with the file, "" if nothing; then what it said before counts."""
        return self._current.problem

    async def all(self) -> list[SettingInfo]:
        """Every key with its value, in the order of the documentation."""
        values = msgspec.to_builtins(self._current())
        given = (
            parse_toml((await self.text()).decode("utf-8-sig")) if not self._current.problem else {}
        )
        return [_info(key, values, given) for key in setting_keys().values()]

    async def get(self, name: str) -> SettingInfo:
        """One key, or one entry of a table of the user's own."""
        key, entry = find_key(name)
        info = next(found for found in await self.all() if found.key == key.name)
        if not entry:
            return info
        if entry not in (info.value or {}):
            raise RingletError(ErrorCode.INVALID_REQUEST, f"{name} is not set")
        return msgspec.structs.replace(info, key=name, value=info.value[entry])

    async def set(self, name: str, text: str) -> SettingKey:
        """Give a key a value, which is text, or a value as TOML spells it; returns the key."""
        key, entry = find_key(name)
        path = [*key.name.split("."), *([entry] if entry else [])]
        if is_secret_name(path[-1]) and not is_reference(text):
            raise _plain_secret(name)
        async with self._changing:
            problem: RingletError | None = None
            for value in _readings(text):
                try:
                    await self._rewrite(partial(_put, path=path, value=value))
                    return key
                except RingletError as error:
                    problem = problem or error
        await self.text_checked()  # what was wrong before is told as it is
        raise RingletError(
            ErrorCode.INVALID_REQUEST,
            f"{name} takes {key.takes}, not {text!r}",
            hint=problem.message if problem else "",
        )

    async def unset(self, name: str) -> None:
        """Take a key out, so that its default counts; also one that is not known."""
        async with self._changing:
            await self._rewrite(partial(_take_out, path=name.split(".")))

    async def text(self) -> bytes:
        """The file as it is, also if it is not right."""
        return await asyncio.to_thread(read_settings, self.path)

    async def text_checked(self) -> bytes:
        """The file as it is; raises if it is not right."""
        data = await self.text()
        parse_settings(self.path, data)
        return data

    async def replace(self, before: bytes, after: bytes) -> None:
        """Write the file anew if it is right, and still what it was `before`."""
        parse_settings(self.path, after)
        async with self._changing:
            if await self.text() != before:
                raise RingletError(
                    ErrorCode.INVALID_REQUEST,
                    f"{self.path} was changed by somebody else meanwhile",
                    hint="Edit it again.",
                )
            await asyncio.to_thread(_write, self.path, after)

    async def _rewrite(self, change: Callable[[MutableMapping[str, Any]], None]) -> None:
        data = await self.text()
        after = await asyncio.to_thread(_changed, self.path, data, change)
        parse_settings(self.path, after)
        await asyncio.to_thread(_write, self.path, after)


def _changed(path: Path, data: bytes, change: Callable[[MutableMapping[str, Any]], None]) -> bytes:
    """The file after a change; it may hold what is not known, but must be TOML."""
    import tomlkit  # only who changes settings waits for it

    try:
        text = data.decode("utf-8-sig")
        parse_toml(text)
        document = tomlkit.parse(text)
        change(document)
        return tomlkit.dumps(document).encode()
    except RingletError:
        raise
    except Exception as error:  # two parsers, neither of them ours
        parse_settings(path, data)  # says where, if that is known
        raise RingletError(
            ErrorCode.STORAGE_ERROR,
            f"{path} cannot be changed: {error or type(error).__name__}",
            hint="Change it by hand: ringlet config edit",
        ) from error


def find_key(name: str) -> tuple[SettingKey, str]:
    """The key, and the entry in it if it is a table of the user's own; INVALID_REQUEST else."""
    keys = setting_keys()
    if name in keys:
        return keys[name], ""
    for key in keys.values():
        if key.open and name.startswith(f"{key.name}."):
            return key, name.removeprefix(f"{key.name}.")
    raise RingletError(
        ErrorCode.INVALID_REQUEST, f"There is no setting {name!r}", hint=nearest(name, keys.keys())
    )


def template() -> bytes:
    """A file that sets nothing and shows what could be set."""
    lines = ["# Settings of Ringlet. Take the # away before a line to change what it says."]
    section = ""
    for key in setting_keys().values():
        table, _, name = key.name.rpartition(".")
        if table and table != section:
            lines += ["", f"# [{table}]"]
            section = table
        if not key.open:
            lines.append(f"# {name} = {_spelled(key.default)}  # {key.meaning}")
    return ("\n".join(lines) + "\n").encode()


def _spelled(value: Any) -> str:
    """A default as TOML spells it; JSON does so for texts, numbers and lists of them."""
    return json.dumps("" if value is None else value)


def _info(key: SettingKey, values: Any, given: Any) -> SettingInfo:
    for part in key.name.split("."):
        values = values[part]
        given = given.get(part) if isinstance(given, dict) else None
    return SettingInfo(
        key=key.name,
        value=_masked(key.name, values),
        default=key.default,
        is_set=given is not None,
        takes=key.takes,
        meaning=key.meaning,
        from_start=key.from_start,
    )


def _masked(name: str, value: Any) -> Any:
    """The value with **** for what is a secret by its name, at any depth, and no reference."""
    if isinstance(value, dict):
        return {key: _masked(key, inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_masked("", inner) for inner in value]
    is_plain = isinstance(value, str) and value and not is_reference(value)
    return _MASK if is_plain and is_secret_name(name) else value


def _readings(text: str) -> Iterator[Any]:
    """What a text may mean: a value as TOML spells it, plain text, or a list with commas."""
    try:
        yield parse_toml(f"value = {text}")["value"]
    except ValueError:
        pass
    yield text
    yield [word.strip() for word in text.split(",") if word.strip()]


def _put(document: MutableMapping[str, Any], *, path: list[str], value: Any) -> None:
    import tomlkit

    for part in path[:-1]:
        if part not in document:
            document[part] = tomlkit.table()
        document = document[part]
    document[path[-1]] = value


def _take_out(document: MutableMapping[str, Any], *, path: list[str]) -> None:
    for part in path[:-1]:
        document = document.get(part, {})
    if not isinstance(document, MutableMapping) or path[-1] not in document:
        raise RingletError(ErrorCode.INVALID_REQUEST, f"{'.'.join(path)} is not set")
    del document[path[-1]]


def _write(path: Path, data: bytes) -> None:
    """Replace the file; where it is a link, as in folders of dotfiles, the file that is meant."""
    write_atomic(path.resolve(), data)


def _plain_secret(name: str) -> RingletError:
    return RingletError(
        ErrorCode.INVALID_REQUEST,
        f"{name} is a secret, which does not belong into a file or on a command line",
        hint=f"Store it with: ringlet secrets set NAME, and: ringlet config set {name} "
        "'$KEYCHAIN:NAME'",
    )
