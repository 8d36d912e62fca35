"""The server of the loopback model."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection
from typing import Final, Self

from ringlet.demo.llm.document import encode
from ringlet.demo.llm.http import (
    HttpError,
    Response,
    check_host,
    is_loopback,
    read_body,
    read_head,
    write_response,
)
from ringlet.demo.llm.openai import error as plain_error
from ringlet.demo.llm.routes import Routes
from ringlet.demo.llm.seen import Seen
from ringlet.domain.errors import ErrorCode, RingletError

MODELS: Final = ("ringlet-demo", "ringlet-demo-small")
_LARGEST_BODY: Final = 32 * 1024 * 1024
_LONGEST_HEAD: Final = 64 * 1024
_IDLE_SECONDS: Final = 300.0


class LoopbackModel:
    """A model provider at `base_url`, for as long as it is open.

    `keys` are the keys that it lets in (None: any, or none at all); others get a 401.
    `on_request` is told of each request before the first byte of its answer is sent, so that
    whoever has the answer can rely on the record. Use it with `async with`, or call `start()`
    and `close()`.
    """

    def __init__(
        self,
        *,
        keys: Collection[str] | None = None,
        on_request: Callable[[Seen], None] | None = None,
        models: tuple[str, ...] = MODELS,
    ) -> None:
        self._routes = Routes(models, keys)
        self._on_request = on_request
        self._server: asyncio.Server | None = None
        self._connections: set[asyncio.Task[None]] = set()

    async def start(self, *, host: str = "127.0.0.1", port: int = 0) -> None:
        """Listen; port 0 takes any free one. Raises RingletError if that is not possible."""
        if not is_loopback(host):
            raise RingletError(
                ErrorCode.INVALID_REQUEST,
                f"The demo model does not listen on {host}",
                hint="It checks no users, so it stays on 127.0.0.1.",
            )
        try:
            self._server = await asyncio.start_server(self._accept, host, port, limit=_LONGEST_HEAD)
        except OSError as error:
            raise RingletError(
                ErrorCode.EXECUTION_ERROR,
                f"The demo model cannot listen on {host}:{port} ({error.strerror or error})",
                hint="Choose another port, or 0 for any free one.",
            ) from error

    @property
    def base_url(self) -> str:
        """Where it listens: `http://127.0.0.1:PORT`, without a path."""
        if self._server is None:
            raise RuntimeError("the model is not started")
        host, port = self._server.sockets[0].getsockname()[:2]
        return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"

    async def close(self) -> None:
        """Stop listening and end what is under way."""
        if self._server is None:
            return
        self._server.close()
        for connection in self._connections:
            connection.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)
        await self._server.wait_closed()
        self._server = None

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = asyncio.create_task(self._serve(reader, writer))
        self._connections.add(connection)
        connection.add_done_callback(self._connections.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection until either side ends it."""
        try:
            while await self._exchange(reader, writer):
                pass
        except ConnectionError:
            pass  # the client went away, which is its right
        finally:
            writer.close()

    async def _exchange(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Answer one request; says whether another one may follow."""
        head = None
        try:
            async with asyncio.timeout(_IDLE_SECONDS):
                head = await read_head(reader)
                if head is None:
                    return False
                check_host(head)
                body = await read_body(head, reader, writer, _LARGEST_BODY)
        except TimeoutError:
            return False
        except HttpError as error:
            document = encode(plain_error(error.status, error.message)).encode()
            # The rest of the request is still on its way, so the connection cannot go on.
            refusal = Response(error.status, document, headers={"connection": "close"})
            await write_response(writer, head, refusal)
            return False
        answer = self._routes.answer(head, body)
        if self._on_request is not None:
            self._on_request(answer.seen)
        await asyncio.sleep(answer.response.delay)
        await write_response(writer, head, answer.response)
        return head.keeps_alive
