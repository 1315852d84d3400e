"""The version that a baseline is a view of."""

import pytest

from components.pusher.champion import champion_version


@pytest.mark.parametrize(
    ("baseline", "version"),
    [
        ("s3://b/deployment/champion/7", 7),
        ("s3://b/deployment/artifacts/autoncf/run/Trainer/5/model", None),
        ("s3://b/deployment/artifacts/Trainer/model/5", None),
        ("s3://b/deployment/champion/seven", None),
    ],
)
def test_a_copy_is_named_by_its_folder(baseline, version):
    assert champion_version(baseline, "s3://b/deployment/serving/recommender") == version


def test_a_copy_on_a_disk_is_named_by_its_folder(tmp_path):
    (tmp_path / "champion" / "7" / "Format-Serving").mkdir(parents=True)
    assert champion_version(f"{tmp_path}/champion/7", f"{tmp_path}/serving") == 7


def test_a_link_is_followed(tmp_path):
    """Also one that leads nowhere: the version was withdrawn."""
    view = tmp_path / "champion" / "7"
    view.mkdir(parents=True)
    (view / "Format-Serving").symlink_to(tmp_path / "serving" / "8")
    assert champion_version(str(view), f"{tmp_path}/serving") == 8
    assert champion_version(str(view), f"{tmp_path}/elsewhere") is None
