"""Settings from files: the profile, then the system's file, the user's, and those named; later wins, key by key."""

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sutaztop.config import locations
from sutaztop.config.build import build_settings
from sutaztop.config.check import Layer, Said, check, nearest
from sutaztop.config.scaling_json import scaling_layer
from sutaztop.config.schema import CONFIGURATION, PROFILE
from sutaztop.config.settings import Settings
from sutaztop.config.themes import find_theme
from sutaztop.config.yaml_lines import Place, quote, read_text, read_yaml, refuse
from sutaztop.contracts import ConfigError

DEFAULT_PROFILE = "sutazai"
NO_PROFILE = "none"
"""The word for any stack: no tiers, no disk plan, the guide's thresholds all the same."""
_DEFAULTS = "default"
_STRICT: Mapping[tuple[str, ...], Callable[[Any, Any], bool]] = {
    ("screen", "read_only"): lambda system, later: system and not later,
    ("screen", "lease"): lambda system, later: system > 0 and not 0 < later <= system,
    ("screen", "lease_idle"): lambda system, later: later > system,
}
"""Of each key, whether a later value would relax the system's."""


@dataclass(frozen=True, slots=True)
class _File:
    path: Path
    layer: Layer


def load_settings(
    files: Sequence[str | Path] = (),
    *,
    environment: Mapping[str, str] | None = None,
    profile: str | None = None,
    system: Path = locations.SYSTEM_FILE,
) -> Settings:
    """Read the settings, whole and checked.

    ``files`` are those named with ``--config``, each of which must exist; the system's and the
    user's files are read before them where they exist. ``profile`` overrules what the files
    say: a shipped profile's name, ``none``, or a path. Raises ``ConfigError`` for the first
    thing that is wrong in any of them.
    """
    env = os.environ if environment is None else environment
    standing = [path for path in (system, locations.user_file(env)) if _exists(path)]
    named = [locations.expand(str(path), env) for path in files]
    read = [_File(path, check(read_yaml(read_text(path), str(path)), CONFIGURATION)) for path in (*standing, *named)]
    chosen = _profile_file(read, profile, env)
    layers = [_with_scaling(file, env) for file in read]
    if chosen is not None:
        layers.insert(0, chosen.layer)
    merged: dict[tuple[str, ...], Said] = {}
    for layer in layers:
        merged.update(layer)
    for file in read:
        if file.path == system:
            _keep_strict(merged, file.layer)
    _check_theme(merged.get(("screen", "theme")), env)
    all_files = ([chosen] if chosen else []) + read
    name = NO_PROFILE if chosen is None else chosen.path.stem
    return build_settings(merged, name, tuple(str(file.path) for file in all_files))


def _keep_strict(merged: dict[tuple[str, ...], Said], system: Layer) -> None:
    """Let no later file relax what the system's file says of changing things: it is another person's decision."""
    for path, relaxed in _STRICT.items():
        said = system.get(path)
        if said is not None and relaxed(said.value, merged[path].value):
            merged[path] = said


def profile_names() -> tuple[str, ...]:
    """Give the names of the shipped profiles."""
    found = (path.stem for path in locations.shipped("config").glob("*.yaml"))
    return tuple(sorted(name for name in found if name != _DEFAULTS))


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:
        # Present and barred: reading it says so.
        return True


def _profile_file(read: Sequence[_File], overruled: str | None, env: Mapping[str, str]) -> _File | None:
    word, place, beside = DEFAULT_PROFILE, Place("--profile"), Path()
    for file in read:
        said = file.layer.get(("profile",))
        if said is not None:
            word, place, beside = said.value, said.place, file.path.parent
    if overruled is not None:
        word, place, beside = overruled, Place("--profile"), Path()
    if word == NO_PROFILE:
        return None
    if "/" in word or word.endswith((".yaml", ".yml")):
        path = locations.expand(word, env, beside=beside)
    elif word in profile_names():
        path = locations.shipped("config") / f"{word}.yaml"
    else:
        known = (*profile_names(), NO_PROFILE)
        allowed = f"Profiles: {', '.join(known)}, or the path of a file."
        why = nearest(word, known)
        if overruled is not None:
            raise ConfigError(f"--profile: {quote(word)} is not a profile", why, allowed)
        refuse(place, f"profile: {quote(word)} is not a profile", why, allowed)
    return _File(path, check(read_yaml(read_text(path), str(path)), PROFILE))


def _with_scaling(file: _File, env: Mapping[str, str]) -> Layer:
    """Give a file's layer over those of the scaling files it names: its own words win."""
    below: dict[tuple[str, ...], Said] = {}
    said = file.layer.get(("scaling_json",))
    if said is not None and said.value:
        below.update(scaling_layer(locations.expand(said.value, env, beside=file.path.parent)))
    said = file.layer.get(("scaling_files",))
    if said is not None and said.value:
        # Most configurations name none, and what reads them is loaded for those that do.
        from sutaztop.config.scaling_files import scaling_file_layer

        for path in said.value:
            below.update(scaling_file_layer(locations.expand(path, env, beside=file.path.parent)))
    return {**below, **file.layer}


def _check_theme(said: Said | None, env: Mapping[str, str]) -> None:
    if said is None:
        return
    try:
        find_theme(said.value, env)
    except ConfigError as error:
        raise ConfigError(f"{said.place}: screen.theme", str(error)) from error
