"""Version folders on disk."""

from serving.versions import fingerprint, latest_version, list_versions, version_folders


def test_numeric_folders_with_a_model_are_versions(tmp_path):
    for name in ("2", "10", "1700000000", ".staging-11", "12.tmp", "-3", "٣", "half"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "saved_model.pb").write_bytes(b"model")
    (tmp_path / "11").mkdir()
    (tmp_path / "13").write_bytes(b"a file")
    assert list_versions(tmp_path) == [2, 10, 1700000000]
    assert latest_version(tmp_path) == 1700000000
    assert list(version_folders(tmp_path)) == [1700000000, 11, 10, 2]


def test_folder_that_is_not_there_holds_no_versions(tmp_path):
    assert list_versions(tmp_path / "nothing") == []
    assert latest_version(tmp_path / "nothing") is None


def test_fingerprint_changes_with_every_file(tmp_path):
    empty = fingerprint(tmp_path)
    (tmp_path / "variables").mkdir()
    (tmp_path / "variables" / "index").write_bytes(b"1")
    first = fingerprint(tmp_path)
    (tmp_path / "variables" / "index").write_bytes(b"12")
    assert len({empty, first, fingerprint(tmp_path)}) == 3
