"""The files of the web interface: each under its exact name, and nothing else."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from ringlet.daemon.http.api import Resource

_KINDS: Final = {
    "html": "text/html; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "css": "text/css; charset=utf-8",
    "svg": "image/svg+xml",
    "png": "image/png",
    "ico": "image/x-icon",
    "woff2": "font/woff2",
    "json": "application/json",
}


class Pages:
    """Knows the names at the start; reads a file when it is asked for."""

    def __init__(self) -> None:
        self._files = dict(_walk(files("ringlet.data").joinpath("web"), "/"))
        self._files["/"] = self._files["/index.html"]

    def has(self, method: str, path: str) -> bool:
        """Whether this is one of the files, which anybody may read."""
        return method in ("GET", "HEAD") and path in self._files

    def routes(self) -> list[BaseRoute]:
        """One route for each file."""
        return [Route(name, Resource({"GET": _reader(file)})) for name, file in self._files.items()]


def _walk(folder: Traversable, prefix: str) -> list[tuple[str, Traversable]]:
    found: list[tuple[str, Traversable]] = []
    for entry in folder.iterdir():
        if entry.is_dir():
            found += _walk(entry, f"{prefix}{entry.name}/")
        elif entry.name.rpartition(".")[2] in _KINDS:
            found.append((prefix + entry.name, entry))
    return found


def _reader(file: Traversable) -> Callable[[Request], Awaitable[Response]]:
    async def read(request: Request) -> Response:
        kind = _KINDS[file.name.rpartition(".")[2]]
        return Response(file.read_bytes(), media_type=kind, headers={"Cache-Control": "no-cache"})

    return read
