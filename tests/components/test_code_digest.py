import hashlib
import sys

import pytest

from components.code_digest import code_digest


@pytest.fixture
def package(tmp_path, monkeypatch):
    folder = tmp_path / "some_package"
    folder.mkdir()
    (folder / "__init__.py").write_text("")
    (folder / "module.py").write_text("x = 1\n")
    monkeypatch.syspath_prepend(tmp_path)
    yield folder
    sys.modules.pop("some_package", None)


def test_a_module_is_its_name_and_bytes(package):
    expected = hashlib.sha256(b"module.py\0x = 1\n").hexdigest()[:16]
    assert code_digest("some_package.module") == expected


def test_a_package_changes_with_its_modules_and_not_with_other_files(package):
    before = code_digest("some_package")
    (package / "notes.txt").write_text("nothing")
    assert code_digest("some_package") == before
    (package / "module.py").write_text("x = 2\n")
    assert code_digest("some_package") != before


def test_a_module_that_is_not_there_is_named():
    with pytest.raises(ModuleNotFoundError, match="no_such_module"):
        code_digest("no_such_module")
