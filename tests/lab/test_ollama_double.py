"""The double keeps Ollama's contract where the real server is odd."""

import json
import urllib.error
import urllib.request
from datetime import timedelta
from typing import Any

import pytest

from tests.lab.ollama import OllamaDouble
from tests.lab.ollama_words import KeepAliveError, parse_keep_alive


def post(double: OllamaDouble, path: str, body: dict[str, Any] | None, method: str = "POST") -> tuple[int, Any]:
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(double.endpoint + path, data, method=method)  # noqa: S310 - our own loopback
    try:
        with urllib.request.urlopen(request, timeout=5) as answer:  # noqa: S310 - our own loopback
            return answer.status, _read(answer.read())
    except urllib.error.HTTPError as error:
        with error:
            return error.code, _read(error.read())


def _read(raw: bytes) -> Any:
    return json.loads(raw) if raw.startswith(b"{") else raw.decode()


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (0, timedelta(0)), ("0", timedelta(0)), (30, timedelta(seconds=30)), ("5m", timedelta(minutes=5)),
        ("1h30m", timedelta(minutes=90)), ("1.5s", timedelta(seconds=1.5)), (None, timedelta(minutes=7)),
        (-1, timedelta(days=-1)), ("-1m", timedelta(days=-1)),
    ],
)  # fmt: skip
def test_keep_alive_is_read_in_all_its_forms(value: object, expected: timedelta) -> None:
    assert parse_keep_alive(value, timedelta(minutes=7)) == expected


@pytest.mark.parametrize("value", ["5", True, "soon", []])
def test_other_forms_of_keep_alive_are_refused(value: object) -> None:
    with pytest.raises(KeepAliveError):
        parse_keep_alive(value, timedelta(0))


def test_both_routes_unload_and_say_so(ollama_double: OllamaDouble) -> None:
    _, generated = post(ollama_double, "/api/generate", {"model": "llama3.2:3b", "keep_alive": 0})
    _, chatted = post(ollama_double, "/api/chat", {"model": "Qwen2.5:3b", "keep_alive": 0, "messages": []})
    assert (generated["done_reason"], generated["response"]) == ("unload", "")
    assert (chatted["done_reason"], chatted["model"]) == ("unload", "Qwen2.5:3b")


def test_an_old_server_loads_where_a_new_one_unloads(ollama_double: OllamaDouble) -> None:
    ollama_double.version = "0.3.10"
    _, answer = post(ollama_double, "/api/generate", {"model": "deepseek-r1:8b", "keep_alive": 0})
    assert answer["done_reason"] == "load"
    assert ollama_double.is_loaded("deepseek-r1:8b")


def test_a_request_without_prompt_loads(ollama_double: OllamaDouble) -> None:
    _, answer = post(ollama_double, "/api/generate", {"model": "deepseek-r1:8b", "keep_alive": -1})
    assert answer["done_reason"] == "load"
    assert ollama_double.is_loaded("deepseek-r1:8b")


def test_a_model_that_is_going_is_revived_by_a_request_that_names_a_keep_alive(ollama_double: OllamaDouble) -> None:
    ollama_double.begin_answer("llama3.2:3b")
    post(ollama_double, "/api/generate", {"model": "llama3.2:3b", "keep_alive": 0})
    post(ollama_double, "/api/generate", {"model": "llama3.2:3b", "prompt": "hi", "keep_alive": "5m"})
    ollama_double.end_answer("llama3.2:3b")
    for _ in range(5):
        post(ollama_double, "/api/ps", None, "GET")
    assert ollama_double.is_loaded("llama3.2:3b")


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "said"),
    [
        ("GET", "/", None, 200, "Ollama is running"),
        ("GET", "/api/nothing", None, 404, "404 page not found"),
        ("GET", "/api/generate", None, 405, "405 method not allowed"),
        ("POST", "/api/generate", None, 400, {"error": "missing request body"}),
        ("POST", "/api/generate", {"model": "x"}, 404, {"error": "model 'x' not found"}),
        ("POST", "/api/chat", {"model": ""}, 400, {"error": "model is required"}),
    ],
)
def test_errors_are_worded_as_ollamas(
    ollama_double: OllamaDouble, method: str, path: str, body: dict[str, Any] | None, status: int, said: object
) -> None:
    assert post(ollama_double, path, body, method) == (status, said)


def test_a_deletion_is_carried_out_and_counted(ollama_double: OllamaDouble) -> None:
    assert post(ollama_double, "/api/delete", {"model": "llama3.2:3b"}, "DELETE")[0] == 200
    assert ollama_double.delete_count == 1
    assert not ollama_double.is_installed("llama3.2:3b")
