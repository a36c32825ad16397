"""Domain values as plain JSON values and back, compiled once for each type: a recording has millions of them.

A dataclass is an object of those fields that differ from their defaults; within a union it also names its ``kind``.
A time is whole microseconds since 1970, a mapping an object, or a list of pairs where its keys are no text. What is not
known is left out on reading, and what is missing takes its default: so a field can be added, and the default of one
that is recorded must never change (ADR 0025).
"""

import types
from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields, is_dataclass
from datetime import datetime
from enum import Enum
from functools import cache
from types import MappingProxyType
from typing import Any, TypeAlias, Union, get_args, get_origin, get_type_hints

from sutaztop.store.codec import Undecodable
from sutaztop.store.recording.schema import microseconds, time_at

Encode: TypeAlias = Callable[[Any], Any]
Decode: TypeAlias = Callable[[Any], Any]
_KIND = "kind"
_PLAIN = (str, bool, int, float)


def _same(value: Any) -> Any:
    return value


@cache
def hints(kind: type) -> Mapping[str, Any]:
    """Give the types of a dataclass's fields."""
    return get_type_hints(kind)


@cache
def encoder(hint: Any) -> Encode:  # noqa: PLR0911 - one line for each sort of type
    """Give what turns values of a type into plain ones. Raises ``TypeError`` for a type that no recording has."""
    hint = _bare(hint)
    origin, inner = get_origin(hint), get_args(hint)
    if origin in (Union, types.UnionType):
        return _encode_union(inner)
    if origin is tuple:
        return _encode_tuple(inner)
    if origin is frozenset:
        item = encoder(inner[0])
        return lambda value: sorted(map(item, value))
    if origin is not None and issubclass(origin, Mapping):
        return _encode_mapping(*inner)
    if hint in _PLAIN or hint is type(None):
        return _same
    if hint is datetime:
        return microseconds
    if isinstance(hint, type) and issubclass(hint, Enum):
        return lambda value: value.value
    if isinstance(hint, type) and is_dataclass(hint):
        return _encode_dataclass(hint)
    raise TypeError(f"no way to write {hint!r}")


def _bare(hint: Any) -> Any:
    while hasattr(hint, "__supertype__"):  # a NewType: Bytes, Cores
        hint = hint.__supertype__
    return hint


def _encode_tuple(inner: tuple[Any, ...]) -> Encode:
    if len(inner) == 2 and inner[1] is Ellipsis:
        item = encoder(inner[0])
        return list if item is _same else lambda value: [item(it) for it in value]
    each = [encoder(it) for it in inner]
    return lambda value: [one(it) for one, it in zip(each, value, strict=True)]


def _encode_mapping(key: Any, item: Any) -> Encode:
    one = encoder(item)
    if _bare(key) is str:
        return lambda value: {name: one(it) for name, it in value.items()}
    name_of = encoder(key)
    return lambda value: [[name_of(name), one(it)] for name, it in value.items()]


def _encode_union(inner: tuple[Any, ...]) -> Encode:
    by_type: dict[type, Encode] = {}

    def encode(value: Any) -> Any:
        kind = type(value)
        found = by_type.get(kind)
        if found is None:
            found = by_type[kind] = _with_kind(kind) if is_dataclass(kind) else encoder(_member(inner, value))
        return found(value)

    return encode


def _member(inner: tuple[Any, ...], value: Any) -> Any:
    """Find the member of a union that a value belongs to; a tuple or mapping by its origin."""
    for it in map(_bare, inner):
        origin = get_origin(it) or it
        if isinstance(origin, type) and isinstance(value, origin):
            return it
    raise TypeError(f"{type(value).__name__} is none of {inner}")


def _with_kind(kind: type) -> Encode:
    plain = encoder(kind)
    return lambda value: {_KIND: kind.__name__, **plain(value)}


def _encode_dataclass(kind: type) -> Encode:
    parts = [(it.name, _default(it), encoder(hints(kind)[it.name])) for it in fields(kind) if it.name != "by_id"]

    def encode(value: Any) -> dict[str, Any]:
        made = {}
        for name, default, one in parts:
            it = getattr(value, name)
            # The type as well: 0 and False and 0.0 are equal, and not the same.
            if it is default or (type(it) is type(default) and it == default):
                continue
            made[name] = one(it)
        return made

    return encode


def _default(field: Any) -> Any:
    if field.default is not MISSING:
        return field.default
    return field.default_factory() if field.default_factory is not MISSING else MISSING


@cache
def decoder(hint: Any) -> Decode:  # noqa: PLR0911 - one line for each sort of type
    """Give what turns plain values back. What it gives raises ``Undecodable``."""
    hint = _bare(hint)
    origin, inner = get_origin(hint), get_args(hint)
    if origin in (Union, types.UnionType):
        return _decode_union(inner)
    if origin is tuple:
        return _decode_tuple(inner)
    if origin is frozenset:
        item = decoder(inner[0])
        return lambda raw: frozenset(map(item, _list(raw)))
    if origin is not None and issubclass(origin, Mapping):
        return _decode_mapping(*inner)
    if hint in _PLAIN or hint is type(None):
        return _plain(hint)
    if hint is datetime:
        whole = _plain(int)
        return lambda raw: time_at(whole(raw))
    if isinstance(hint, type) and issubclass(hint, Enum):
        return _decode_enum(hint)
    if isinstance(hint, type) and is_dataclass(hint):
        return _decode_dataclass(hint)
    raise TypeError(f"no way to read {hint!r}")


def _plain(hint: type) -> Decode:
    def decode(raw: Any) -> Any:
        if type(raw) is hint:
            return raw
        if hint is float and type(raw) is int:
            return float(raw)
        raise Undecodable(f"{raw!r:.40} is no {hint.__name__}")

    return decode


def _list(raw: Any) -> list[Any]:
    if not isinstance(raw, list):
        raise Undecodable(f"{raw!r:.40} is no list")
    return raw


def _decode_enum(kind: type[Enum]) -> Decode:
    def decode(raw: Any) -> Enum:
        try:
            return kind(raw)
        except ValueError as error:
            raise Undecodable(f"{raw!r:.40} is no {kind.__name__}") from error

    return decode


def _decode_tuple(inner: tuple[Any, ...]) -> Decode:
    if len(inner) == 2 and inner[1] is Ellipsis:
        item = decoder(inner[0])
        return lambda raw: tuple([item(it) for it in _list(raw)])
    each = [decoder(it) for it in inner]

    def decode(raw: Any) -> tuple[Any, ...]:
        if len(_list(raw)) != len(each):
            raise Undecodable(f"{len(raw)} values and not {len(each)}")
        return tuple([one(it) for one, it in zip(each, raw, strict=True)])

    return decode


def _decode_mapping(key: Any, item: Any) -> Decode:
    one = decoder(item)
    if _bare(key) is str:

        def decode(raw: Any) -> Mapping[str, Any]:
            if not isinstance(raw, dict):
                raise Undecodable(f"{raw!r:.40} is no object")
            return MappingProxyType({name: one(it) for name, it in raw.items()})

        return decode
    name_of = decoder(key)
    return lambda raw: MappingProxyType({name_of(pair[0]): one(pair[1]) for pair in map(_list, _list(raw))})


def _decode_union(inner: tuple[Any, ...]) -> Decode:
    members = [_bare(it) for it in inner]
    by_name = {it.__name__: decoder(it) for it in members if isinstance(it, type) and is_dataclass(it)}
    plain = {it: decoder(it) for it in members if it in _PLAIN}
    # An enum, a time, a tuple, a mapping: at most one of a union is written so.
    others = [decoder(it) for it in members if it is not type(None) and it not in plain and not _is_named(it)]
    nothing = type(None) in members

    def decode(raw: Any) -> Any:
        if raw is None and nothing:
            return None
        if isinstance(raw, dict) and by_name:
            named = by_name.get(raw.get(_KIND, ""))
            if named is None:
                raise Undecodable(f"{raw.get(_KIND)!r:.40} is none of {', '.join(by_name)}")
            return named(raw)
        found = plain.get(type(raw)) or (plain.get(float) if type(raw) is int else None)
        if found is None and others:
            found = others[0]
        if found is None:
            raise Undecodable(f"{raw!r:.40} is of no known kind")
        return found(raw)

    return decode


def _is_named(hint: Any) -> bool:
    return isinstance(hint, type) and is_dataclass(hint)


def _decode_dataclass(kind: type) -> Decode:
    parts = [(it.name, decoder(hints(kind)[it.name]), _default(it) is MISSING) for it in fields(kind)
             if it.name != "by_id"]  # fmt: skip

    def decode(raw: Any) -> Any:
        if not isinstance(raw, dict):
            raise Undecodable(f"{raw!r:.40} is no {kind.__name__}")
        found = {}
        for name, one, needed in parts:
            if name in raw:
                found[name] = one(raw[name])
            elif needed:
                raise Undecodable(f"a {kind.__name__} without {name}")
        return kind(**found)

    return decode
