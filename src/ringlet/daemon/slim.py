"""Import modules without what they would load on the off chance."""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import TracebackType


class without:
    """Imports of the module fail inside the block, as where it is not installed.

    Does nothing if it was loaded before, or in a process that has started long ago.
    """

    def __init__(self, module: str) -> None:
        self._module = module
        self._blocks = module not in sys.modules

    def __enter__(self) -> None:
        if self._blocks:
            sys.modules[self._module] = None  # type: ignore[assignment]  # documented to fail

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._blocks:
            del sys.modules[self._module]
