import errno
import json
import socket
import ssl

import pytest
from requests import ConnectionError as RequestsConnectionError
from urllib3.exceptions import MaxRetryError, ProtocolError, ReadTimeoutError

from sutaztop.contracts import DeadlineExceeded, EngineRefused, EngineUnreachable, NotFound, Unreachable
from sutaztop.engines.docker.endpoint import Endpoint
from sutaztop.engines.docker.trouble import engine_words, from_exception, from_status
from tests.engines.recorded import recorded

HERE = Endpoint("unix:///x.sock", "test")


def test_every_recorded_refusal_keeps_its_sentence_and_loses_its_litter() -> None:
    refused = [case for case in recorded("update_cases.json") if case["status"] >= 400]
    assert len(refused) > 10
    for case in refused:
        said = case["response"]["message"]
        words = engine_words(f'{{"message": {json.dumps(said)}}}'.encode())
        assert "runc did not" not in words
        assert "Cannot update container" not in words
        assert not words.endswith("unknown")
        assert words.split(":")[-1].strip()[:20] in said
        error = from_status(case["status"], "application/json", words.encode(), asked="limits", endpoint=HERE)
        assert isinstance(error, NotFound if case["status"] == 404 else EngineRefused)
        assert words in str(error)


def test_a_long_id_within_the_words_is_shortened() -> None:
    words = engine_words(b'{"message": "write /sys/fs/cgroup/docker/' + b"ab" * 32 + b'/cpu.max: invalid argument"}')
    assert words == "write /sys/fs/cgroup/docker/abababababab/cpu.max: invalid argument"


def test_words_that_are_no_json_are_quoted_cleaned() -> None:
    assert engine_words(b"bad\x1b[31m gateway\n") == "bad gateway"


def test_an_endless_refusal_is_cut() -> None:
    assert len(engine_words(b"x" * 100_000)) <= 1024


@pytest.mark.parametrize(
    ("beneath", "kind"),
    [
        (FileNotFoundError(errno.ENOENT, "No such file"), Unreachable.NO_SOCKET),
        (PermissionError(errno.EACCES, "Permission denied"), Unreachable.PERMISSION),
        (ConnectionRefusedError(errno.ECONNREFUSED, "Connection refused"), Unreachable.REFUSED),
        (ConnectionResetError(errno.ECONNRESET, "reset"), Unreachable.GONE),
        (OSError(errno.EHOSTUNREACH, "No route to host"), Unreachable.GONE),
        (socket.gaierror(-2, "Name or service not known"), Unreachable.BAD_ADDRESS),
        (ssl.SSLError("certificate verify failed"), Unreachable.TLS),
        (ValueError("something else"), Unreachable.GONE),
    ],
)
def test_the_cause_is_found_beneath_the_libraries_wrapping(beneath: Exception, kind: Unreachable) -> None:
    for wrapped in (
        RequestsConnectionError(ProtocolError("Connection aborted.", beneath)),
        RequestsConnectionError(MaxRetryError(None, "/", beneath)),  # type: ignore[arg-type]
        beneath,
    ):
        error = from_exception(wrapped, asked="info", endpoint=HERE, seconds=5.0)
        assert isinstance(error, EngineUnreachable)
        assert error.kind is kind
        assert HERE.address in error.trouble.what
        assert error.trouble.advice


def test_an_answer_that_never_came_is_a_missed_deadline() -> None:
    late = RequestsConnectionError(ReadTimeoutError(None, "/", "Read timed out."))  # type: ignore[arg-type]
    assert isinstance(from_exception(late, asked="info", endpoint=HERE, seconds=5.0), DeadlineExceeded)
