"""The champion as TFX reads it."""

import shutil

import pytest

from pipeline.champion import champion_model
from pipeline.locations import Locations


def push(locations, *versions):
    for version in versions:
        folder = locations.serving / str(version)
        folder.mkdir(parents=True)
        (folder / "saved_model.pb").write_text(f"{locations.root.name} {version}")


def graph(model):
    return (model / "Format-Serving" / "saved_model.pb").read_text()


@pytest.fixture
def locations(tmp_path):
    return Locations(tmp_path / "first")


def test_nothing_pushed(locations):
    assert champion_model(locations) is None


def test_newest_version(locations):
    push(locations, 9, 10)
    for _ in range(2):
        model = champion_model(locations)
        assert (model.name, graph(model)) == ("10", "first 10")


@pytest.mark.parametrize("with_links", [True, False])
def test_root_that_is_a_copy(locations, with_links):
    """Its links lead to the other root, or have become folders."""
    push(locations, 10)
    champion_model(locations)
    copy = Locations(locations.root.with_name("second"))
    shutil.copytree(locations.root, copy.root, symlinks=with_links)
    (copy.serving / "10" / "saved_model.pb").write_text("second 10")
    assert graph(champion_model(copy)) == "second 10"
    assert graph(champion_model(locations)) == "first 10"


def test_version_that_is_a_link_is_known_by_its_place(locations):
    """A push asks which version a view leads to."""
    push(locations, 10)
    (locations.serving / "10").rename(locations.root / "disk")
    (locations.serving / "10").symlink_to(locations.root / "disk")
    model = champion_model(locations)
    assert (model / "Format-Serving").readlink() == locations.serving / "10"
    assert graph(model) == "first 10"
