"""A running model, and a client that speaks plain HTTP to it."""

from __future__ import annotations

import asyncio
import http.client
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from ringlet.demo.llm import LoopbackModel, Seen


@dataclass(frozen=True)
class Got:
    """One HTTP answer."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def document(self) -> Any:
        return json.loads(self.body)

    @property
    def events(self) -> list[dict[str, Any]]:
        lines = self.body.decode().splitlines()
        data = [line.removeprefix("data: ") for line in lines if line.startswith("data: ")]
        return [json.loads(one) for one in data if one != "[DONE]"]


@dataclass
class Bench:
    """The model under test, what it has seen, and ways to call it."""

    model: LoopbackModel
    seen: list[Seen] = field(default_factory=list)

    async def request(
        self, method: str, path: str, body: object = None, headers: dict[str, str] | None = None
    ) -> Got:
        return await asyncio.to_thread(
            exchange, self.model.base_url, method, path, body, headers or {}
        )

    async def post(self, path: str, body: object, **headers: str) -> Got:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.request("POST", path, body, named)


def exchange(base_url: str, method: str, path: str, body: object, headers: dict[str, str]) -> Got:
    connection = http.client.HTTPConnection(urlsplit(base_url).netloc, timeout=10)
    try:
        data = body if isinstance(body, bytes | None) else json.dumps(body).encode()
        connection.request(method, path, data, headers)
        reply = connection.getresponse()
        names = {name.lower(): value for name, value in reply.getheaders()}
        return Got(reply.status, names, reply.read())
    finally:
        connection.close()


@asynccontextmanager
async def opened(*keys: str) -> AsyncIterator[Bench]:
    """A running model that lets in these keys, or all if none is given."""
    seen: list[Seen] = []
    async with LoopbackModel(keys=keys or None, on_request=seen.append) as model:
        yield Bench(model, seen)
