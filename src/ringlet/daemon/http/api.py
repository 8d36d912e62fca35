"""Routes at work: make a request of method, path, query and body, have it answered, wrap it up."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any
from urllib.parse import parse_qsl

import msgspec
from starlette.requests import Request as HttpRequest
from starlette.responses import Response
from starlette.routing import BaseRoute
from starlette.routing import Route as Path
from starlette.types import Receive, Scope, Send

from ringlet.daemon.deadline import within
from ringlet.daemon.handlers import Handlers
from ringlet.daemon.http.connection import ORIGIN
from ringlet.daemon.http.envelope import JSON, failed, refused, succeeded
from ringlet.daemon.http.routes import ROUTES, Route
from ringlet.domain.errors import ErrorCode, RingletError
from ringlet.engine.incidents import translate
from ringlet.wire.requests.base import Request
from ringlet.wire.requests.fields import known_fields
from ringlet.wire.strict import parse

_log = logging.getLogger(__name__)
Endpoint = Callable[[HttpRequest], Awaitable[Response]]


class Resource:
    """What answers on one path: an endpoint for each method; another method gets a 405."""

    def __init__(self, methods: Mapping[str, Endpoint]) -> None:
        self._methods = dict(methods)
        if "GET" in self._methods:
            self._methods["HEAD"] = self._methods["GET"]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """An ASGI application."""
        endpoint = self._methods.get(scope["method"])
        if endpoint is None:
            allowed = ", ".join(sorted(self._methods))
            response = refused(405, f"Only {allowed} works here", allow=allowed)
        else:
            response = await endpoint(HttpRequest(scope, receive))
        await response(scope, receive, send)


def resources(handlers: Handlers, routes: Iterable[Route] = ROUTES) -> list[BaseRoute]:
    """The table as routes of the web framework; fixed paths come before those with parameters."""
    paths: dict[str, dict[str, Endpoint]] = {}
    for route in sorted(routes, key=lambda route: len(route.parameters)):
        paths.setdefault(f"/api{route.path}", {})[route.method] = _endpoint(route, handlers)
    paths["/api/openapi.json"] = {"GET": _describe}
    return [Path(path, Resource(methods)) for path, methods in paths.items()]


async def _describe(http: HttpRequest) -> Response:
    from ringlet.daemon.http.openapi import document  # seldom wanted

    return Response(msgspec.json.encode(document()), media_type=JSON)


def _endpoint(route: Route, handlers: Handlers) -> Endpoint:
    async def answer(http: HttpRequest) -> Response:
        try:
            request = await _read(route, http)
            _, data = await within(
                route.deadline, handlers.answer(request, origin=http.scope[ORIGIN])
            )
            return succeeded(data, route.status)
        except Exception as error:
            # The edge of the daemon: a defect in one request must not end the others.
            return failed(translate(error, _log, f"{route.method} {route.path}"))

    return answer


async def _read(route: Route, http: HttpRequest) -> Request:
    """The request; raises INVALID_REQUEST that names the field, never its value."""
    query = parse_query(http.scope["query_string"], route.query)
    texts = {route.renamed.get(name, name): text for name, text in query.items()}
    texts |= http.path_params
    types = {each.name: each.type for each in msgspec.structs.fields(route.request)}
    fields: dict[str, Any] = {"type": route.request.__struct_config__.tag, **route.fixed}
    fields |= {name: _from_text(name, text, types[name]) for name, text in texts.items()}
    if route.body:
        fields |= await _body(route, http)
    try:
        return msgspec.convert(fields, route.request)
    except msgspec.ValidationError as error:
        raise RingletError(ErrorCode.INVALID_REQUEST, str(error)) from None


def _from_text(name: str, text: str, kind: Any) -> Any:
    """A number or the like that came as text."""
    try:
        return msgspec.convert(text, kind, strict=False)
    except msgspec.ValidationError as error:
        raise RingletError(ErrorCode.INVALID_REQUEST, f"{name}: {error}") from None


def parse_query(query: bytes, known: Iterable[str]) -> dict[str, str]:
    """The parameters; raises INVALID_REQUEST for one that is unknown or comes twice."""
    try:
        pairs = parse_qsl(query.decode("ascii"), keep_blank_values=True, errors="strict")
    except ValueError:
        raise RingletError(ErrorCode.INVALID_REQUEST, "The query is not UTF-8") from None
    found = dict(pairs)
    if len(found) < len(pairs):
        raise RingletError(ErrorCode.INVALID_REQUEST, "The query names a parameter twice")
    if unknown := found.keys() - set(known):
        names = ", ".join(sorted(map(repr, unknown)))
        hint = f"There are: {', '.join(known)}" if known else "None can be given here."
        raise RingletError(
            ErrorCode.INVALID_REQUEST, f"Unknown query parameters: {names}", hint=hint
        )
    return found


async def _body(route: Route, http: HttpRequest) -> dict[str, Any]:
    raw = await http.body()
    body = parse(raw) if raw else {}
    if not isinstance(body, dict):
        raise RingletError(ErrorCode.INVALID_REQUEST, "The body must be a JSON object")
    return known_fields(str(route.request.__struct_config__.tag), body, route.body)
