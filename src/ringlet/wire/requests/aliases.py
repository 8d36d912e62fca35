"""Requests about shims."""

from __future__ import annotations

from ringlet.wire.requests.base import Request


class AliasesInstall(Request, frozen=True, tag="aliases_install"):
    alias: str
    bin_dir: str | None = None


class AliasesUninstall(Request, frozen=True, tag="aliases_uninstall"):
    alias: str
    bin_dir: str | None = None


class AliasesList(Request, frozen=True, tag="aliases_list"):
    """Shims that Ringlet installed."""
