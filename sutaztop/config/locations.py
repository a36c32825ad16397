"""Where files are: what is shipped, what the system and the user configured, and where state is kept."""

from collections.abc import Mapping
from pathlib import Path

import sutaztop

SYSTEM_FILE = Path("/etc/sutaztop/config.yaml")
"""Read first of all configuration files, where it exists."""
_PACKAGE = Path(sutaztop.__file__).resolve().parent


def shipped(folder: str) -> Path:
    """Give the directory of shipped data, ``config`` or ``themes``.

    An installed wheel carries it inside the package; a checkout keeps it at its top.
    """
    installed = _PACKAGE / "_data" / folder
    return installed if installed.is_dir() else _PACKAGE.parent / folder


def user_directory(environment: Mapping[str, str]) -> Path:
    """Give the user's own configuration directory: ``$XDG_CONFIG_HOME/sutaztop``."""
    return _base(environment, "XDG_CONFIG_HOME", ".config") / "sutaztop"


def user_file(environment: Mapping[str, str]) -> Path:
    """Give the user's own configuration file, which need not exist."""
    return user_directory(environment) / "config.yaml"


def state_directory(configured: str, environment: Mapping[str, str]) -> Path:
    """Give the directory of the journal: as configured, else ``$XDG_STATE_HOME/sutaztop``."""
    if configured:
        return expand(configured, environment)
    return _base(environment, "XDG_STATE_HOME", ".local/state") / "sutaztop"


def expand(path: str, environment: Mapping[str, str], *, beside: Path | None = None) -> Path:
    """Give a path with ``~`` put in full, and a relative one taken from the directory ``beside``."""
    if path == "~" or path.startswith("~/"):
        return home(environment) / path[2:]
    return Path(path) if beside is None else beside / path


def home(environment: Mapping[str, str]) -> Path:
    """Give the home directory; the root directory where the environment names none."""
    return Path(environment.get("HOME") or "/")


def _base(environment: Mapping[str, str], variable: str, fallback: str) -> Path:
    # The XDG specification: a relative path in these variables is to be ignored.
    named = environment.get(variable, "")
    return Path(named) if named.startswith("/") else home(environment) / fallback
