"""The authors' own files, where a copy of them lies beside the repository."""

from pathlib import Path

import pytest

from pipeline.datasets.catalog import CATALOG
from pipeline.datasets.fetching import fetch

SOURCE = Path(__file__).parents[4] / "shared" / "data" / "deepcf"


@pytest.fixture(scope="module")
def real_catalog():
    """The catalogue before the fixtures of each test make it tiny."""
    return dict(CATALOG)


@pytest.mark.skipif(not SOURCE.is_dir(), reason="no copy of the DeepCF files beside the repository")
@pytest.mark.parametrize("name", ["lastfm", "amusic"])
def test_counts(real_catalog, monkeypatch, tmp_path, name):
    monkeypatch.setitem(CATALOG, name, real_catalog[name])
    summary = fetch(name, tmp_path / name, SOURCE)
    assert summary.counts == real_catalog[name].counts
