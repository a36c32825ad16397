"""Whatever happens to a valid file: settings, or one error that names the file and a line. Nothing else, ever."""

import re
import tempfile
from pathlib import Path

from hypothesis import given as for_all
from hypothesis import strategies as st

from sutaztop.config.load import load_settings
from sutaztop.config.locations import shipped
from sutaztop.config.settings import Settings
from sutaztop.config.themes import ThemeSpec, load_theme
from sutaztop.contracts import ConfigError
from sutaztop.domain.text import clean_text

HERE = Path(__file__).parent
FILES = [*sorted((HERE / "valid").glob("*.yaml")), *sorted(shipped("config").glob("*.yaml"))]
THEMES = sorted(shipped("themes").glob("*.yaml"))
ENVIRONMENT = {"HOME": "/nonexistent"}
NASTY = st.sampled_from([
    b"\t", b":", b"- ", b"[", b"{", b"}", b'"', b"'", b"&a ", b"*a", b"!!int ", b"!x ", b"|\n", b">\n", b"%",
    b"%YAML 9.9\n", b"? ", b"<<: ", b"#", b"\n", b"\n---\n", b"\x00", b"\x1b[2J", b"\xff", b"\xc2\x85", b"null",
    b"\xe2\x80\xa8", b"\xef\xbb\xbf", b"0x1F", b"1:30", b".inf", b".nan", b"-1", b"1e999", b"9" * 5000,
    b'"\\U0011FFFF"', b"\xf0\x9f\x98\x80",
])  # fmt: skip


@st.composite
def mutations(draw: st.DrawFn, files: list[Path]) -> bytes:
    text = bytearray(draw(st.sampled_from(files)).read_bytes())
    for _ in range(draw(st.integers(min_value=1, max_value=3))):
        at = draw(st.integers(min_value=0, max_value=len(text)))
        kind = draw(st.sampled_from(["put", "cut", "twice", "turn"]))
        length = draw(st.integers(min_value=1, max_value=40))
        if kind == "put":
            text[at:at] = draw(NASTY | st.binary(max_size=4))
        elif kind == "cut":
            del text[at : at + length]
        elif kind == "twice":
            text[at:at] = text[at : at + length]
        elif at < len(text):
            text[at] = draw(st.integers(min_value=0, max_value=255))
    return bytes(text)


def check_error(error: ConfigError, path: Path) -> None:
    said = str(error)
    assert re.match(re.escape(str(path)) + r", line \d+", said), said
    assert clean_text(said) == said
    assert "\n" not in said


@for_all(mutations(FILES))
def test_a_changed_configuration_gives_settings_or_one_clear_error(text: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "config.yaml"
        path.write_bytes(text)
        try:
            settings = load_settings([path], environment=ENVIRONMENT, system=Path("/nonexistent"))
        except ConfigError as error:
            check_error(error, path)
        else:
            assert isinstance(settings, Settings)


@for_all(mutations(THEMES))
def test_a_changed_theme_gives_a_theme_or_one_clear_error(text: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "mine.yaml"
        path.write_bytes(text)
        try:
            theme = load_theme(str(path))
        except ConfigError as error:
            check_error(error, path)
        else:
            assert isinstance(theme, ThemeSpec)
