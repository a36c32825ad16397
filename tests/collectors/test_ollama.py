"""OllamaHost against the double: what it reads, what it asks for, and what it says when that fails."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest

from sutaztop.collectors.ollama import OllamaHost
from sutaztop.contracts import ModelHost, ModelServerError, NotFound
from sutaztop.domain.llm import Activity, LoadedModel
from sutaztop.domain.quantity import Bytes, Seconds
from tests.lab.dockerd import wait_until
from tests.lab.ollama import OllamaDouble

SOON = Seconds(0.4)
"""For servers that never answer: how long a test waits to see that nobody waits longer."""


def test_loaded_and_installed_models_are_read_apart(ollama_double: OllamaDouble) -> None:
    server = OllamaHost(ollama_double.endpoint).read()
    assert {model.name for model in server.loaded} == {"llama3.2:3b", "qwen2.5:3b", "codellama:7b"}
    assert len(server.installed) == 6
    assert server.version == "0.12.6"
    assert server.endpoint == ollama_double.endpoint


def test_a_model_tells_its_size_its_part_on_the_gpu_and_its_context(ollama_double: OllamaDouble) -> None:
    loaded = {model.name: model for model in OllamaHost(ollama_double.endpoint).read().loaded}
    assert loaded["llama3.2:3b"].size_vram == 0
    assert loaded["qwen2.5:3b"].size_vram == loaded["qwen2.5:3b"].size
    assert 0 < loaded["codellama:7b"].size_vram < loaded["codellama:7b"].size
    assert loaded["codellama:7b"].context_length == 16384
    assert loaded["codellama:7b"].quantization == "Q4_0"
    assert len(loaded["codellama:7b"].digest) == 64


def test_a_pinned_model_is_told_from_one_that_expires(ollama_double: OllamaDouble) -> None:
    now = datetime.now(UTC)
    loaded = {model.name: model for model in OllamaHost(ollama_double.endpoint).read().loaded}
    assert loaded["qwen2.5:3b"].is_pinned(now)
    assert not loaded["llama3.2:3b"].is_pinned(now)


def test_a_server_before_context_lengths_gives_none(ollama_double: OllamaDouble) -> None:
    ollama_double.version = "0.9.6"
    assert {model.context_length for model in OllamaHost(ollama_double.endpoint).read().loaded} == {None}


def test_a_cloud_model_is_marked_as_remote(ollama_double: OllamaDouble) -> None:
    installed = OllamaHost(ollama_double.endpoint).read().installed
    assert [model.name for model in installed if model.remote] == ["gpt-oss:120b-cloud"]


def test_an_unloaded_model_leaves_memory_and_stays_installed(ollama_double: OllamaDouble) -> None:
    host = OllamaHost(ollama_double.endpoint)
    host.unload("llama3.2:3b")
    wait_until(lambda: "llama3.2:3b" not in {model.name for model in host.read().loaded}, 5.0)
    assert "llama3.2:3b" in {model.name for model in host.read().installed}


def test_a_model_that_is_going_is_busy_or_stopping(ollama_double: OllamaDouble) -> None:
    host = OllamaHost(ollama_double.endpoint)
    host.unload("llama3.2:3b")
    going = next(model for model in host.read().loaded if model.name == "llama3.2:3b")
    assert going.activity(datetime.now(UTC)) is Activity.BUSY_OR_STOPPING


def test_an_unload_during_an_answer_waits_for_its_end(ollama_double: OllamaDouble) -> None:
    host = OllamaHost(ollama_double.endpoint)
    ollama_double.begin_answer("llama3.2:3b")
    host.unload("llama3.2:3b")
    assert all("llama3.2:3b" in {model.name for model in host.read().loaded} for _ in range(5))
    ollama_double.end_answer("llama3.2:3b")
    wait_until(lambda: "llama3.2:3b" not in {model.name for model in host.read().loaded}, 5.0)


@pytest.mark.parametrize("written", ["LLAMA3.2:3B", "llama3.2:3b", "nomic-embed-text", "Nomic-Embed-Text:latest"])
def test_a_name_is_found_whatever_its_case_and_with_the_default_tag(ollama_double: OllamaDouble, written: str) -> None:
    ollama_double.load("nomic-embed-text")
    OllamaHost(ollama_double.endpoint).unload(written)
    posted = [request.body for request in ollama_double.requests if request.method == "POST"]
    assert posted[0] is not None
    assert posted[0]["model"] in {"llama3.2:3b", "nomic-embed-text"}
    assert posted[0]["keep_alive"] == 0


def test_an_installed_model_that_is_not_loaded_is_left_as_it_is(ollama_double: OllamaDouble) -> None:
    OllamaHost(ollama_double.endpoint).unload("deepseek-r1:8b")
    assert not ollama_double.is_loaded("deepseek-r1:8b")
    assert ollama_double.is_installed("deepseek-r1:8b")


def test_an_unknown_model_is_not_found_and_nothing_is_posted(ollama_double: OllamaDouble) -> None:
    with pytest.raises(NotFound, match="has no model nobody"):
        OllamaHost(ollama_double.endpoint).unload("nobody")
    assert {method for method, _ in ollama_double.asked()} == {"GET"}


def test_a_cloud_model_cannot_be_unloaded(ollama_double: OllamaDouble) -> None:
    with pytest.raises(ModelServerError, match=r"runs at https://ollama\.com"):
        OllamaHost(ollama_double.endpoint).unload("gpt-oss:120b-cloud")
    assert ("POST", "/api/generate") not in ollama_double.asked()


@pytest.mark.parametrize("version", ["0.3.10", "0.1.42", "0.0.0", "nightly"])
def test_a_server_that_would_load_the_model_is_not_asked_to_unload(ollama_double: OllamaDouble, version: str) -> None:
    ollama_double.version = version
    with pytest.raises(ModelServerError, match=r"from 0\.3\.11 on"):
        OllamaHost(ollama_double.endpoint).unload("llama3.2:3b")
    assert ("POST", "/api/generate") not in ollama_double.asked()


@pytest.mark.parametrize("version", ["0.3.11", "0.3.11-rc2", "0.12.6", "1.0.0"])
def test_a_server_that_knows_how_is_asked(ollama_double: OllamaDouble, version: str) -> None:
    ollama_double.version = version
    OllamaHost(ollama_double.endpoint).unload("llama3.2:3b")
    assert ("POST", "/api/generate") in ollama_double.asked()


def test_nothing_of_all_this_ever_deletes(ollama_double: OllamaDouble) -> None:
    host = OllamaHost(ollama_double.endpoint)
    before = {model.name for model in host.read().installed}
    for name in before - {"gpt-oss:120b-cloud"}:
        host.unload(name)
    assert ollama_double.delete_count == 0
    assert {path for _, path in ollama_double.asked()} == {"/api/version", "/api/tags", "/api/ps", "/api/generate"}
    assert {model.name for model in host.read().installed} == before
    assert not any("delete" in name.lower() or "remove" in name.lower() for name in dir(OllamaHost))


def test_reading_sends_nothing_but_get(ollama_double: OllamaDouble) -> None:
    OllamaHost(ollama_double.endpoint).read()
    assert {method for method, _ in ollama_double.asked()} == {"GET"}


def test_a_host_keeps_the_contract_of_model_hosts(ollama_double: OllamaDouble) -> None:
    host: ModelHost = OllamaHost(ollama_double.endpoint)
    host.close()
    host.close()
    assert host.endpoint == ollama_double.endpoint


def test_a_hostile_name_is_cleaned_for_the_screen_and_still_unloaded() -> None:
    hostile = "evil\x1b[31m\u202e[bold]model:1b"
    with OllamaDouble() as double:
        double.install(hostile)
        double.load(hostile)
        host = OllamaHost(double.endpoint)
        (shown,) = host.read().loaded
        assert shown.name == "evil[bold]model:1b"
        host.unload(shown.name)
        assert [it.body["model"] for it in double.requests if it.body] == [hostile]


# --- failures, each by its name ------------------------------------------------------------------


def test_a_port_nobody_listens_on_is_told_as_refused() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with pytest.raises(ModelServerError, match="Nothing listens there") as caught:
        OllamaHost(f"127.0.0.1:{port}").read()
    assert "models.endpoints" in caught.value.trouble.advice


def test_a_busy_server_is_told_from_a_dead_one(ollama_double: OllamaDouble) -> None:
    ollama_double.hold("/api/ps")
    with pytest.raises(ModelServerError, match="is up, but does not tell which models are loaded"):
        OllamaHost(ollama_double.endpoint, deadline=SOON).read()
    assert OllamaHost(ollama_double.endpoint).version() == "0.12.6"


def test_an_unload_without_an_answer_says_that_it_may_still_happen(ollama_double: OllamaDouble) -> None:
    ollama_double.hold("/api/generate")
    with pytest.raises(ModelServerError, match="may still be carried out"):
        OllamaHost(ollama_double.endpoint, deadline=SOON).unload("llama3.2:3b")


def test_a_proxy_that_wants_a_header_gets_it() -> None:
    with OllamaDouble(required_header=("Authorization", "Bearer t0p")) as double:
        double.furnish()
        with pytest.raises(ModelServerError, match=r"gave 401.*models\.headers"):
            OllamaHost(double.endpoint).read()
        assert OllamaHost(double.endpoint, {"Authorization": "Bearer t0p"}).read().loaded


def test_a_header_is_not_shown() -> None:
    assert "t0p" not in repr(OllamaHost("gpu-box", {"Authorization": "Bearer t0p"}))


def test_a_header_that_cannot_be_sent_is_named(ollama_double: OllamaDouble) -> None:
    with pytest.raises(ModelServerError, match=r"cannot be written.*models\.headers"):
        OllamaHost(ollama_double.endpoint, {"X-Team": "a\r\nHost: evil"}).read()


def test_a_foreign_host_name_gives_the_remedy_for_403(ollama_double: OllamaDouble) -> None:
    with pytest.raises(ModelServerError, match=r"gave 403.*OLLAMA_HOST"):
        OllamaHost(ollama_double.endpoint, {"Host": "ollama.lan:11434"}).read()


def test_an_unknown_name_is_told_as_such() -> None:
    with pytest.raises(ModelServerError, match="is not known here"):
        OllamaHost("http://no-such-host.invalid:11434").read()


@pytest.mark.parametrize(
    ("address", "why"),
    [
        ("ftp://gpu-box", "Only http and https"),
        ("http://", "Only http and https"),
        ("http://gpu-box:99999", "Port out of range"),
        ("http://operator:t0p@gpu-box:11434", "carries credentials"),
    ],
)
def test_a_bad_address_is_refused_with_its_reason(address: str, why: str) -> None:
    with pytest.raises(ModelServerError, match=why) as caught:
        OllamaHost(address).read()
    assert "t0p" not in str(caught.value)


@pytest.mark.parametrize(
    ("reply", "why"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 15\r\n\r\n<html>hi</html>", "Something else answers"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]", "Something else answers"),
        (b'HTTP/1.1 200 OK\r\nContent-Length: 13\r\n\r\n{"version":1}', "Something else answers"),
        (b"HTTP/1.1 404 Not Found\r\nContent-Length: 18\r\n\r\n404 page not found", "older than 0.1.42"),
        (b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n", "a proxy finds no server"),
        (b"SSH-2.0-OpenSSH_9.2\r\n", "something else answers there"),
        (b"", "something else answers there"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{", "something else answers there"),
    ],
)  # fmt: skip
def test_whatever_else_answers_is_an_error_and_never_a_crash(reply: bytes, why: str) -> None:
    with _replying(reply) as address, pytest.raises(ModelServerError, match=why):
        OllamaHost(address).read()


@pytest.mark.parametrize("reply", [None, b"HTTP/1.1 200 OK\r\n"])
def test_a_server_that_stays_silent_costs_no_more_than_the_deadline(reply: bytes | None) -> None:
    with _replying(reply, stay=True) as address, pytest.raises(ModelServerError, match="did not answer in time"):
        OllamaHost(address, deadline=SOON).read()


def test_a_server_that_drips_is_cut_at_the_deadline() -> None:
    headers_without_end = _replying(b"HTTP/1.1 200 OK\r\nX-Drip: ", drip=True)
    with headers_without_end as address, pytest.raises(ModelServerError, match="did not answer in time"):
        OllamaHost(address, deadline=SOON).read()


def test_models_expire_by_the_servers_clock() -> None:
    moment = [datetime(2026, 11, 23, 12, tzinfo=UTC)]
    with OllamaDouble(now=lambda: moment[0]) as double:
        double.load("llama3.2:3b", keep_alive=timedelta(minutes=2))
        host = OllamaHost(double.endpoint)
        (loaded,) = host.read().loaded
        assert loaded.expires_at == moment[0] + timedelta(minutes=2)
        assert loaded.size == Bytes(int(2_019_393_189 * 1.6))
        moment[0] += timedelta(minutes=2)
        assert host.read().loaded == ()


@contextmanager
def _replying(reply: bytes | None, *, stay: bool = False, drip: bool = False) -> Iterator[str]:
    """Give the address of a server that says these bytes to everyone, and nothing else."""
    done = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(0.05)

        def serve() -> None:
            while not done.is_set():
                try:
                    connection, _ = listening.accept()
                except TimeoutError:
                    continue
                with connection:
                    connection.settimeout(2.0)
                    _say(connection, reply, done, stay=stay, drip=drip)

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            done.set()
            thread.join()


def _say(connection: socket.socket, reply: bytes | None, done: threading.Event, *, stay: bool, drip: bool) -> None:
    try:
        connection.recv(4096)
        if reply:
            connection.sendall(reply)
        while drip and not done.wait(0.05):
            connection.sendall(b".")
        if stay:
            done.wait(10.0)
    except OSError:
        return  # the client has had enough, which is what some tests want to see


def loaded_there(host: OllamaHost, name: str) -> LoadedModel:
    return next(it for it in host.read().loaded if it.name == name)


def test_a_pinned_model_stays_and_keeps_the_context_it_was_loaded_with(ollama_double: OllamaDouble) -> None:
    host = OllamaHost(ollama_double.endpoint)
    host.keep("codellama:7b", Seconds(-1.0), 16384)
    found = loaded_there(host, "codellama:7b")
    assert found.is_pinned(datetime.now(UTC))
    assert found.context_length == 16384
    assert [it.body for it in ollama_double.requests if it.method == "POST"] == [{
        "model": "codellama:7b", "stream": False, "keep_alive": -1, "options": {"num_ctx": 16384},
    }]  # fmt: skip


def test_a_model_is_unpinned_only_by_a_request_that_names_how_long(ollama_double: OllamaDouble) -> None:
    host = OllamaHost(ollama_double.endpoint)
    host.keep("qwen2.5:3b", None, 8192)
    assert loaded_there(host, "qwen2.5:3b").is_pinned(datetime.now(UTC))
    host.keep("qwen2.5:3b", Seconds(300.0), 8192)
    assert not loaded_there(host, "qwen2.5:3b").is_pinned(datetime.now(UTC))


def test_an_installed_model_is_loaded_before_anybody_asks(ollama_double: OllamaDouble) -> None:
    host = OllamaHost(ollama_double.endpoint)
    host.keep("DeepSeek-R1:8b", None)
    assert not loaded_there(host, "deepseek-r1:8b").is_pinned(datetime.now(UTC))


def test_a_load_is_waited_for_beyond_the_deadline_of_other_calls(ollama_double: OllamaDouble) -> None:
    ollama_double.hold("/api/generate")
    host = OllamaHost(ollama_double.endpoint, deadline=Seconds(2.0))
    ended = threading.Event()

    def load() -> None:
        host.keep("deepseek-r1:8b", None)
        ended.set()

    worker = threading.Thread(target=load, daemon=True)
    worker.start()
    assert not ended.wait(2.5)
    ollama_double.release("/api/generate")
    assert ended.wait(20.0)
    worker.join()


@pytest.mark.parametrize(("name", "error"), [("nobody", NotFound), ("gpt-oss:120b-cloud", ModelServerError)])
def test_what_cannot_be_loaded_is_refused_and_nothing_is_posted(
    name: str, error: type[Exception], ollama_double: OllamaDouble
) -> None:
    with pytest.raises(error):
        OllamaHost(ollama_double.endpoint).keep(name, Seconds(-1.0))
    assert {method for method, _ in ollama_double.asked()} == {"GET"}


def test_keeping_never_deletes(ollama_double: OllamaDouble) -> None:
    host = OllamaHost(ollama_double.endpoint)
    for seconds in (None, Seconds(-1.0), Seconds(60.0)):
        host.keep("llama3.2:3b", seconds, 4096)
    assert ollama_double.delete_count == 0
    assert ollama_double.is_installed("llama3.2:3b")
