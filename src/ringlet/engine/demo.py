"""The demo provider: a loopback model that needs no account, started at first use."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from ringlet.domain.providers import Api

if TYPE_CHECKING:
    from ringlet.demo.llm import LoopbackModel

SCHEME: Final = "demo:"


class DemoModel:
    """Runs the bundled model inside the daemon for as long as the daemon lives."""

    def __init__(self) -> None:
        self._model: LoopbackModel | None = None
        self._starting = asyncio.Lock()

    async def base_url(self, api: Api) -> str:
        """The URL for agents that speak `api`, in the convention of that API's clients."""
        # Loaded at first use: most daemons never need it.
        from ringlet.demo.llm import LoopbackModel

        async with self._starting:
            if self._model is None:
                model = LoopbackModel()
                await model.start()
                self._model = model
        return self._model.base_url + ("/v1" if api in (Api.CHAT, Api.RESPONSES) else "")

    async def close(self) -> None:
        """Stop the model, if it ever ran."""
        if self._model is not None:
            await self._model.close()
