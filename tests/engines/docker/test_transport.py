import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

import pytest

from sutaztop.contracts import (
    DeadlineExceeded,
    EngineError,
    EngineRefused,
    EngineUnreachable,
    NotFound,
    NotPermitted,
    NotSupported,
    OutOfSequence,
    Unreachable,
)
from sutaztop.domain.quantity import Cores, Seconds
from sutaztop.domain.resources import Limits
from sutaztop.engines.docker.endpoint import Endpoint, Tls
from sutaztop.engines.docker.engine import DockerEngine
from sutaztop.engines.docker.transport import Transport
from tests.engines.docker.scripted import PING, SILENCE, ScriptedEngine, answer

SHORT = Seconds(0.2)
LONG = Seconds(30.0)
ID = "ab" * 32


@contextmanager
def scripted(
    folder: Path, script: Callable[[str, str], bytes | None], deadline: Seconds = LONG
) -> Iterator[tuple[ScriptedEngine, Transport]]:
    with ScriptedEngine(folder, script) as engine:
        transport = Transport(Endpoint(engine.host, "test"), deadline=deadline)
        try:
            yield engine, transport
        finally:
            transport.close()


def always(said: bytes) -> Callable[[str, str], bytes | None]:
    return lambda _, path: None if path == "/_ping" else said


def test_the_version_is_asked_of_the_engine_and_stands_in_every_path(tmp_path: Path) -> None:
    ping = answer(200, raw=b"OK", headers="Api-Version: 1.52\r\n")
    with scripted(tmp_path, lambda _, path: ping if path == "/_ping" else answer(200, [])) as (engine, transport):
        transport.get("/containers/json", asked="a list", parameters={"all": 1})
        transport.get("/info", asked="info")
    assert [request.path for request in engine.asked] == ["/_ping", "/v1.52/containers/json?all=1", "/v1.52/info"]


def test_an_engine_whose_ping_names_no_version_is_asked_for_it(tmp_path: Path) -> None:
    script = {"/_ping": answer(200, raw=b"OK"), "/version": answer(200, {"ApiVersion": "1.44"})}
    with scripted(tmp_path, lambda _, path: script.get(path)) as (_, transport):
        assert transport.api_version == "1.44"


def test_something_that_names_no_version_is_no_engine(tmp_path: Path) -> None:
    with (
        scripted(tmp_path, lambda *_: answer(200, {})) as (_, transport),
        pytest.raises(EngineError, match="which API it speaks"),
    ):
        transport.get("/info", asked="info")


READS: list[Callable[[DockerEngine], object]] = [
    lambda engine: engine.info(),
    lambda engine: engine.containers(),
    lambda engine: engine.inspect(ID),
    lambda engine: engine.services(),
    lambda engine: engine.service("web"),
    lambda engine: engine.service("project/web"),
    lambda engine: engine.counters(ID),
    lambda engine: engine.events(),
    lambda engine: engine.logs(ID),
    lambda engine: engine.reclaimable(),
    lambda engine: engine.kernel_limits(ID),
]
WRITES: list[Callable[[DockerEngine], object]] = [
    lambda engine: engine.set_limits(ID, Limits(), Limits(cpu=Cores(1.0))),
    lambda engine: engine.set_service_limits("web", Limits(cpu=Cores(1.0))),
    lambda engine: engine.set_replicas("web", 2),
    lambda engine: engine.set_replicas("project/web", 2),
]


@pytest.mark.parametrize("call", [*READS, *WRITES])
@pytest.mark.parametrize("silent_from", ["/_ping", "/v1.41"])
def test_every_call_ends_by_its_deadline_before_an_engine_that_never_answers(
    tmp_path: Path, call: Callable[[DockerEngine], object], silent_from: str
) -> None:
    with ScriptedEngine(tmp_path, lambda _, path: SILENCE if path.startswith(silent_from) else None) as silent:
        engine = DockerEngine(Endpoint(silent.host, "test"), deadline=SHORT)
        with pytest.raises(DeadlineExceeded):
            call(engine)
        engine.close()


def test_an_answer_that_trickles_ends_by_the_deadline(tmp_path: Path) -> None:
    begun = b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n[1, 2"
    with (
        scripted(tmp_path, always(begun), SHORT) as (_, transport),
        pytest.raises(DeadlineExceeded, match="info"),
    ):
        transport.get("/info", asked="info")


def test_an_answer_cut_short_is_a_lost_connection(tmp_path: Path) -> None:
    with ScriptedEngine(tmp_path, lambda _, path: _cut(path)) as engine:
        transport = Transport(Endpoint(engine.host, "test"), deadline=LONG)
        with pytest.raises(EngineUnreachable) as lost:
            transport.get("/info", asked="info")
        transport.close()
    assert lost.value.kind is Unreachable.GONE


def _cut(path: str) -> bytes:
    # Chunked, with a length that is none.
    broken = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nnonsense\r\n"
    return PING if path == "/_ping" else broken


def test_an_answer_that_is_not_json_is_an_engine_error(tmp_path: Path) -> None:
    with (
        scripted(tmp_path, always(answer(200, raw=b"<html>hello</html>"))) as (_, transport),
        pytest.raises(EngineError, match="not JSON"),
    ):
        transport.get("/info", asked="info")


REFUSALS: list[tuple[int, str, bytes, type[EngineError], str]] = [
    (400, "application/json", b'{"message":"Minimum memory limit allowed is 6MB"}', EngineRefused, "allowed is 6MB"),
    (404, "application/json", b'{"message":"No such container: x"}', NotFound, "No such container: x"),
    (403, "text/html", b"<html><body><h1>403 Forbidden</h1>", NotPermitted, "allows only some requests"),
    (403, "application/json", b'{"message":"denied by plugin"}', NotPermitted, "denied by plugin"),
    (
        500,
        "application/json",
        b'{"message":"rpc error: code = Unknown desc = update out of sequence"}',
        OutOfSequence,
        "out of sequence",
    ),
    (
        503,
        "application/json",
        b'{"message":"This node is not a swarm manager. Use \\"docker swarm init\\""}',
        NotSupported,
        "not a swarm manager",
    ),
    (501, "application/json", b'{"message":"renaming services is not supported"}', NotSupported, "renaming"),
    (503, "text/html", b"<html><body><h1>503 Service Unavailable</h1>", EngineUnreachable, "503"),
    (301, "text/html", b"", EngineUnreachable, "301"),
    (500, "application/json", b"", EngineRefused, "answered 500 and no reason"),
]


@pytest.mark.parametrize(("status", "kind", "body", "error", "words"), REFUSALS)
def test_a_refusal_becomes_the_error_of_its_kind_in_the_engines_words(
    tmp_path: Path, status: int, kind: str, body: bytes, error: type[EngineError], words: str
) -> None:
    with (
        scripted(tmp_path, always(answer(status, raw=body, kind=kind))) as (_, transport),
        pytest.raises(EngineError, match=words) as refused,
    ):
        transport.get("/info", asked="its description")
    assert type(refused.value) is error
    assert "<" not in str(refused.value)


def test_a_refused_call_leaves_its_connection_to_the_next(tmp_path: Path) -> None:
    with scripted(tmp_path, lambda *_: None) as (engine, transport):
        for _ in range(3):
            with pytest.raises(NotFound):
                transport.get("/containers/x/json", asked="inspect")
    assert {request.connection for request in engine.asked} == {1}


def test_no_socket_is_told_apart(tmp_path: Path) -> None:
    assert _kind_of(Endpoint(f"unix://{tmp_path}/none.sock", "test")) is Unreachable.NO_SOCKET


def test_a_socket_left_behind_is_told_apart(tmp_path: Path) -> None:
    with ScriptedEngine(tmp_path, lambda *_: None) as engine:
        host = engine.host
    assert _kind_of(Endpoint(host, "test")) is Unreachable.REFUSED


def test_a_closed_port_is_told_apart() -> None:
    assert _kind_of(Endpoint("tcp://127.0.0.1:1", "test")) is Unreachable.REFUSED


def test_a_host_without_address_is_told_apart() -> None:
    assert _kind_of(Endpoint("tcp://no-such-host.invalid:2375", "test")) is Unreachable.BAD_ADDRESS


def test_ssh_says_what_to_do_instead() -> None:
    transport = Transport(Endpoint("ssh://operator@host", "test"), deadline=SHORT)
    with pytest.raises(EngineUnreachable, match="ssh -nNT -L"):
        transport.get("/info", asked="info")


def test_a_port_that_does_not_speak_tls_is_told_apart() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def hang_up() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.recv(1)
                connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

        plain = threading.Thread(target=hang_up, daemon=True)
        plain.start()
        endpoint = Endpoint(f"tcp://127.0.0.1:{listener.getsockname()[1]}", "test", Tls())
        assert _kind_of(endpoint) is Unreachable.TLS
        plain.join()


def test_certificates_that_are_not_there_are_told_apart() -> None:
    endpoint = Endpoint("tcp://127.0.0.1:1", "test", Tls("/none/ca.pem", "/none/cert.pem", "/none/key.pem"))
    assert _kind_of(endpoint) is Unreachable.TLS


def _kind_of(endpoint: Endpoint) -> Unreachable:
    transport = Transport(endpoint, deadline=LONG)
    with pytest.raises(EngineUnreachable) as lost:
        transport.get("/info", asked="info")
    transport.close()
    assert endpoint.address in str(lost.value)
    assert lost.value.trouble.advice
    return lost.value.kind


def test_many_threads_share_an_engine_and_each_gets_its_own_answer(tmp_path: Path) -> None:
    def echo(_: str, path: str) -> bytes:
        return PING if path == "/_ping" else answer(200, {"Id": path.rsplit("/", 1)[1]})

    wrong: list[object] = []
    with scripted(tmp_path, echo) as (engine, transport):

        def work(number: int) -> None:
            for turn in range(20):
                said = transport.get(f"/things/{number}-{turn}", asked="a thing")
                if said != {"Id": f"{number}-{turn}"}:
                    wrong.append(said)

        threads = [threading.Thread(target=work, args=(number,)) for number in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert wrong == []
    assert len({request.connection for request in engine.asked}) <= 6


def test_plain_tcp_to_another_host_is_watched_and_never_changed(tmp_path: Path) -> None:
    del tmp_path
    transport = Transport(Endpoint("tcp://192.0.2.7:2375", "test"), deadline=SHORT)
    with pytest.raises(NotPermitted, match="neither encrypted nor authenticated"):
        transport.post("/containers/x/update", {}, asked="new limits")


@pytest.mark.parametrize("call", WRITES)
def test_no_write_of_an_engine_gets_past_plain_tcp(call: Callable[[DockerEngine], object]) -> None:
    engine = DockerEngine(Endpoint("tcp://192.0.2.7:2375", "test"), deadline=SHORT)
    if call is WRITES[1]:
        with pytest.raises(NotPermitted):
            engine.set_service_limits("web", Limits())
        return
    with pytest.raises(NotPermitted):
        call(engine)


def test_reads_send_nothing_but_get(tmp_path: Path) -> None:
    with ScriptedEngine(tmp_path, lambda *_: None) as scripted_engine:
        engine = DockerEngine(Endpoint(scripted_engine.host, "test"), deadline=LONG)
        for call in READS:
            with pytest.raises(NotFound):
                call(engine)
        engine.close()
    assert len(scripted_engine.asked) > len(READS)
    assert {request.method for request in scripted_engine.asked} == {"GET"}


STREAM = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
EVENT = (
    b'{"Type":"container","Action":"start","Actor":{"ID":"x","Attributes":{"name":"web"}},'
    b'"timeNano":1795439554048349408}\n'
)


def chunk(content: bytes) -> bytes:
    return f"{len(content):x}\r\n".encode() + content + b"\r\n"


def test_a_stream_gives_what_came_and_ends_when_it_is_closed_elsewhere(tmp_path: Path) -> None:
    with ScriptedEngine(tmp_path, always(STREAM + chunk(EVENT))) as scripted_engine:
        engine = DockerEngine(Endpoint(scripted_engine.host, "test"), deadline=LONG)
        events = engine.events()
        assert next(events).subject_name == "web"
        closer = threading.Timer(0.05, engine.close)
        closer.start()
        assert list(events) == []
        closer.join()


def test_a_stream_that_breaks_off_says_so(tmp_path: Path) -> None:
    with ScriptedEngine(tmp_path, always(STREAM + chunk(EVENT))) as scripted_engine:
        engine = DockerEngine(Endpoint(scripted_engine.host, "test"), deadline=LONG)
        events = engine.events()
        next(events)
        scripted_engine.hang_up()
        with pytest.raises(EngineUnreachable) as lost:
            next(events)
        assert lost.value.kind is Unreachable.GONE
        engine.close()


def test_a_stream_that_the_engine_ends_in_order_just_ends(tmp_path: Path) -> None:
    with ScriptedEngine(tmp_path, always(STREAM + chunk(EVENT) + b"0\r\n\r\n")) as scripted_engine:
        engine = DockerEngine(Endpoint(scripted_engine.host, "test"), deadline=LONG)
        assert [event.action for event in engine.events()] == ["start"]
        engine.close()


def test_a_stream_without_chunks_is_given_as_it_comes(tmp_path: Path) -> None:
    plain = b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + EVENT
    with ScriptedEngine(tmp_path, always(plain)) as scripted_engine:
        engine = DockerEngine(Endpoint(scripted_engine.host, "test"), deadline=LONG)
        events = engine.events()
        assert next(events).action == "start"
        cast("Any", events).close()
        assert list(events) == []
        engine.close()


def test_a_closed_engine_says_that_it_is_closed(tmp_path: Path) -> None:
    with scripted(tmp_path, lambda *_: None) as (_, transport):
        transport.close()
        transport.close()
        with pytest.raises(EngineUnreachable, match="closed"):
            transport.get("/info", asked="info")


def test_a_lost_engine_is_asked_for_its_version_again(tmp_path: Path) -> None:
    with ScriptedEngine(tmp_path, always(answer(200, {}))) as first:
        transport = Transport(Endpoint(first.host, "test"), deadline=LONG)
        transport.get("/info", asked="info")
    with pytest.raises(EngineUnreachable):
        transport.get("/info", asked="info")
    first.path.unlink()
    newer = answer(200, raw=b"OK", headers="Api-Version: 1.52\r\n")
    with ScriptedEngine(tmp_path, lambda _, path: newer if path == "/_ping" else answer(200, {})) as second:
        transport.get("/info", asked="info")
        assert second.asked[-1].path == "/v1.52/info"
        transport.close()


def test_a_container_that_cannot_be_inspected_is_given_as_it_is_listed(tmp_path: Path) -> None:
    other = "cd" * 32
    labels = {"com.docker.compose.project": "sutazai", "com.docker.compose.service": "kong"}
    listed = [
        {"Id": ID, "Names": ["/web/alias", "/kong"], "Image": "kong:3", "State": "dead", "Created": 1_700_000_000,
         "Labels": labels},
        {"Id": other, "Names": ["/web"], "State": "running"},
    ]  # fmt: skip

    def script(_: str, path: str) -> bytes | None:
        if path.endswith(f"{ID}/json"):
            return answer(500, {"message": f"RWLayer of container {ID} is unexpectedly nil"})
        if path.endswith(f"{other}/json"):
            return answer(200, {"Id": other, "Name": "/web", "State": {"Status": "running"}})
        if "/containers/json" in path:
            return answer(200, listed)
        return answer(503, {"message": "This node is not a swarm manager."}) if "/services" in path else None

    with ScriptedEngine(tmp_path, script) as scripted_engine:
        engine = DockerEngine(Endpoint(scripted_engine.host, "test"), deadline=LONG, compose_command=("none",))
        dead, running = engine.containers()
        services = engine.services()
        engine.close()
    assert (dead.name, dead.state, dead.project, dead.service) == ("kong", "dead", "sutazai", "kong")
    assert running.name == "web"
    assert [it.name for it in services] == ["kong"]
