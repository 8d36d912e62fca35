"""Requests about config.toml."""

from __future__ import annotations

from ringlet.wire.requests.base import Request


class ConfigList(Request, frozen=True, tag="config_list"):
    """All settings with their values."""


class ConfigSet(Request, frozen=True, tag="config_set"):
    """Give a setting a value: text, or a value as TOML spells it."""

    key: str
    value: str


class ConfigUnset(Request, frozen=True, tag="config_unset"):
    """Take a setting out, so that its default counts."""

    key: str


class ConfigAdopt(Request, frozen=True, tag="config_adopt"):
    """Copy profiles, manifests, scripts and settings of the program's earlier name, clown."""
