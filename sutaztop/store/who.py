"""Who asks for a change: the account, the person behind ``sudo``, and where an SSH session came from."""

import os
import pwd
from collections.abc import Mapping
from pathlib import Path

from sutaztop.domain.text import clean_line

_LOGIN_UID = Path("/proc/self/loginuid")
"""The account that logged in; the kernel keeps it through su and sudo."""
_NOT_SET = 0xFFFFFFFF


def who_am_i(environment: Mapping[str, str], *, uid: int | None = None, login_uid: int | None = None) -> str:
    """Give the journal's "who": ``root (alice by sudo) from 10.0.0.7``.

    The user ids are the process's own unless given. The environment is its owner's to change,
    so the names in it are testimony, not proof; the journal is for colleagues, not for courts.
    """
    account = _name(os.geteuid() if uid is None else uid)
    behind = [f"{name} by sudo" for name in [_word(environment, "SUDO_USER")] if name and name != account]
    logged_in = _read_login_uid() if login_uid is None else login_uid
    if logged_in is not None:
        name = _name(logged_in)
        if name != account and not any(it.startswith(f"{name} ") for it in behind):
            behind.append(f"logged in as {name}")
    origin = _word(environment, "SSH_CONNECTION") or _word(environment, "SSH_CLIENT")
    return account + (f" ({', '.join(behind)})" if behind else "") + (f" from {origin}" if origin else "")


def _word(environment: Mapping[str, str], variable: str) -> str:
    """Give the first word of a variable, harmless and short."""
    words = clean_line(environment.get(variable, ""), limit=64).split()
    return words[0] if words else ""


def _name(uid: int) -> str:
    try:
        return clean_line(pwd.getpwuid(uid).pw_name, limit=64)
    except (KeyError, OverflowError):
        return f"uid {uid}"


def _read_login_uid() -> int | None:
    try:
        found = int(_LOGIN_UID.read_text(encoding="ascii"))
    except (OSError, ValueError):
        return None
    return None if found == _NOT_SET else found
