"""Find a program as the caller's shell would, and fail as it would."""

from __future__ import annotations

import os
import shutil

from ringlet.domain.errors import ErrorCode, RingletError

_NOT_FOUND, _NOT_EXECUTABLE = 127, 126


def find_program(name: str, *, folder: str, path: str | None) -> str:
    """The absolute path of `name`: looked up in `path`, or relative to `folder` if it has a slash.

    Raises EXECUTION_ERROR with the exit status of shells: 127 where there is no such program, 126
    where what there is cannot be executed.
    """
    if os.sep in name:
        places = [os.path.join(folder, name)]
    else:
        folders = (path or os.defpath).split(os.pathsep)
        places = [os.path.join(folder, each, name) for each in folders]
    for place in places:
        if found := shutil.which(place):
            return os.path.abspath(found)
    if there := next(filter(os.path.lexists, places), None):
        raise RingletError(
            ErrorCode.EXECUTION_ERROR,
            f"{there} is not a program that you may execute",
            exit_status=_NOT_EXECUTABLE,
        )
    where = f"at {places[0]}" if os.sep in name else "on your PATH"
    raise RingletError(
        ErrorCode.EXECUTION_ERROR, f"There is no program {name!r} {where}", exit_status=_NOT_FOUND
    )
