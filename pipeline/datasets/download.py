"""Download of one file over HTTP, whole or not at all."""

import hashlib
import http.client
import os
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from models.errors import UserError
from pipeline.datasets.catalog import RemoteFile
from pipeline.datasets.progress import Progress

TIMEOUT_SECONDS = 10.0
"""For the connection and for each read, so that another source is tried soon."""

_BLOCK_BYTES = 1 << 18


class SourceUnavailable(UserError):
    """A source that cannot be read now; another one may be."""


def download(file: RemoteFile, folder: Path, progress: Progress) -> Path:
    """Download `file` into `folder` under its own name, which appears only when every byte is there.

    Raises:
        SourceUnavailable: if the address cannot be reached, answers with an error, breaks off, or sends other
            bytes than the digest says.
    """
    target = folder / file.name
    partial = folder / f"{file.name}.partial"
    algorithm, _, expected = (file.digest or "sha256:").partition(":")
    digest = hashlib.new(algorithm)
    try:
        with partial.open("wb") as output:
            done = 0
            for block, total in _blocks(file.url):
                output.write(block)
                digest.update(block)
                done += len(block)
                progress(f"Downloading {file.name}", done, total)
        if expected and digest.hexdigest() != expected:
            raise SourceUnavailable(
                f"{file.url} sent other bytes than it should ({algorithm} {digest.hexdigest()})"
            )
        os.replace(partial, target)
    finally:
        partial.unlink(missing_ok=True)
    return target


def _blocks(url: str) -> Iterator[tuple[bytes, int | None]]:
    """The bytes at `url` block by block, each with the total length if the server tells it."""
    request = urllib.request.Request(url, headers={"User-Agent": "autoncf"})
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS) as response:
            length = response.headers.get("Content-Length")
            total = int(length) if length else None
            done = 0
            while block := response.read(_BLOCK_BYTES):
                done += len(block)
                yield block, total
    except urllib.error.HTTPError as error:
        raise SourceUnavailable(f"{url} answered {error.code} {error.reason}") from None
    except urllib.error.URLError as error:
        raise SourceUnavailable(f"{url} cannot be reached ({_reason(error.reason)})") from None
    except (http.client.HTTPException, OSError) as error:
        raise SourceUnavailable(f"{url} broke off ({_reason(error)})") from None
    if total is not None and done != total:
        raise SourceUnavailable(f"{url} broke off after {done:,} of {total:,} bytes")


def _reason(error: object) -> str:
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return str(error) or type(error).__name__
