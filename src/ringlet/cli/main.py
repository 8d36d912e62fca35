"""Entry points of the console scripts."""

from __future__ import annotations

import os
import sys

from ringlet import __version__
from ringlet.cli.output import OutputFailed, close, complain, keep_numbers, say_error, write
from ringlet.store import locations

# Options before the command that take a value, so that the command word can be found.
_VALUED = ("--log-level",)
# Commands about this program and its daemon, which none of them starts for that.
_HERE = ("daemon", "help", "version", None)


def main() -> int:
    """`ringlet`: the command line."""
    return _checked(sys.argv[1:])


def _checked(argv: list[str]) -> int:
    """Run the command; one whose output did not reach its reader has failed."""
    try:
        keep_numbers()
        status = _run(argv)
        close()
        return status
    except KeyboardInterrupt:
        return 130  # as shells report a command that Ctrl-C ended
    except OutputFailed as error:
        return complain(error)
    except Exception as error:
        # The edge of the client: out of descriptors or memory, as a rule.
        say_error(*_explain(error))
        os._exit(1)  # what is half made would complain when it is taken down


def _explain(error: Exception) -> list[str]:
    """What went wrong and the next step, also where nothing more can be loaded to tell."""
    try:
        from ringlet.cli import breakdown

        return breakdown.explain(error)
    except Exception:
        return [
            f"Error: {error}",
            "Hint: Ringlet needs more than it is granted here; raise the limits with: "
            "ulimit -n 1024 -v unlimited",
        ]


def _run(argv: list[str]) -> int:
    """Forward the command, or run it here if it is about the daemon itself."""
    if argv in (["--version"], ["-V"]):
        write(1, f"ringlet {__version__}\n".encode())
        return 0
    if problem := locations.complaint(os.environ):
        say_error(f"Error: {problem}")
        return 1
    word = _word(argv)
    if word in _HERE:
        from ringlet.cli import local

        return local.run(argv)
    if word == "init" and "--skip-daemon" in argv:
        from ringlet.cli import local

        return local.run(argv, reason="--skip-daemon was given")
    from ringlet.cli import relay

    status = relay.run(argv)
    close()
    # Everything was written by system calls; taking the interpreter down costs a tenth of it all.
    os._exit(status)


def daemon_main() -> int:
    """`ringletd`: the daemon under its own name."""
    return _checked(["daemon", *sys.argv[1:]])


def _word(argv: list[str]) -> str | None:
    """The first argument that is not an option."""
    arguments = iter(argv)
    for argument in arguments:
        if argument in _VALUED:
            next(arguments, None)
        elif not argument.startswith("-"):
            return argument
    return None
