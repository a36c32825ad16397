import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sutaztop.contracts import EngineError
from sutaztop.engines.docker.lines import LONGEST_LOG_LINE, decode_events, decode_logs

STAMP = b"2026-11-23T13:12:32.194217000Z "


def frame(stream: int, content: bytes) -> bytes:
    return bytes([stream, 0, 0, 0]) + len(content).to_bytes(4, "big") + content


def texts(content: bytes, *, terminal: bool = False) -> list[tuple[str, str]]:
    return [(line.stream, line.text) for line in decode_logs([content], terminal=terminal)]


def test_the_two_streams_are_kept_apart() -> None:
    content = frame(1, STAMP + b"out\n") + frame(2, STAMP + b"err\n")
    assert texts(content) == [("stdout", "out"), ("stderr", "err")]


def test_each_line_has_its_time() -> None:
    (line,) = decode_logs([frame(1, STAMP + b"out\n")], terminal=False)
    assert line.at is not None
    assert line.at.isoformat() == "2026-11-23T13:12:32.194217+00:00"


@given(st.lists(st.integers(1, 9), max_size=40))
def test_lines_do_not_depend_on_how_the_bytes_arrive(cuts: list[int]) -> None:
    content = frame(1, STAMP + b"one\n") + frame(2, STAMP + b"two\nthree") + frame(1, STAMP + b"four\n")
    pieces, rest = [], content
    for cut in cuts:
        pieces.append(rest[:cut])
        rest = rest[cut:]
    pieces.append(rest)
    assert list(decode_logs(pieces, terminal=False)) == list(decode_logs([content], terminal=False))


def test_a_long_line_in_several_frames_is_one_line_with_one_time() -> None:
    content = frame(1, STAMP + b"a" * 50) + frame(1, STAMP + b"b\n")
    assert texts(content) == [("stdout", "a" * 50 + "b")]


def test_a_line_that_never_ends_is_cut_and_fills_no_memory() -> None:
    endless = [frame(1, b"x" * 16_384)] * 40
    (line,) = decode_logs(endless, terminal=False)
    assert len(line.text) == LONGEST_LOG_LINE


def test_a_terminals_log_is_one_raw_stream() -> None:
    assert texts(STAMP + b"one\r\n" + STAMP + b"two\r\n", terminal=True) == [("stdout", "one"), ("stdout", "two")]


def test_control_codes_are_dropped_tabs_kept_as_blanks_and_a_progress_bar_shows_its_end() -> None:
    content = frame(1, b"\x1b[31mred\x1b[0m\x07\n") + frame(1, b"a\tb\n") + frame(1, b" 10 %\r 90 %\r\n")
    assert [text for _, text in texts(content)] == ["red", "a   b", " 90 %"]


def test_indentation_stays() -> None:
    assert texts(frame(2, b'  File "x.py"\n')) == [("stderr", '  File "x.py"')]


def test_what_is_no_frame_is_an_engine_error() -> None:
    with pytest.raises(EngineError, match="frames"):
        texts(b"HTTP nonsense that is no frame")


@given(st.binary(max_size=200))
def test_any_bytes_give_lines_or_an_engine_error(content: bytes) -> None:
    try:
        found = texts(content)
    except EngineError:
        return
    assert all(text.isprintable() for _, text in found)


def event(number: int) -> bytes:
    return (
        json.dumps({"Type": "container", "Action": "start", "timeNano": number, "Actor": {"ID": "x"}}).encode() + b"\n"
    )


@given(st.lists(st.integers(1, 30), max_size=20))
def test_events_do_not_depend_on_how_the_bytes_arrive(cuts: list[int]) -> None:
    content = event(1) + event(2) + b"\x1e" + event(3)
    pieces, rest = [], content
    for cut in cuts:
        pieces.append(rest[:cut])
        rest = rest[cut:]
    assert [it.time_ns for it in decode_events([*pieces, rest])] == [1, 2, 3]


@pytest.mark.parametrize("content", [b"no json\n", b"[1]\n", b'{"timeNano": "soon"}\n', b"x" * (1 << 20) + b"yy"])
def test_what_is_no_event_is_an_engine_error(content: bytes) -> None:
    with pytest.raises(EngineError):
        list(decode_events([content]))
