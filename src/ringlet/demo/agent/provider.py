"""The demo agent's side of Anthropic Messages."""

from __future__ import annotations

import http.client
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias
from urllib.parse import urlsplit

from ringlet.domain.errors import ErrorCode, RingletError
from ringlet.domain.secret import Secret

Message: TypeAlias = dict[str, Any]

_TIMEOUT_SECONDS: Final = 300.0
_MOST_TOKENS: Final = 4096
_LONGEST_ERROR: Final = 64 * 1024
_CONNECTIONS: Final = {
    "http": http.client.HTTPConnection,
    "https": http.client.HTTPSConnection,
}


@dataclass(frozen=True, slots=True)
class Provider:
    """Who answers: `base_url` without `/v1`, the key to it, and the model to ask for."""

    base_url: str
    token: Secret
    model: str

    def answer(
        self,
        messages: Sequence[Message],
        tools: Sequence[dict[str, Any]],
        on_text: Callable[[str], None],
    ) -> Message:
        """The model's next message; its text goes to `on_text` as it comes in.

        Raises RingletError if the provider cannot be reached, refuses, or breaks off.
        """
        body = {
            "model": self.model,
            "max_tokens": _MOST_TOKENS,
            "stream": True,
            "messages": [{"role": one["role"], "content": one["content"]} for one in messages],
            "tools": list(tools),
        }
        headers = self._headers()
        connection, path = _connect(self.base_url)
        try:
            with _reaching(connection.host):
                connection.request("POST", f"{path}/v1/messages", json.dumps(body), headers)
                response = connection.getresponse()
                if response.status != 200:
                    raise _refusal(response.status, response.read(_LONGEST_ERROR))
            return _assemble(_events(response, connection.host), on_text)
        finally:
            connection.close()

    def _headers(self) -> dict[str, str]:
        headers = {"content-type": "application/json", "anthropic-version": "2023-06-01"}
        token = self.token.reveal()
        if not (token.isascii() and token.isprintable()):  # http.client would quote it in its error
            message = "ANTHROPIC_AUTH_TOKEN holds characters that no key has"
            raise RingletError(ErrorCode.INVALID_REQUEST, message, hint="Set the key again.")
        if token:
            headers["authorization"] = f"Bearer {token}"
        return headers


def _connect(base_url: str) -> tuple[http.client.HTTPConnection, str]:
    """A connection, not opened yet, and the path before that of the API."""
    try:
        url = urlsplit(base_url)
        host, port = url.hostname, url.port
        kind = _CONNECTIONS[url.scheme]
        if not host:
            raise ValueError("no host")
    except (ValueError, KeyError) as error:
        raise RingletError(
            ErrorCode.INVALID_ENDPOINT,
            "ANTHROPIC_BASE_URL is not an HTTP address",
            hint="It looks like http://127.0.0.1:PORT.",
        ) from error
    return kind(host, port, timeout=_TIMEOUT_SECONDS), url.path.rstrip("/")


@contextmanager
def _reaching(host: str) -> Iterator[None]:
    """Say it in our words when the network fails."""
    try:
        yield
    except (OSError, http.client.HTTPException) as error:
        raise RingletError(
            ErrorCode.EXECUTION_ERROR,
            f"The provider at {host} does not answer ({error or type(error).__name__})",
            hint="Check that it is running and that ANTHROPIC_BASE_URL is right.",
        ) from error


def _refusal(status: int, body: bytes) -> RingletError:
    try:
        reason = json.loads(body)["error"]["message"]
    except (ValueError, LookupError, TypeError):
        reason = "it gives no reason"
    if status in (401, 403):
        message = f"The provider refuses the key ({status}: {reason})"
        return RingletError(ErrorCode.FORBIDDEN, message, hint="Check ANTHROPIC_AUTH_TOKEN.")
    message = f"The provider answered with an error ({status}: {reason})"
    return RingletError(ErrorCode.EXECUTION_ERROR, message)


def _events(lines: Iterable[bytes], host: str) -> Iterator[dict[str, Any]]:
    """The data of server-sent events."""
    with _reaching(host):
        for line in lines:
            if line.startswith(b"data:"):
                yield json.loads(line[5:])


@dataclass(slots=True)
class _Draft:
    """A message that is still coming in."""

    head: dict[str, Any] = field(default_factory=dict)
    blocks: list[dict[str, Any]] = field(default_factory=list)
    inputs: dict[int, str] = field(default_factory=dict)
    usage: dict[str, Any] = field(default_factory=dict)

    def add(self, index: int, delta: dict[str, Any]) -> str:
        """Take in a piece of a block; returns the text in it."""
        if delta.get("type") == "text_delta":
            self.blocks[index]["text"] += delta["text"]
            return str(delta["text"])
        if delta.get("type") == "input_json_delta":
            self.inputs[index] = self.inputs.get(index, "") + delta["partial_json"]
        return ""

    def finish(self) -> Message:
        for index, text in self.inputs.items():
            self.blocks[index]["input"] = json.loads(text or "{}")
        return {"role": "assistant", **self.head, "content": self.blocks, "usage": self.usage}


def _assemble(events: Iterable[dict[str, Any]], on_text: Callable[[str], None]) -> Message:
    """Put the message together from its events; raises RingletError if they break off."""
    draft = _Draft()
    try:
        for event in events:
            match event["type"]:
                case "message_start":
                    start = event["message"]
                    draft.head = {name: start.get(name) for name in ("id", "model")}
                    draft.usage |= start.get("usage") or {}
                case "content_block_start":
                    draft.blocks.append(dict(event["content_block"]))
                case "content_block_delta":
                    on_text(draft.add(event["index"], event["delta"]))
                case "message_delta":
                    draft.usage |= event.get("usage") or {}
                case "message_stop":
                    return draft.finish()
                case "error":
                    raise RingletError(
                        ErrorCode.EXECUTION_ERROR,
                        f"The provider broke off ({event['error']['message']})",
                    )
    except (ValueError, LookupError, TypeError) as error:
        message = "The provider's answer is not in the form of Anthropic Messages"
        raise RingletError(ErrorCode.EXECUTION_ERROR, message) from error
    raise RingletError(ErrorCode.EXECUTION_ERROR, "The provider's answer ends in the middle")
