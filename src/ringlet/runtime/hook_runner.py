"""Run one hook for an agent: a program of its own, started by agents and nothing else.

    python -I -S hook_runner.py PROFILE EVENT command 'shell command'
    python -I -S hook_runner.py PROFILE EVENT url 'https://…'

The agent's own account of the event comes on the standard input, as JSON. A command gets it there,
too; in `$EVENT` it finds Ringlet's, which is the same for every agent: `type`, `tool`,
`timestamp`, `profile`, `command` and `files` of the tool, and the agent's own under `details`.
`$CLAUDE_FILE_PATHS` are the files. A URL gets Ringlet's account as the body of a POST.

Before a tool (PreToolUse) exit code 1 or 2 stands for "no". Agents take 2 only, some of them only
with a reason on the standard error, so 1 becomes 2 and there always is one.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from datetime import UTC, datetime
from typing import Any

_MAX_INPUT = 16 << 20
_MAX_VARIABLE = 100_000  # Linux takes no variable of 128 KiB or more
_REQUEST_SECONDS = 30
_PATCH_HEADS = ("*** Update File: ", "*** Add File: ", "*** Delete File: ")
_SHELL = """
sh -c "$1" hook
code=$?
if [ "$2" = PreToolUse ] && { [ "$code" = 1 ] || [ "$code" = 2 ]; }; then
  echo "A hook refused this." >&2
  exit 2
fi
exit "$code"
"""


def main(profile: str, event: str, kind: str, action: str) -> int:
    """The exit status for the agent."""
    raw = sys.stdin.buffer.read(_MAX_INPUT)
    account = describe(profile, event, raw)
    if kind == "url":
        return _post(action, account)
    _run(action, event, raw, account)
    return 1


def describe(profile: str, event: str, raw: bytes) -> dict[str, Any]:
    """Ringlet's account of an event."""
    try:
        details = json.loads(raw or b"{}")
    except ValueError:
        details = {}
    if not isinstance(details, dict):
        details = {}
    given = details.get("tool_input")
    given = given if isinstance(given, dict) else {}
    return {
        "type": event,
        "tool": details.get("tool_name", ""),
        "timestamp": datetime.now(UTC).isoformat(timespec="milliseconds"),
        "profile": profile,
        "command": given.get("command", ""),
        "files": _files(given),
        "details": details,
    }


def _files(given: dict[str, Any]) -> list[str]:
    """The files that a tool works on, as far as its input tells."""
    named = [given.get(key) for key in ("file_path", "filePath", "path", "notebook_path")]
    texts = [given.get(key) for key in ("command", "input", "patch")]
    for text in texts:
        for line in text.splitlines() if isinstance(text, str) else ():
            named += [line.removeprefix(head) for head in _PATCH_HEADS if line.startswith(head)]
    return [name for name in named if isinstance(name, str) and name]


def _run(command: str, event: str, raw: bytes, account: dict[str, Any]) -> None:
    """Become the command."""
    text = json.dumps(account)
    if len(text) > _MAX_VARIABLE:
        text = json.dumps({**account, "command": "", "details": {}, "truncated": True})
    environ = {**os.environ, "EVENT": text, "CLAUDE_FILE_PATHS": " ".join(account["files"])}
    with tempfile.TemporaryFile() as file:
        file.write(raw)
        file.flush()
        os.lseek(file.fileno(), 0, os.SEEK_SET)
        os.dup2(file.fileno(), 0)
    os.execve("/bin/sh", ["sh", "-c", _SHELL, "hook", command, event], environ)  # noqa: S606


def _post(url: str, account: dict[str, Any]) -> int:
    """Send the account; what the other side says in the hooks' own terms is passed on."""
    import urllib.request

    body = json.dumps(account).encode()
    request = urllib.request.Request(  # noqa: S310 - http and https only, checked before
        url, data=body, headers={"Content-Type": "application/json"}
    )
    try:
        with urllib.request.urlopen(request, timeout=_REQUEST_SECONDS) as reply:  # noqa: S310
            answer = reply.read(_MAX_INPUT)
    except (OSError, ValueError) as error:
        text = f"ringlet: the hook at {url} cannot be reached: {error}"
        print("".join(filter(str.isprintable, text)), file=sys.stderr)
        return 1
    if answer.lstrip().startswith(b"{"):
        try:
            os.write(1, answer)
        except OSError as error:
            print(f"ringlet: the answer of {url} cannot be passed on: {error}", file=sys.stderr)
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:5]))
