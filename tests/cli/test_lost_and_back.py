"""What the running screen says while the engine or Ollama is away, and that it finds them again."""

import pytest

from tests.lab.client import Lab
from tests.lab.ollama import OllamaDouble
from tests.terminal import Terminal


@pytest.mark.docker
def test_an_engine_that_ends_leaves_its_last_values_with_their_age_and_is_found_again(own_lab: Lab) -> None:
    own_lab.run("sutazai-backend", "--restart", "always", command=("sleep", "1000"))
    with Terminal(["--host", own_lab.host]) as screen:
        screen.wait_for(lambda text: "backend" in text and "live" in text)
        own_lab.engine.halt()
        lost = screen.wait_for("STALE")
        assert "backend" in lost
        screen.wait_for(lambda text: "no socket" in text or "left behind" in text or "broke off" in text)
        own_lab.engine.start()
        screen.wait_for(lambda text: "live" in text and "STALE" not in text, seconds=60)
        own_lab.run("sutazai-later", command=("sleep", "1000"))
        screen.wait_for("later")
        screen.send("\x11")
        assert screen.wait_gone() == 0


@pytest.mark.docker
def test_an_ollama_that_ends_is_told_in_its_own_panel_and_is_found_again(own_lab: Lab) -> None:
    first = OllamaDouble()
    first.furnish()
    port = first.port
    own_lab.run("sutazai-backend", command=("sleep", "1000"))
    with Terminal(["--host", own_lab.host, "--ollama", f"http://127.0.0.1:{port}"]) as screen:
        screen.wait_for(lambda text: "codellama:7b" in text and "backend" in text)
        first.close()
        told = screen.wait_for("cannot be reached")
        assert "backend" in told
        assert "live" in told
        second = OllamaDouble(port=port)
        second.furnish()
        try:
            screen.wait_for(lambda text: "codellama:7b" in text and "cannot be reached" not in text, seconds=60)
        finally:
            second.close()
        screen.send("\x11")
        assert screen.wait_gone() == 0
