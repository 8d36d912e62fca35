"""Provider manifests: from a document to a `Provider`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final
from urllib.parse import urlsplit

import msgspec

from ringlet.agents.documents import Document
from ringlet.agents.problems import KeyPath
from ringlet.domain.names import is_env_name, is_identifier
from ringlet.domain.providers import Api, Auth, Provider, ProviderModels, ProviderType

DEMO_URL: Final = "demo:"
"""The endpoint of the offline demo model, which Ringlet itself answers."""

_DEFAULT: Final = "default"


class _Manifest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The file as people write it: `endpoints.default` is a URL or the name of another one."""

    id: str
    name: str
    type: ProviderType
    endpoints: dict[str, str]
    auth: Auth = Auth()
    models: ProviderModels = ProviderModels()
    apis: tuple[Api, ...] = ()


def parse_provider(document: Document, *, source: str) -> Provider:
    """Return the provider that the manifest describes, or raise `ManifestError`."""
    manifest = document.convert(_Manifest)
    document.refuse(_complaints(manifest))
    endpoints, default = _name_endpoints(document, manifest.endpoints)
    models = manifest.models
    return Provider(
        id=manifest.id,
        name=manifest.name,
        type=manifest.type,
        endpoints={name: url.rstrip("/") for name, url in endpoints.items()},
        default_endpoint=default,
        auth=manifest.auth,
        models=ProviderModels(available=models.available, default=models.default or None),
        apis=manifest.apis,
        source=source,
    )


def _name_endpoints(document: Document, written: dict[str, str]) -> tuple[dict[str, str], str]:
    """Return the URLs by name, and the name of the default one, for both ways to write it."""
    default = written.get(_DEFAULT)
    named = {name: url for name, url in written.items() if name != _DEFAULT}
    if default in named:
        return named, default
    if default is not None and (default == "" or ":" in default):
        return written, _DEFAULT
    if default is not None:
        document.reject(("endpoints", _DEFAULT), f"{default!r} is neither a URL nor an endpoint")
    if len(named) != 1:
        document.reject(("endpoints", _DEFAULT), "this key is required with several endpoints")
    return named, next(iter(named))


def _complaints(manifest: _Manifest) -> Iterator[tuple[KeyPath, str]]:
    """What the types alone do not say."""
    if not is_identifier(manifest.id):
        yield ("id",), "an id is 1 to 64 of a-z 0-9 '-' '_', beginning with a letter or digit"
    if not manifest.name.strip():
        yield ("name",), "it is empty"
    if not manifest.endpoints:
        yield ("endpoints",), "it names no endpoint"
    for name, url in manifest.endpoints.items():
        refers = name == _DEFAULT and ":" not in url and url
        if not refers and (fault := _url_fault(url, manifest.type)):
            yield ("endpoints", name), fault
    auth, models = manifest.auth, manifest.models
    if auth.env_key and not is_env_name(auth.env_key):
        yield ("auth", "env_key"), f"{auth.env_key!r} is not the name of an environment variable"
    if auth.required and not auth.env_key:
        yield ("auth", "env_key"), "it is needed, unless auth.required = false"
    if models.default and models.available and models.default not in models.available:
        yield ("models", "default"), f"{models.default!r} is not in models.available"


def _url_fault(url: str, kind: ProviderType) -> str:
    """Why the text cannot be a base URL; "" if it can."""
    if url == DEMO_URL or (url == "" and kind is ProviderType.SELF):
        return ""
    try:
        parts = urlsplit(url)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable or not url.isprintable() or " " in url:
        return "it must be a URL that begins with http:// or https://"
    if parts.username is not None:
        return "a URL must not hold a name or password; use auth.env_key"
    if parts.query or parts.fragment:
        return "a base URL has no ? and no #"
    return ""
