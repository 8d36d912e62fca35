"""The price of a model at a time, from whatever list knows it best."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from threading import Lock

from ringlet.domain.errors import RingletError
from ringlet.domain.model_names import ModelNames, canonical
from ringlet.domain.pricing import DatedPrice, at
from ringlet.store.paths import Paths
from ringlet.store.prices.own import OwnPrices, read_own
from ringlet.store.prices.shipped import shipped, shipped_checksum
from ringlet.store.prices.synced import SyncedPrices, listed_history
from ringlet.store.quarantine import Quarantine

_State = tuple[int, int, int] | None


class PriceBook:
    """Prices of the user first, then those of synchronised lists, then those that are shipped.

    Nothing is read before the first question, and only the models asked for are decoded. Threads
    may share it.
    """

    def __init__(self, paths: Paths, quarantine: Quarantine) -> None:
        self._paths = paths
        self._quarantine = quarantine
        self._own: OwnPrices | None = None
        self._missed = False  # the user's prices could not be read, for a reason that may pass
        self._told = ""  # what is wrong with them
        self._found: dict[tuple[str, str], tuple[DatedPrice, ...]] = {}
        self._states = self._look()
        self._lock = Lock()

    def at(self, model: str, time_ms: int, provider: str = "") -> DatedPrice | None:
        """The price of a model at a time (ms since 1970, UTC); None if it is not known."""
        return at(self.history(model, provider), time_ms)

    def history(self, model: str, provider: str = "") -> tuple[DatedPrice, ...]:
        """All prices of a model by rising date; empty if none is known."""
        found = self._found.get((model, provider))
        if found is None:
            with self._lock:
                found = self._found[model, provider] = self._history(model, provider)
        return found

    def entry(self, model: str, provider: str = "") -> str | None:
        """The entry of a price list that a model's name means; None if there is none."""
        with self._lock:
            return self._names.find(model, provider)

    def refresh(self) -> bool:
        """Look whether a file has changed; then prices may be others, and True is returned."""
        states = self._look()
        if states == self._states and not self._is_readable_now():
            return False
        with self._lock:
            self._states = states
            self._found.clear()
            self.__dict__.pop("_names", None)
            self.__dict__.pop("_synced", None)
            if self._own is not None:
                self._own = self._read_own(self._own)
        return True

    @property
    def state(self) -> str:
        """What all prices go by, as it was at the last `refresh`: another one, other prices."""
        own, _, layers = self._states
        return f"{shipped_checksum()} {own} {layers}"

    def _history(self, model: str, provider: str) -> tuple[DatedPrice, ...]:
        entry = self._names.find(model, provider)
        listed = listed_history(entry, shipped(), self._synced) if entry else ()
        for name in (f"{provider}/{model}", model, entry or ""):
            if own := self._own_prices.get(canonical(name)):
                return (*(one for one in listed if one.since < own[0].since), *own)
        return listed

    @property
    def _own_prices(self) -> OwnPrices:
        if self._own is None:
            self._own = self._read_own({})
        return self._own

    def _read_own(self, before: OwnPrices) -> OwnPrices:
        self._quarantine.withdraw(self._told)
        self._missed = False
        try:
            return read_own(self._paths.own_prices)
        except RingletError as error:
            self._missed = isinstance(error.__cause__, OSError)
            self._told = error.message
            self._quarantine.report(self._told)
            return before

    def _is_readable_now(self) -> bool:
        """Whether prices that could not be read before can be now."""
        try:
            return self._missed and read_own(self._paths.own_prices) is not None
        except RingletError as error:
            return not isinstance(error.__cause__, OSError)

    @cached_property
    def _synced(self) -> SyncedPrices:
        return SyncedPrices.load(self._paths.price_layers, self._quarantine)

    @cached_property
    def _names(self) -> ModelNames:
        return ModelNames({*shipped().names, *self._synced.names, *self._own_prices})

    def _look(self) -> tuple[_State, ...]:
        paths = self._paths
        return tuple(map(_state, (paths.own_prices, paths.synced_prices, paths.price_layers)))


def _state(path: Path) -> _State:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_ino, status.st_size, status.st_mtime_ns
