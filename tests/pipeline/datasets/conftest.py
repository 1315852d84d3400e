"""Tiny datasets in the publishers' own formats, and a server on this machine to fetch them from."""

import dataclasses
import http.server
import io
import threading
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.datasets.catalog import CATALOG, Counts, RemoteFile

# Three users, three rated items, five ratings; the title of item 3 has commas and a letter outside ASCII.
TINY = Counts(users=3, items=3, rows=5)

ML_100K = {
    "u.data": (
        b"1\t1\t5\t881250949\n1\t2\t3\t881250950\n2\t1\t4\t881250951\n"
        b"3\t3\t1\t881250952\n3\t1\t2\t881250953\n"
    ),
    "u.item": (
        "1|Toy Story (1995)|01-Jan-1995||http://x|0|0|1\n"
        "2|GoldenEye (1995)|01-Jan-1995||http://x|0|1|1\n"
        '3|Misérables, Les, "1995" (1995)|01-Jan-1995||http://x|0|0|0\n'
    ).encode("latin-1"),
}

RECBOLE = {
    "ml-100k.inter": b"user_id:token\titem_id:token\trating:float\ttimestamp:float\n" + ML_100K["u.data"],
    "ml-100k.item": (
        "item_id:token\tmovie_title:token_seq\trelease_year:token\tclass:token_seq\n"
        "1\tToy Story\t1995\tAnimation\n2\tGoldenEye\t1995\tAction\n3\tMisérables, Les\t\tDrama\n"
    ).encode(),
}

ML_1M = {
    "ratings.dat": ML_100K["u.data"].replace(b"\t", b"::"),
    "movies.dat": (
        "1::Toy Story (1995)::Animation\n2::2001: A Space Odyssey (1968)::Drama\n3::Misérables, Les::Drama\n"
    ).encode("latin-1"),
}

ML_20M = {
    "ratings.csv": b"userId,movieId,rating,timestamp\n"
    + ML_100K["u.data"].replace(b"\t", b",").replace(b",5,", b",4.5,"),
    "movies.csv": (
        'movieId,title,genres\n1,Toy Story (1995),Animation\n2,"American President, The (1995)",Comedy\n'
        '3,"Misérables, Les ""1995""",Drama\n'
    ).encode(),
}

# Users 0 and 1; the first line of negatives has the positive itself and an item twice, as the real ones do.
DEEPCF = {
    "lastfm.train.rating": b"0\t10\t7\r\n0\t11\t1\r\n1\t12\t3\r\n",
    "lastfm.test.rating": b"0\t12\t2\r\n1\t10\t9\r\n",
    "lastfm.test.negative": b"(0,12)\t12\t13\t13\n(1,10)\t11\t13\t14\n",
}


class Published:
    """The tiny files by the name of their format; a test may change `files` before it asks for them."""

    def __init__(self, folder: Path):
        self._folder = folder
        self.files = {
            "ml-100k": dict(ML_100K),
            "recbole": dict(RECBOLE),
            "ml-1m": dict(ML_1M),
            "ml-10m": {name: content.decode("latin-1").encode() for name, content in ML_1M.items()},
            "ml-20m": dict(ML_20M),
            "lastfm": dict(DEEPCF),
        }

    def folder(self, name: str, inside: str = ".") -> Path:
        """The files on disk, in the folder `inside` of the folder returned."""
        target = self._folder / name
        (target / inside).mkdir(parents=True, exist_ok=True)
        for file, content in self.files[name].items():
            (target / inside / file).write_bytes(content)
        return target

    def archive(self, name: str, inside: str) -> bytes:
        """The files in a zip archive, in its folder `inside`."""
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
            for file, content in self.files[name].items():
                archive.writestr(f"{inside}/{file}", content)
        return buffer.getvalue()


@pytest.fixture
def published(tmp_path: Path) -> Published:
    return Published(tmp_path / "published")


@pytest.fixture(autouse=True)
def tiny_catalog(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every dataset counts what the tiny files do, and its address answers nothing."""
    for name, spec in list(CATALOG.items()):
        counts = TINY if name.startswith("ml-") else Counts(2, 3, 3, test_rows=2, candidate_rows=6)
        files = tuple(RemoteFile(f"http://127.0.0.1:9/{file.name}") for file in spec.files)
        monkeypatch.setitem(
            CATALOG, name, dataclasses.replace(spec, counts=counts, files=files, package=None)
        )


@dataclasses.dataclass
class Server:
    """Answers GET /NAME with `files[NAME]`, else 404; those in `cut` break off in the middle."""

    url: str
    files: dict[str, bytes] = dataclasses.field(default_factory=dict)
    cut: set[str] = dataclasses.field(default_factory=set)


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    for variable in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(variable, raising=False)

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            name = self.path.lstrip("/")
            if name not in state.files:
                self.send_error(404, "Not Found")
                return
            content = state.files[name]
            self.send_response(200)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content[: len(content) // 2] if name in state.cut else content)

        def log_message(self, format: str, *args: object) -> None:
            """Keep quiet."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as listener:
        state = Server(f"http://127.0.0.1:{listener.server_port}")
        thread = threading.Thread(target=listener.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield state
        listener.shutdown()
        thread.join()
