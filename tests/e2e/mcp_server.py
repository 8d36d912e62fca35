"""A tiny MCP server on the standard streams; it notes what it was started with and asked."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

_TOOL = {"name": "note", "description": "Note it.", "inputSchema": {"type": "object"}}


def answer(request: dict[str, Any]) -> dict[str, Any]:
    """The result of a request."""
    if request["method"] == "initialize":
        version = request["params"]["protocolVersion"]
        info = {"name": "notes", "version": "1"}
        return {"protocolVersion": version, "capabilities": {"tools": {}}, "serverInfo": info}
    if request["method"] == "tools/list":
        return {"tools": [_TOOL]}
    if request["method"] == "tools/call":
        return {"content": [{"type": "text", "text": "noted"}]}
    return {}


def main(log: Path) -> None:
    """Answer until the agent goes away."""
    with log.open("a", buffering=1) as file:
        environ = {name: os.environ.get(name, "") for name in ("NOTES_LEVEL", "NOTES_TOKEN")}
        file.write(json.dumps({"method": "started", **environ}) + "\n")
        for line in sys.stdin:
            request = json.loads(line)
            file.write(json.dumps({"method": request["method"]}) + "\n")
            if "id" in request:
                reply = {"jsonrpc": "2.0", "id": request["id"], "result": answer(request)}
                print(json.dumps(reply), flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
