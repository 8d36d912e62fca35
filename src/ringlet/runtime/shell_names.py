"""Variables that a shell keeps for itself: what one is set to is not what it holds afterwards.

Found by setting every name that each shell lists to text, to numbers and to nothing; a test does
the same with the shells that are installed.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal

Shell = Literal["bash", "zsh", "sh", "fish", "powershell", "cmd"]

# A shell runs these, or what is substituted in them, at its next prompt or start.
PROGRAMS: Final = frozenset(
    """
    BASH_ENV ENV MAILPATH NULLCMD PROMPT PROMPT2 PROMPT3 PROMPT4 PROMPT_COMMAND PS0 PS1 PS2 PS3 PS4
    READNULLCMD RPROMPT RPROMPT2 RPS1 RPS2 SPROMPT
    """.split()
)
# Quotes do not help here: a shell evaluates what these are set to as arithmetic, in which
# `a[$(command)]` runs the command. They hold whole numbers.
NUMBERS: Final = frozenset(
    """
    BASH_SUBSHELL COLUMNS ERRNO FUNCNEST HISTSIZE JOBMAX KEYTIMEOUT LINES LISTMAX MAILCHECK OPTIND
    PGRP SAVEHIST SECONDS TMOUT TRY_BLOCK_ERROR TRY_BLOCK_INTERRUPT
    """.split()
)
_EVERYWHERE: Final = frozenset(
    "_ EGID EUID GID HISTCMD LINENO PPID RANDOM SHLVL SRANDOM UID".split()
)
_BASH: Final = frozenset(
    """
    BASHOPTS BASHPID BASH_ALIASES BASH_ARGC BASH_ARGV BASH_CMDS BASH_COMMAND BASH_COMPAT
    BASH_LINENO BASH_SOURCE BASH_VERSINFO BASH_XTRACEFD DIRSTACK EPOCHREALTIME EPOCHSECONDS
    FUNCNAME GROUPS SHELLOPTS
    """.split()
)
_ZSH: Final = frozenset(
    """
    ARGC HISTCHARS KEYBOARD_HACK TTYIDLE USERNAME WATCH ZSH_EVAL_CONTEXT ZSH_SUBSHELL aliases argv
    builtins cdpath commands dirstack dis_aliases dis_builtins dis_functions dis_functions_source
    dis_galiases dis_patchars dis_reswords dis_saliases epochtime errnos fignore fpath funcfiletrace
    funcsourcetrace funcstack functions functions_source functrace galiases histchars history
    historywords jobdirs jobstates jobtexts keymaps langinfo mailpath manpath mapfile module_path
    modules nameddirs options parameters patchars path pipestatus psvar reswords saliases signals
    status sysparams termcap terminfo userdirs usergroups watch widgets zsh_eval_context
    zsh_scheduled_events
    """.split()
)
_KSH: Final = frozenset("KSHEGID KSHGID KSHUID KSH_VERSION PIPESTATUS SECONDS USER_ID".split())
_FISH: Final = frozenset(
    """
    FISH_VERSION PWD fish_history fish_kill_signal fish_killring fish_pid history hostname
    pipestatus status status_generation umask version
    """.split()
)
_CMD: Final = frozenset(
    """
    CD CMDCMDLINE CMDEXTVERSION DATE ERRORLEVEL HIGHESTNUMANODENUMBER RANDOM TIME
    """.split()
)
# `sh` is whatever the system has by that name.
TAKEN: Final[Mapping[Shell, frozenset[str]]] = {
    "bash": _EVERYWHERE | _BASH,
    "zsh": _EVERYWHERE | _ZSH,
    "sh": _EVERYWHERE | _BASH | _KSH,
    "fish": _EVERYWHERE | _FISH,
    "powershell": frozenset(),
    "cmd": _CMD,
}
