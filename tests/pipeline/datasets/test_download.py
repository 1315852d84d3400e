"""Downloads from a server on this machine, and the copy in the Python package index."""

import dataclasses
import hashlib
import socket
import sys
from pathlib import Path

import pytest

from models.errors import UserError
from pipeline.datasets import fetch, python_index
from pipeline.datasets.catalog import CATALOG, RemoteFile
from pipeline.datasets.download import SourceUnavailable, download
from pipeline.datasets.progress import no_progress


def serve(monkeypatch, server, name: str, digest: str | None = None, package: str | None = None) -> None:
    """Let the catalogue name the server of the test."""
    files = tuple(RemoteFile(f"{server.url}/{file.name}", digest) for file in CATALOG[name].files)
    monkeypatch.setitem(CATALOG, name, dataclasses.replace(CATALOG[name], files=files, package=package))


def test_an_archive_is_downloaded_checked_and_converted(monkeypatch, published, server, tmp_path):
    archive = published.archive("ml-100k", "ml-100k")
    server.files["ml-100k.zip"] = archive
    serve(monkeypatch, server, "ml-100k", f"md5:{hashlib.md5(archive).hexdigest()}")
    told = []
    summary = fetch("ml-100k", tmp_path / "out", progress=lambda *progress: told.append(progress))
    assert summary.source == f"{server.url}/ml-100k.zip"
    assert ("Downloading ml-100k.zip", len(archive), len(archive)) in told
    assert ("Writing interactions.csv", 5, 5) in told
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "dataset.json",
        "interactions.csv",
        "items.csv",
    ]


def test_several_files_are_downloaded(monkeypatch, published, server, tmp_path):
    server.files.update(published.files["lastfm"])
    serve(monkeypatch, server, "lastfm")
    assert fetch("lastfm", tmp_path / "out").source == server.url


def test_one_missing_file_of_several_is_named(monkeypatch, published, server, tmp_path):
    server.files.update(published.files["lastfm"])
    del server.files["lastfm.test.negative"]
    serve(monkeypatch, server, "lastfm")
    with pytest.raises(UserError, match=r"lastfm\.test\.negative answered 404 Not Found.*--from"):
        fetch("lastfm", tmp_path / "out")
    assert not any(tmp_path.iterdir())


def test_a_download_that_breaks_off_is_refused(monkeypatch, published, server, tmp_path):
    server.files["ml-100k.zip"] = published.archive("ml-100k", "ml-100k")
    server.cut.add("ml-100k.zip")
    serve(monkeypatch, server, "ml-100k")
    with pytest.raises(UserError, match="broke off after"):
        fetch("ml-100k", tmp_path / "out")
    assert not any(tmp_path.iterdir())


def test_other_bytes_than_the_digest_says_are_refused(server, tmp_path):
    server.files["a.zip"] = b"content"
    right = RemoteFile(f"{server.url}/a.zip", f"sha256:{hashlib.sha256(b'content').hexdigest()}")
    assert download(right, tmp_path, no_progress).read_bytes() == b"content"
    (tmp_path / "a.zip").unlink()
    with pytest.raises(SourceUnavailable, match="sent other bytes"):
        download(RemoteFile(right.url, "sha256:00"), tmp_path, no_progress)
    assert not any(tmp_path.iterdir())


def test_an_address_that_cannot_be_reached_says_what_to_do(tmp_path):
    with pytest.raises(UserError, match=r"ml-1m\.zip cannot be reached \(Connection refused\).*--from"):
        fetch("ml-1m", tmp_path / "out")


def test_a_server_that_never_answers_is_given_up(monkeypatch, tmp_path):
    monkeypatch.setattr("pipeline.datasets.download.TIMEOUT_SECONDS", 0.05)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        file = RemoteFile(f"http://127.0.0.1:{silent.getsockname()[1]}/a.zip")
        with pytest.raises(SourceUnavailable, match="timed out"):
            download(file, tmp_path, no_progress)
    assert not any(tmp_path.iterdir())


def test_the_package_index_steps_in(monkeypatch, published, server, tmp_path):
    """No publisher: pip, here a stand-in that copies a wheel, brings the same data."""
    wheel = tmp_path / "wheel"
    wheel.write_bytes(published.archive("recbole", "recbole/dataset_example/ml-100k"))
    stand_in_for_pip(monkeypatch, tmp_path, f"import shutil; shutil.copy({str(wheel)!r}, destination)")
    serve(monkeypatch, server, "ml-100k", package="recbole==1.2.1")
    summary = fetch("ml-100k", tmp_path / "out")
    assert summary.source == "recbole==1.2.1 of the Python package index"
    assert not list((tmp_path / "out").glob("**/*.whl"))


def test_when_both_sources_fail_both_reasons_are_told(monkeypatch, server, tmp_path):
    stand_in_for_pip(monkeypatch, tmp_path, "sys.exit('ERROR: no matching distribution')")
    serve(monkeypatch, server, "ml-100k", package="recbole==1.2.1")
    with pytest.raises(UserError, match=r"answered 404.*recbole==1\.2\.1.*no matching distribution.*--from"):
        fetch("ml-100k", tmp_path / "out")


def test_without_pip_and_uv_the_index_is_unavailable(monkeypatch, tmp_path):
    monkeypatch.setattr(python_index, "pip_commands", lambda: iter(()))
    with pytest.raises(SourceUnavailable, match="neither pip nor uv"):
        python_index.download_wheel("recbole==1.2.1", tmp_path, no_progress)


def stand_in_for_pip(monkeypatch, folder: Path, action: str) -> None:
    script = folder / "pip.py"
    script.write_text(
        "import sys\n"
        "destination = sys.argv[sys.argv.index('--dest') + 1] + '/recbole-1.2.1-py3-none-any.whl'\n"
        f"{action}\n"
    )
    monkeypatch.setattr(python_index, "pip_commands", lambda: iter(([sys.executable, str(script)],)))
