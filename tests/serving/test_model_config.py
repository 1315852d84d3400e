"""models.config read and written, and what it may not say."""

import os
from pathlib import Path

import pytest
from google.protobuf import text_format
from tensorflow_serving.config import model_server_config_pb2

from serving.errors import ServingError
from serving.model_config import ModelSource, VersionPolicy, read_model_config, write_model_config

CANARY = """
model_config_list {
  config {
    name: "another"
    base_path: "/models/another"
    version_labels { key: "stable" value: 9 }
  }
  config {
    name: "recommender"  # key: "stable" in a comment is no label
    base_path: "/models/recommender"
    model_platform: "tensorflow"
    model_version_policy { specific { versions: 5 versions: 3 } }
    version_labels { key: "stable" value: 3 }
    version_labels: < key: 'canary' value: 5 >
  }
}
"""


def config(body, name="recommender"):
    return f'model_config_list {{ config {{ name: "{name}" base_path: "/m" {body} }} }}'


def read(tmp_path, text):
    path = tmp_path / "models.config"
    path.write_text(text, encoding="utf-8")
    return read_model_config(path, "recommender")


def test_everything_in_the_file_is_read(tmp_path):
    assert read(tmp_path, CANARY) == ModelSource(
        Path("/models/recommender"),
        VersionPolicy(latest=None, versions=(3, 5)),
        {"stable": 3, "canary": 5},
    )


@pytest.mark.parametrize(
    ("body", "policy"),
    [
        ("", VersionPolicy(latest=1)),
        ("model_version_policy { latest {} }", VersionPolicy(latest=1)),
        ("model_version_policy { latest { num_versions: 2 } }", VersionPolicy(latest=2)),
        ("model_version_policy { all {} }", VersionPolicy(latest=None)),
        ("model_version_policy { specific { versions: 4 } }", VersionPolicy(latest=None, versions=(4,))),
    ],
)
def test_policies(tmp_path, body, policy):
    assert read(tmp_path, config(body)).policy == policy


@pytest.mark.parametrize(
    ("policy", "chosen"),
    [
        (VersionPolicy(), [11]),
        (VersionPolicy(latest=2), [11, 7]),
        (VersionPolicy(latest=9), [11, 7, 3]),
        (VersionPolicy(latest=None), [11, 7, 3]),
        (VersionPolicy(latest=None, versions=(3, 5, 11)), [11, 3]),
    ],
)
def test_versions_that_a_policy_chooses(policy, chosen):
    assert policy.choose([3, 11, 7]) == chosen
    assert policy.choose([]) == []


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("model_config_list {", "not a text proto of ModelServerConfig"),
        ('model_config_list { config { nmae: "x" } }', 'no field named "nmae"'),
        ("", 'should hold the model "recommender" once. Received: none'),
        (config("", name="other"), 'Received: "other"'),
        (
            'model_config_list { config { name: "recommender" } config { name: "recommender" } }',
            'Received: "recommender", "recommender"',
        ),
        ('model_config_list { config { name: "recommender" } }', "has no base_path"),
        (config("model_version_policy { specific {} }"), "names no version"),
        (
            config('version_labels { key: "stable" value: 1 } version_labels { key: "stable" value: 2 }'),
            'label "stable" is given twice',
        ),
        (
            config(
                'model_version_policy { specific { versions: 1 } } version_labels { key: "canary" value: 2 }'
            ),
            'label "canary" is of version 2, which model_version_policy does not load',
        ),
    ],
)
def test_mistakes_are_named(tmp_path, text, sentence):
    with pytest.raises(ServingError) as raised:
        read(tmp_path, text)
    assert sentence in str(raised.value)
    assert str(raised.value).startswith(f"{tmp_path / 'models.config'}: ")


def test_file_that_cannot_be_read(tmp_path):
    with pytest.raises(ServingError, match=r"nowhere: cannot be read: No such file"):
        read_model_config(tmp_path / "nowhere", "recommender")
    (tmp_path / "latin").write_bytes(b"# \xe9\n")
    with pytest.raises(ServingError, match="it is not UTF-8"):
        read_model_config(tmp_path / "latin", "recommender")


@pytest.mark.parametrize(
    "source",
    [
        ModelSource(Path("/pushed/é"), VersionPolicy(latest=2)),
        ModelSource(Path("/pushed"), VersionPolicy(latest=None)),
        ModelSource(Path("/pushed"), VersionPolicy(None, (3, 1700000000)), {"stable": 3}),
    ],
)
def test_what_is_written_is_read_again(tmp_path, source):
    path = tmp_path / "serving" / "models.config"
    write_model_config(path, "recommender", source)
    assert read_model_config(path, "recommender") == source
    assert [file.name for file in path.parent.iterdir()] == ["models.config"]


def test_written_model_has_the_platform_that_tensorflow_serving_wants(tmp_path):
    write_model_config(tmp_path / "models.config", "recommender", ModelSource(Path("/pushed")))
    text = (tmp_path / "models.config").read_text()
    parsed = text_format.Parse(text, model_server_config_pb2.ModelServerConfig())
    assert parsed.model_config_list.config[0].model_platform == "tensorflow"


def test_folder_that_cannot_be_written(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(ServingError, match="cannot be written"):
        write_model_config(tmp_path / "file" / "models.config", "recommender", ModelSource(Path("/pushed")))


def test_disk_has_the_contents_before_the_name(tmp_path, monkeypatch):
    path = tmp_path / "models.config"
    steps = []
    replace = Path.replace

    def fsync(descriptor):
        steps.append(("kept", os.fstat(descriptor).st_size))

    def renamed(source, target):
        steps.append(("renamed", source.stat().st_size))
        return replace(source, target)

    monkeypatch.setattr(os, "fsync", fsync)
    monkeypatch.setattr(Path, "replace", renamed)
    write_model_config(path, "recommender", ModelSource(Path("/m")))
    assert steps == [("kept", path.stat().st_size), ("renamed", path.stat().st_size)]
