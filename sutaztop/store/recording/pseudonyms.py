"""Pseudonyms: for each name one of its own, the same throughout one clip and another in the next (ADR 0031).

A name that was told once is also found within sentences, and so are addresses, paths and ids. The key is random and is
kept nowhere: nobody gets from a pseudonym to its name, nor from those of one clip to those of another.
"""

import hmac
import re
from functools import lru_cache

from sutaztop.store.recording.public_words import IMAGES, LABELS, SEGMENTS, SPOKEN, VARIABLES, is_public_model
from sutaztop.store.recording.secrets import HIDDEN

_LETTERS = "23456789bcdfghjkmnpqrstvwxz"
"""No vowels: no word comes about by chance."""
_LENGTH = 6
_NETWORKS = frozenset({"", "bridge", "host", "none", "default", "ingress", "docker_gwbridge"})
_PLACES = frozenset({"", "localhost", "127.0.0.1", "0.0.0.0", "::", "::1", "[::]", "[::1]"})  # noqa: S104 - nothing is bound
_ENDPOINTS = frozenset({"unix:///var/run/docker.sock", "unix:///run/docker.sock", "npipe:////./pipe/docker_engine"})
_EXTENSIONS = frozenset({"conf", "cfg", "db", "env", "ini", "json", "log", "sh", "sock", "toml", "txt", "yaml", "yml"})
_TAG = re.compile(
    r"latest|v?\d+(?:\.\d+)*(?:-(?:alpine|slim|bookworm|bullseye|jammy|noble|management|cuda)\d*(?:\.\d+)*)?"
)
_HEX = re.compile(r"[0-9a-f]{12,}")
_SEPARATOR = re.compile(r"[-_./]")
_NUMBERED = re.compile(r"(\d+[-_.])(?=.)")
_LONG_NAME = 4
_SHORTEST_ID = 8
# What may tell an owner though nobody named it before: mail, addresses with a scheme, paths, numbers of hosts, ids.
_TELLING = re.compile(
    r"(?P<mail>[\w.+-]+@[\w-]+(?:\.[\w-]+)+)"
    r"|(?P<endpoint>[a-z][a-z0-9+.-]*://[^\s'\"<>,;)]+)"
    r"|(?P<path>(?<![\w/])(?:~|\.{1,2})?/[\w.@+~-][^\s'\"<>,;:)]*)"
    r"|(?P<address>(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?![\w.])|(?<![\w:])(?:[0-9a-f]{1,4}:){3,7}[0-9a-f]{0,4}(?![\w:]))"
    r"|(?P<id>(?<![0-9a-zA-Z])[0-9a-f]{12,64}(?![0-9a-zA-Z]))",
)


class Pseudonyms:
    """Gives pseudonyms. First it is to be asked about all names there are, then ``finish``, then about sentences."""

    def __init__(self, key: bytes) -> None:
        self._key = key
        self._by_name: dict[str, str] = {}
        self._taken: set[str] = set()
        self._known = re.compile(r"(?!)")
        self._addresses: dict[str, str] = {}
        self.text = lru_cache(8192)(self._text)

    def finish(self) -> None:
        """End learning: from now on every name that was met is found in sentences."""
        self._known = self._pattern()
        self.text.cache_clear()

    def _digits(self, text: str, salt: str = "") -> str:
        return hmac.digest(self._key, f"{salt}\0{text}".encode(errors="surrogatepass"), "sha256").hex()

    # --- names ------------------------------------------------------------------------------

    def name(self, kind: str, name: str) -> str:
        """Give the pseudonym of a name; that of a name made of known ones is made of theirs."""
        if not name:
            return ""
        found = self._by_name.get(name)
        if found is None:
            found = self._joined(kind, name) or self._new(kind, name)
            self._by_name[name] = found
        return found

    def _joined(self, kind: str, name: str) -> str:
        """Put ``project-service-1`` together from its parts, where the first of them is a name that is known."""
        for cut in reversed(list(_SEPARATOR.finditer(name))):
            front = self._by_name.get(name[: cut.start()])
            rest = name[cut.end() :]
            if front is None or not rest:
                continue
            return f"{front}{cut[0]}{self._rest(kind, rest)}"
        return ""

    def _rest(self, kind: str, rest: str) -> str:
        """Give what stands behind a known name: numbers stay, as that of a task before the task's id."""
        if rest.isdecimal() or rest in _NETWORKS:
            return rest
        numbered = _NUMBERED.match(rest)
        if numbered is not None:
            return numbered[1] + self.name(kind, rest[numbered.end() :])
        return self.name(kind, rest)

    def _new(self, kind: str, name: str) -> str:
        salt = 0
        while True:
            number, letters = int(self._digits(name, f"{kind}{salt}"), 16), ""
            for _ in range(_LENGTH):
                number, place = divmod(number, len(_LETTERS))
                letters += _LETTERS[place]
            if (made := f"{kind}-{letters}") not in self._taken:
                self._taken.add(made)
                return made
            salt += 1

    def network(self, name: str) -> str:
        """Give the pseudonym of a network, or of a network mode; the engine's own networks keep their names."""
        if name in _NETWORKS:
            return name
        front, colon, rest = name.partition(":")
        if colon and front in ("container", "service"):
            return f"{front}:{self.id(rest)}"
        return self.name("net", name)

    def id(self, text: str) -> str:
        """Give another id of the same length; it is found in sentences too, by its first twelve digits as well."""
        if not text:
            return ""
        found = self._by_name.get(text)
        if found is None:
            front, colon, rest = text.rpartition(":")
            digits = self._digits(rest, "id")
            while len(digits) < len(rest):
                digits += self._digits(digits, "id")
            made = digits[: max(12, len(rest))]
            found = f"{front if front == 'sha256' else ''}{colon}{made}"
            if len(rest) >= _SHORTEST_ID:
                self._by_name[text] = found
                self._by_name.setdefault(rest, made)
                self._by_name.setdefault(rest[:12], made[:12])
        return found

    def run(self, text: str) -> str:
        """Give what tells the runs of a container apart."""
        return self._digits(text, "run")[:12]

    def object_id(self, text: str) -> str:
        """Give the id of a service: Swarm's, or ``project/service``."""
        project, slash, service = text.partition("/")
        if slash:
            return f"{self.name('proj', project)}/{self.name('svc', service)}"
        return text if text in ("", "host") else self.id(text)

    def person(self, who: str) -> str:
        """Give who did something: ``jane@laptop, autopilot`` stays an autopilot's."""
        name, comma, role = who.partition(", ")
        if not name:
            return who
        for part in name.split("@"):
            self.name("person", part)
        return self.name("person", name) + (f", {role}" if comma and role == "autopilot" else "")

    def image(self, name: str) -> str:
        """Give an image's name: the last word of a published one stays, and so does a plain version.

        >>> one = Pseudonyms(b"k")
        >>> one.image("postgres:16.2-alpine")
        'postgres:16.2-alpine'
        """
        if not name or _HEX.fullmatch(name) or name.startswith("sha256:"):
            return self.id(name)
        name, at, digest = name.partition("@")
        path, slash, last = name.rpartition("/")
        word, colon, tag = last.partition(":")
        words = [self.name("reg", it) for it in path.split("/") if it and it not in ("docker.io", "library")]
        kept = word if word in IMAGES else self.name("img", word)
        if slash:
            # The whole name too: it stands so in sentences.
            self._by_name.setdefault(f"{path}/{word}", "/".join([*words, kept]))
        if colon:
            kept += f":{tag if _TAG.fullmatch(tag) else self.name('tag', tag)}"
        return "/".join([*words, kept]) + (f"@{self.id(digest)}" if at else "")

    def model(self, name: str) -> str:
        """Give a model's name: published ones are kept."""
        return name if not name or is_public_model(name) else self.name("model", name)

    def word(self, kind: str, word: str, public: frozenset[str]) -> str:
        """Give a word that is kept where it is public."""
        return word if word.casefold() in public else self.name(kind, word)

    # --- places -----------------------------------------------------------------------------

    def path(self, path: str) -> str:
        """Give a path: what is found in any system stays, and what lies within another still does.

        >>> one = Pseudonyms(b"k")
        >>> one.path("/var/lib/docker/volumes")
        '/var/lib/docker/volumes'
        """
        return "/".join([self._segment(it) for it in path.split("/")])

    def _segment(self, name: str) -> str:
        plain = name.casefold()
        if not name or name in (".", "..", "~") or plain in SEGMENTS or name.isdecimal():
            return name
        if _HEX.fullmatch(name):
            return self.id(name)
        if re.fullmatch(r"(?:sd|vd|xvd|hd)[a-z]\d*|nvme\d+n\d+(?:p\d+)?|(?:dm-|md|loop|sr)\d+|tty\w{0,4}", name):
            return name
        stem, dot, extension = name.rpartition(".")
        if dot and stem and extension in _EXTENSIONS:
            return f"{self._segment(stem)}.{extension}"
        return self.name("dir", name)

    def address(self, address: str) -> str:
        """Give an address of the same family in a private range; those that every host has stay."""
        bare, slash, bits = address.partition("/")
        if bare in _PLACES:
            return address
        found = self._addresses.get(bare)
        if found is None:
            digits = self._digits(bare, "address")
            one, two, three, four = (int(digits[at : at + 2], 16) for at in (0, 2, 4, 6))
            is_v4 = re.fullmatch(r"\d{1,3}(?:\.\d{1,3}){3}", bare) is not None
            if is_v4:
                found = f"10.{one}.{two}.{three % 254 + 1}"
            else:
                found = f"fd00::{one:x}{two:02x}:{three:x}{four:02x}" if ":" in bare else self.name("host", bare)
            self._addresses[bare] = found
        return found + slash + bits

    def endpoint(self, text: str) -> str:
        """Give an engine's or a server's address: its scheme and port stay."""
        if not text or text in _ENDPOINTS:
            return text
        scheme, sign, rest = text.partition("://")
        if not sign:
            return self.address(text)
        if scheme in ("unix", "npipe", "file"):
            return f"{scheme}://{self.path(rest)}"
        place, slash, path = rest.partition("/")
        user, at, place = place.rpartition("@")
        host, colon, port = place.rpartition(":")
        if not colon or not port.isdecimal() or host.endswith(":"):
            host, colon, port = place, "", ""
        login = f"{self.name('person', user)}@" if at else ""
        tail = self.path(path.partition("?")[0])
        return f"{scheme}://{login}{self.address(host)}{colon}{port}{slash}{tail}"

    # --- what somebody wrote ----------------------------------------------------------------

    def secret(self, value: str) -> str:
        """Give what stands for a value that is told nobody: alike for alike ones."""
        return f"{HIDDEN}{self._digits(value, 'value')[:12]}›" if value else ""

    def variable(self, key: str) -> str:
        """Give an environment key: those of well-known programs stay."""
        is_public = key.startswith(VARIABLES) and key.isascii()
        return key if is_public else self.name("KEY", key)

    def label(self, key: str, value: str) -> tuple[str, str]:
        """Give a label: published keys stay, and of values only plain numbers and switches."""
        known = key.startswith(LABELS)
        plain = re.fullmatch(r"\d{1,9}(?:\.\d{1,4})?|true|false|", value.casefold()) is not None
        return key if known else self.name("label", key), value if known and plain else self.secret(value)

    def command(self, text: str) -> str:
        """Give a command: the program, where anybody may have it, and that there was more."""
        first, _, rest = text.partition(" ")
        program = self.path(first) if "/" in first else self.word("program", first, SEGMENTS)
        return f"{program} …" if rest else program

    def _text(self, text: str) -> str:
        """Give a sentence with every name in it replaced, and whatever looks like an address, a path or an id."""
        return "".join([found if is_done else self._named(found) for found, is_done in self._pieces(text)])

    def _pieces(self, text: str) -> list[tuple[str, bool]]:
        made, place = [], 0
        for found in _TELLING.finditer(text):
            made.append((text[place : found.start()], False))
            ways = {"mail": self.person, "endpoint": self.endpoint, "path": self.path, "address": self.address}
            # A full stop behind it ends the sentence.
            piece = found[0].rstrip(".")
            made.append((ways.get(found.lastgroup or "", self.id)(piece), True))
            place = found.start() + len(piece)
        made.append((text[place:], False))
        return made

    def _named(self, text: str) -> str:
        return self._known.sub(lambda it: self._by_name[it[0]], text)

    def _pattern(self) -> re.Pattern[str]:
        """Find long names anywhere, short and public ones where a word begins and ends."""
        names = sorted(self._by_name, key=len, reverse=True)
        made = []
        for name in names:
            if len(name) < 2 or name.isdecimal() or name.casefold() in SPOKEN:
                continue
            word = re.escape(name)
            loose = len(name) >= _LONG_NAME and name.casefold() not in SEGMENTS
            made.append(word if loose else rf"(?<![A-Za-z0-9]){word}(?![A-Za-z0-9])")
        return re.compile("|".join(made) or r"(?!)")


__all__ = ["Pseudonyms"]
