"""What a script returned, checked and typed."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from ringlet.domain.agents import ProfileRules
from ringlet.domain.errors import ErrorCode, RingletError
from ringlet.domain.names import is_env_name
from ringlet.domain.secret import Secret
from ringlet.scripting.context import API_KEY_MARKER

_KEYS: Final = ("files", "env", "args")
_KEY_IN_FILE: Final = "holds the key; keys go into env only, name the variable in the file"


@dataclass(frozen=True, slots=True)
class ScriptResult:
    """`files` maps paths relative to the profile's home to texts; `env` values may hold the
    marker of the key, see `fill_secret`.
    """

    files: Mapping[str, str] = field(repr=False)
    env: Mapping[str, str]
    args: tuple[str, ...]


def parse_result(script: str, value: object, rules: ProfileRules) -> ScriptResult:
    """The typed result of the named script; SCRIPT_ERROR names the script and the key.

    The agent's `rules` say which files may hold the key, and which ones hold variables.
    """
    if not isinstance(value, dict):
        raise _wrong(script, "its result", "is not a map; end it with #{ files: …, env: … }")
    for key in value:
        if key not in _KEYS:
            raise _wrong(script, repr(key), f"is not a known key; known are {', '.join(_KEYS)}")
    files = _parse_texts(script, "files", value.get("files", {}), _check_path)
    env = _parse_texts(script, "env", value.get("env", {}), _check_variable)
    env |= _parse_texts(script, "env", _take_variables(files, rules), _check_variable)
    for path, text in files.items():
        if API_KEY_MARKER in text and path not in rules.key_files:
            raise _wrong(script, f"files[{path!r}]", _KEY_IN_FILE)
    return ScriptResult(files, env, _parse_args(script, value.get("args", [])))


def fill_secret(env: Mapping[str, str], secret: Secret | None) -> dict[str, str | Secret]:
    """The environment with the key in place of its marker, as values that do not show it."""
    return {name: _fill(name, text, secret) for name, text in env.items()}


def fill_files(files: Mapping[str, str], secret: Secret | None) -> dict[str, str]:
    """The files with the key in place of its marker, as JSON and TOML write it in a text.

    Only files that the agent's manifest lists can hold the marker.
    """
    key = json.dumps(secret.reveal() if secret else "")[1:-1]
    return {path: text.replace(API_KEY_MARKER, key) for path, text in files.items()}


def _take_variables(files: dict[str, str], rules: ProfileRules) -> dict[str, object]:
    """Take variables with the key out of files that the agent reads variables from."""
    taken: dict[str, object] = {}
    for path, key in rules.env_files.items():
        if API_KEY_MARKER not in files.get(path, ""):
            continue
        try:
            content = json.loads(files[path])
        except (ValueError, RecursionError):
            continue  # it is about to be refused for the key in it
        variables = content.get(key) if isinstance(content, dict) else None
        if isinstance(variables, dict):
            holding = [n for n, text in variables.items() if API_KEY_MARKER in str(text)]
            taken |= {name: variables.pop(name) for name in holding}
            files[path] = json.dumps(content, ensure_ascii=False, indent=2)
    return taken


def _fill(name: str, text: str, secret: Secret | None) -> str | Secret:
    if API_KEY_MARKER not in text:
        return text
    if secret is None:
        raise RingletError(
            ErrorCode.SECRET_UNAVAILABLE, f"The variable {name} needs a key, and none is stored"
        )
    return Secret(text.replace(API_KEY_MARKER, secret.reveal()))


def _parse_texts(
    script: str, key: str, value: object, check: Callable[[str, str], str | None]
) -> dict[str, str]:
    """A map of texts; `check` says what is wrong with a name and its text, if anything."""
    if not isinstance(value, dict):
        raise _wrong(script, key, "is not a map")
    texts: dict[str, str] = {}
    for name, text in value.items():
        place = f"{key}[{name!r}]"
        if not isinstance(text, str):
            raise _wrong(script, place, "is not a string")
        if problem := _check_letters(name + text) or check(name, text):
            raise _wrong(script, place, problem)
        texts[str(name)] = str(text)
    return texts


def _parse_args(script: str, value: object) -> tuple[str, ...]:
    if not isinstance(value, (list, tuple)):
        raise _wrong(script, "args", "is not an array")
    for index, text in enumerate(value):
        place = f"args[{index}]"
        if not isinstance(text, str):
            raise _wrong(script, place, "is not a string")
        if problem := _check_letters(text):
            raise _wrong(script, place, problem)
        if "\0" in text:
            raise _wrong(script, place, "holds a NUL character")
        if API_KEY_MARKER in text:
            raise _wrong(script, place, "holds the key, which every user could see in `ps`")
    return tuple(str(text) for text in value)


def _check_letters(text: str) -> str | None:
    """Names of folders on this machine need not be UTF-8, but all that a script makes is."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return "holds a character that UTF-8 does not have"
    return None


def _check_path(path: str, text: str) -> str | None:
    if any(ord(letter) < 32 or letter == "\\" for letter in path):
        return "has a backslash or control character in its path; separate folders by '/'"
    if path.startswith(("/", "~")) or path[1:2] == ":":
        return "is not relative to the profile's home"
    if any(part in ("", ".", "..") for part in path.split("/")):
        return "is not a plain relative path; '.', '..' and empty parts are not allowed"
    return None


def _check_variable(name: str, text: str) -> str | None:
    if not is_env_name(name):
        return "is not the name of an environment variable"
    if "\0" in text:
        return "holds a NUL character"
    return None


def _wrong(script: str, place: str, problem: str) -> RingletError:
    return RingletError(ErrorCode.SCRIPT_ERROR, f"Script {script}: {place} {problem}")
