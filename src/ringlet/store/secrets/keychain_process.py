"""The helper process that talks to the keychain of the operating system.

Reads one request from standard input, writes one answer to standard output, and ends: a keychain
may block on a dialog for ever, and the libraries for it are too large for the daemon. Requests
and answers are JSON objects, see `Request` and `Answer`.
"""

from __future__ import annotations

import importlib
import os
import resource
import secrets
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final, Literal

import msgspec

if TYPE_CHECKING:
    from keyring.backend import KeyringBackend

_BACKENDS: Final = {
    "darwin": ("keyring.backends.macOS.Keyring",),
    "win32": ("keyring.backends.Windows.WinVaultKeyring",),
    "linux": (
        "keyring.backends.SecretService.Keyring",
        "keyring.backends.libsecret.Keyring",
        "keyring.backends.kwallet.DBusKeyring",
        "keyring.backends.kwallet.DBusKeyringKWallet4",
    ),
}


class Request(msgspec.Struct, frozen=True):
    """One operation; `probe` needs no name, only `put` a value."""

    action: Literal["get", "put", "delete", "probe"]
    service: str
    name: str = ""
    value: str = ""


class Answer(msgspec.Struct, frozen=True, omit_defaults=True):
    """`problem` is empty if all went well, else one line that holds no secret.

    `value` is what `get` found; `found` whether `delete` had something to delete; `backend` the
    class that did it.
    """

    problem: str = ""
    value: str | None = None
    found: bool = False
    backend: str = ""


class Refusal(Exception):
    """The keychain cannot be used; the text says why in one line."""


def main() -> None:
    """Answer the one request on standard input."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    request = msgspec.json.decode(sys.stdin.buffer.read(), type=Request)
    try:
        answer = _perform(request, choose_backend(os.environ))
    except Exception as error:  # each back end has errors of its own; this process is their edge
        problem = _one_line(error)
        if request.value:
            problem = problem.replace(request.value, "***")
        answer = Answer(problem=problem)
    sys.stdout.buffer.write(msgspec.json.encode(answer))


def choose_backend(environ: Mapping[str, str]) -> KeyringBackend:
    """The best back end that keeps secrets in a real keychain; raises Refusal.

    The library's own choice would also take plain files and whatever its configuration file
    names, so it is not asked: only classes listed here are ever loaded.
    """
    known = _BACKENDS.get(sys.platform, _BACKENDS["linux"])
    wanted = environ.get("PYTHON_KEYRING_BACKEND")
    if wanted and wanted not in known:
        raise Refusal(f"the back end {wanted} of PYTHON_KEYRING_BACKEND keeps no secrets safely")
    usable: list[tuple[float, type[KeyringBackend]]] = []
    problems: list[str] = []
    for path in (wanted,) if wanted else known:
        module, _, name = path.rpartition(".")
        backend: type[KeyringBackend] = getattr(importlib.import_module(module), name)
        try:
            usable.append((float(backend.priority), backend))
        except RuntimeError as error:
            problems.append(_one_line(error))
    if not usable:
        raise Refusal(problems[0])
    return max(usable, key=lambda pair: pair[0])[1]()


def _perform(request: Request, backend: KeyringBackend) -> Answer:
    label = f"{type(backend).__module__}.{type(backend).__qualname__}"
    service, name = request.service, request.name
    match request.action:
        case "get":
            return Answer(value=backend.get_password(service, name), backend=label)
        case "put":
            backend.set_password(service, name, request.value)
            return Answer(backend=label)
        case "delete":
            return Answer(found=_delete(backend, service, name), backend=label)
        case "probe":
            _probe(backend, service)
            return Answer(backend=label)


def _delete(backend: KeyringBackend, service: str, name: str) -> bool:
    if backend.get_password(service, name) is None:
        return False
    backend.delete_password(service, name)
    return True


def _probe(backend: KeyringBackend, service: str) -> None:
    """Write, read and delete an entry of random name and value; raises Refusal if one fails."""
    name, value = f"probe-{secrets.token_hex(8)}", secrets.token_hex(16)
    backend.set_password(service, name, value)
    try:
        if backend.get_password(service, name) != value:
            raise Refusal("the keychain did not give back what was written")
    finally:
        backend.delete_password(service, name)
    if backend.get_password(service, name) is not None:
        raise Refusal("the keychain did not delete what was written")


def _one_line(error: Exception) -> str:
    text = " ".join(str(error).split()) or type(error).__name__
    return text.removesuffix(".")[:300]


if __name__ == "__main__":
    main()
