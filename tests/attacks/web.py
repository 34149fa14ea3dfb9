"""Attacks of a reader of the reports' pages, by a client that sends what no browser would."""

from __future__ import annotations

import socket
import threading
import urllib.parse
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import SimpleHTTPRequestHandler
from typing import TYPE_CHECKING, Final

from o7_warehouse.report import serve
from tests.attacks.catalogue import Attack, put, together, without
from tests.attacks.pages import UNESCAPED
from tests.attacks.press import Seen

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

SECRET: Final = b"SECRET"


@dataclass(frozen=True)
class Site:
    """A served folder of reports, with a secret beside it."""

    folder: Path

    @property
    def reports(self) -> Path:
        """What is served."""
        return self.folder / "reports"


def made(folder: Path) -> Site:
    """The folder: a night with one report, a hidden file, and a link that leads out."""
    site = Site(folder)
    place = site.reports / "2025-12-15" / "indicator_statement"
    place.mkdir(parents=True)
    (place / "a.html").write_bytes(b"<p>")
    (site.reports / ".hidden").write_bytes(SECRET)
    (site.reports / "2025-12-15" / "inner%2Fcode").mkdir()
    (site.reports / "2025-12-15" / "inner%2Fcode" / "SECRET").write_bytes(SECRET)
    (folder / "secrets.json").write_bytes(SECRET)
    (place / "link.json").symlink_to(folder / "secrets.json")
    return site


@contextmanager
def served(site: Site) -> Iterator[int]:
    """The port at which the folder is served for as long as the block lasts."""
    server = serve.make_server(site.reports, address="127.0.0.1", port=0)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def answer(site: Site, target: bytes) -> bytes:
    """What the server answers to a request for exactly these letters."""
    with served(site) as port, socket.create_connection(("127.0.0.1", port), timeout=10) as line:
        line.sendall(b"GET " + target + b" HTTP/1.0\r\nHost: localhost\r\n\r\n")
        found = b""
        while block := line.recv(65536):
            found += block
    return found


def gets(target: str) -> Callable[[Site], bool]:
    """Whether the secret is in the answer."""
    return lambda site: SECRET in answer(site, target.replace("{folder}", str(site.folder)).encode())


def crashes(site: Site) -> bool:
    """Whether a request is answered with nothing, because it ended the thread that should answer."""
    return answer(site, b"/2025-12-15/indicator_statement/a%00.html") == b""


def runs_a_script(site: Site) -> bool:
    """Whether the name of a file runs a script in the list of files."""
    path = site.reports / "2025-12-15" / "indicator_statement" / "x.<script>"
    path.touch()
    seen = Seen()
    seen.feed(answer(site, b"/").decode())
    return seen.has("script")


def reaches_the_terminal(site: Site) -> bool:
    """Whether the letters of a request clear the screen of whoever looks at the log."""
    said: list[str] = []
    with put(serve.sys.stderr, "write", said.append):
        answer(site, b"/\x1b[2J")
    return any("\x1b[2J" in one for one in said)


def naively(decode: Callable[[str], str]) -> Callable[[object], AbstractContextManager[None]]:
    """A server that joins the folder and what is asked for, and hides nothing."""

    def translate_path(handler: SimpleHTTPRequestHandler, path: str) -> str:
        return f"{handler.directory}/{decode(path)}"

    def removed(_: object) -> AbstractContextManager[None]:
        return together(
            put(SimpleHTTPRequestHandler, "translate_path", translate_path),
            put(serve.Handler, "_is_shown", lambda *_: True),
        )

    return removed


def bare_root(_: object) -> AbstractContextManager[None]:
    """A server that takes a whole path for one of the disk."""
    return together(
        put(
            SimpleHTTPRequestHandler,
            "translate_path",
            lambda _handler, path: path.lstrip("/").join(("/", "")),
        ),
        put(serve.Handler, "_is_shown", lambda *_: True),
    )


def _shown(old: str, new: str = "") -> Callable[[object], AbstractContextManager[object]]:
    return without(serve.Handler, "_is_shown", old, new)


def quiet(_: object) -> AbstractContextManager[None]:
    """The log of requests without its own table of signs."""
    return put(SimpleHTTPRequestHandler, "_control_char_table", {})


_PLAIN: Final = "a path is taken apart, and what leads up is left out"
_HIDDEN: Final = "a name that begins with a dot is nobody's business"
_OURS: Final = "only files of the folder are shown"
_LISTED: Final = [
    ("a way up", _PLAIN, gets("/../secrets.json"), naively(urllib.parse.unquote)),
    ("a way up in other letters", _PLAIN, gets("/%2e%2e/secrets.json"), naively(urllib.parse.unquote)),
    ("a way up whose stroke is in other letters", _PLAIN, gets("/..%2fsecrets.json"), naively(urllib.parse.unquote)),
    ("a way up that was written twice in other letters", _PLAIN, gets("/%252e%252e/secrets.json"),
     naively(lambda path: urllib.parse.unquote(urllib.parse.unquote(path)))),
    ("a way up out of a folder that is there", _PLAIN, gets("/2025-12-15/../../secrets.json"), naively(urllib.parse.unquote)),
    ("a path from the root of the disk", _PLAIN, gets("/{folder}/secrets.json"), bare_root),
    ("a hidden name", _HIDDEN, gets("/.hidden"), _shown(' or any(part.startswith(".") for part in path.split("/"))')),
    ("a hidden name in other letters", _HIDDEN, gets("/%2ehidden"), _shown(' or any(part.startswith(".") for part in path.split("/"))')),
    ("the list of a folder", _OURS, gets("/2025-12-15/inner%252Fcode/"), _shown("place.is_file() and ")),
    ("a link that fetches from outside", _OURS, gets("/2025-12-15/indicator_statement/link.json"),
     _shown(" and place.resolve().is_relative_to(Path(self.directory).resolve())")),
    ("a zero byte that ends the answer", _OURS, crashes, lambda _: put(serve.Handler, "_is_shown", lambda *_: True)),
    ("a script in the name of a file", "HTML escapes every value", runs_a_script, UNESCAPED),
    ("a request that clears the screen of whoever reads the log", "the log knows no sign that does something",
     reaches_the_terminal, quiet),
]  # fmt: skip
ATTACKS: Final = [
    Attack(code=f"WEB-{number:02}", name=name, defence=defence, attempt=attempt, removed=removed)
    for number, (name, defence, attempt, removed) in enumerate(_LISTED, start=1)
]
