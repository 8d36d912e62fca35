"""Write to the caller's terminal, file or pipe, by system calls alone.

Whatever cannot be written to the standard output ends the command, with a word on the standard
error. Where nobody reads any more it ends as other programs do, by SIGPIPE.
"""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn

_LONGEST = 4000
_DIED_OF_SIGPIPE = 141  # as shells report it


class OutputFailed(BaseException):
    """The standard output cannot be written to; the text says why.

    Like KeyboardInterrupt it passes those who would take it for a mistake of a command.
    """


def keep_numbers() -> None:
    """Take the numbers 0, 1 and 2 where the caller closed them, or a socket would get them.

    What is opened there fails when it is used, as if it were closed; programs that we start
    do not inherit it.
    """
    for fd in (0, 1, 2):
        try:
            os.fstat(fd)
        except OSError:
            # The lowest free number is `fd`, since those below are taken.
            os.open(os.devnull, os.O_RDONLY if fd else os.O_WRONLY)


def write(fd: int, data: bytes) -> None:
    """Write everything, however slowly it is read.

    Raises OutputFailed if `fd` is the standard output; what the standard error does not take is
    lost, since there is nowhere to tell of it.
    """
    rest = memoryview(data)
    while rest:
        try:
            rest = rest[os.write(fd, rest) :]
        except BlockingIOError:
            _await_room(fd)
        except OSError as error:
            if fd != 1:
                return
            _fail(error)


def close() -> None:
    """Close the standard output: some file systems tell only then that it was not written."""
    try:
        os.close(1)
    except OSError as error:
        _fail(error)


def complain(error: OutputFailed) -> int:
    """Tell why the output is not whole; returns the exit status."""
    say_error(f"Error: {error}")
    return 1


def _await_room(fd: int) -> None:
    """Wait for a reader: somebody made this pipe or terminal non-blocking."""
    import select

    output = select.poll()
    output.register(fd, select.POLLOUT)
    output.poll()


def end_unread() -> NoReturn:
    """End as a program does that writes where nobody reads any more."""
    import signal

    signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # the interpreter ignores it
    os.kill(os.getpid(), signal.SIGPIPE)
    os._exit(_DIED_OF_SIGPIPE)  # our caller blocks it


def _fail(error: OSError) -> None:
    if isinstance(error, BrokenPipeError):
        end_unread()
    raise OutputFailed(f"Cannot write the output: {(error.strerror or 'unknown').lower()}")


def say_error(*lines: str) -> None:
    """An error of the client's own, as lines in which nothing acts on the terminal.

    Without the table in `ringlet.domain.legible`, whose pattern takes longer to make than a
    forwarded command: what is not printable is shown as it is typed.
    """
    write(2, "".join(f"{_visible(line)}\n" for line in lines).encode())


def _visible(line: str) -> str:
    if len(line) > _LONGEST:
        line = f"{line[: _LONGEST // 2]}…{line[-_LONGEST // 2 :]}"
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in line)
