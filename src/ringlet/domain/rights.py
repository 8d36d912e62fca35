"""What a process of an agent's run may ask of the daemon, and what it is told if it may not."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, Final, Literal, get_args

import msgspec

from ringlet.domain.errors import ErrorCode, RingletError

AgentRights = Literal["self", "read", "full"]
RIGHTS: Final[tuple[AgentRights, ...]] = get_args(AgentRights)
SETTING: Final = "isolation.agent_rights"
EXIT_STATUS: Final = 77  # as sysexits.h has it for a permission that is missing


class Kind(StrEnum):
    """What something comes to. Whose profile it is about decides over some of them."""

    OPEN = "open"  # about Ringlet, its agents and providers; or it looks at who asks by itself
    READ = "read"
    SECRET = "secret"  # noqa: S105 - hands out what is secret
    START = "start"
    LEASE = "lease"  # tells how a run goes that the asking process itself carries out
    CHANGE = "change"
    CONTROL = "control"  # the daemon itself, and who is let in


class Rule(msgspec.Struct, frozen=True):
    """What a request or a command comes to.

    `of` is the field that names the profile; where it `fills`, leaving it out means the asking
    run's own. A list of things has in `lists` the attribute that names the profile of each, and
    shows a run those of its own. `raised` are fields that make it something else.
    """

    kind: Kind
    of: str = ""
    fills: bool = False
    lists: str = ""
    raised: Mapping[str, Kind] = {}

    def at(self, given: Mapping[str, Any]) -> Kind:
        """What it comes to with these fields."""
        return next((kind for name, kind in self.raised.items() if given.get(name)), self.kind)


class Inside(msgspec.Struct, frozen=True):
    """A run that a process belongs to, and its rights."""

    run_id: str
    profile: str
    rights: AgentRights


class Origin(msgspec.Struct, frozen=True):
    """Who asks: `runs` are those that limit the process, `leases` those that it carries out.

    A process that is not known may belong to any run, so it may as little as the least.
    """

    runs: tuple[Inside, ...] = ()
    leases: frozenset[str] = frozenset()
    is_known: bool = True

    @property
    def is_free(self) -> bool:
        """Whether this is the user: nothing limits the process."""
        return self.is_known and not self.runs

    def sees(self, name: str | None) -> bool:
        """Whether it may know of the profile; `profile:NAME` is how budgets may call it."""
        alias = name and name.removeprefix("profile:")
        return self.is_known and all(
            each.rights == "read" or each.profile == alias for each in self.runs
        )

    def may_name(self, rule: Rule, field: str, value: str) -> bool:
        """Whether the value of a field is worth offering: what comes of it would be allowed."""
        if self.is_free:
            return True
        kind, runs = rule.kind, self.runs
        if field == rule.of:
            return self.allows(rule, {field: value})
        return kind is Kind.OPEN or (
            self.is_known and all(kind is Kind.READ and each.rights == "read" for each in runs)
        )

    def allows(self, rule: Rule, given: Mapping[str, Any]) -> bool:
        """Whether it may do what the rule is about, to what the fields name."""
        kind = rule.at(given)
        if kind is Kind.OPEN:
            return True
        return self.is_known and all(self._permits(each, kind, rule, given) for each in self.runs)

    def demand(self, what: str, rule: Rule, given: Mapping[str, Any]) -> dict[str, str]:
        """Raise FORBIDDEN unless it may do that; returns the fields that have to be filled in."""
        own = [each.profile for each in self.runs if each.rights == "self"]
        filled = {rule.of: own[0]} if rule.fills and own and not given.get(rule.of) else {}
        if not self.allows(rule, {**given, **filled}):
            raise self._refusal(what, rule.at(given))
        return filled

    def _permits(self, run: Inside, kind: Kind, rule: Rule, given: Mapping[str, Any]) -> bool:
        named = given.get(rule.of) if rule.of else None
        match kind:
            case Kind.READ:
                own = bool(rule.lists) or named == run.profile or (rule.fills and not named)
                return own or run.rights == "read"
            case Kind.SECRET | Kind.START:
                return named == run.profile
            case Kind.LEASE:
                return named in self.leases
            case _:
                return False

    def _refusal(self, what: str, kind: Kind) -> RingletError:
        if not self.is_known:
            return RingletError(
                ErrorCode.FORBIDDEN,
                f"{what} is refused: an agent runs, and which process asks cannot be told",
                hint=f'With {SETTING} = "full" in config.toml it makes no difference who asks.',
                exit_status=EXIT_STATUS,
            )
        run = self.runs[0]
        enough = "read" if kind is Kind.READ else "full"
        return RingletError(
            ErrorCode.FORBIDDEN,
            f"{what} is refused: it was asked for within run {run.run_id[:12]} of profile "
            f"{run.profile}, and {SETTING} is {run.rights}",
            hint="Ask for it in a shell of your own, or allow it from there with: "
            f"ringlet profiles set {run.profile} agent-rights {enough}",
            exit_status=EXIT_STATUS,
        )


USER: Final = Origin()
