"""What the project's own code does in a container before and after TFX."""

import json
import logging

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components import storage
from models.errors import UserError
from models.presets import PRESET_TRAINING, PRESETS
from pipeline.kubeflow import staging
from pipeline.kubeflow.failure import failure_file, leaving_word
from pipeline.kubeflow.imported import add_imported_artifacts, imported_artifact
from pipeline.kubeflow.run_config import run_config

GIVEN = {"data": {"feedback": "implicit"}, "structure": "gmf", "train": {"patience": 2}}
keys = st.text("abc-_.0", min_size=1).filter(lambda key: key.strip("."))


class TestStaging:
    @pytest.mark.parametrize(
        ("address", "path"),
        [
            ("s3://bucket/a/b", "/s3/bucket/a/b"),
            ("gs://bucket/a", "/gcs/bucket/a"),
            ("minio://bucket/a", "/minio/bucket/a"),
            ("/tmp/a", "/tmp/a"),
        ],
    )
    def test_paths_are_those_of_the_launcher(self, address, path):
        assert staging.local_path(address) == path
        assert staging.address(path) == address

    @given(st.sampled_from(["s3://", "gs://", "minio://"]), st.lists(keys, min_size=1, max_size=4))
    def test_a_path_leads_back_to_its_address(self, scheme, parts):
        address = scheme + "/".join(parts)
        assert staging.address(staging.local_path(address)) == address

    def test_the_folders_can_lie_elsewhere(self, monkeypatch, tmp_path):
        monkeypatch.setenv(staging.MOUNT_ROOT, str(tmp_path))
        assert staging.local_path("s3://b/k") == f"{tmp_path}/s3/b/k"
        assert staging.address(f"{tmp_path}/s3/b/k") == "s3://b/k"
        assert staging.address("/s3/b/k") == "/s3/b/k"


class TestImportedArtifacts:
    @pytest.fixture
    def executor_input(self, tmp_path):
        model = tmp_path / "champion" / "7" / "Format-Serving"
        model.mkdir(parents=True)
        (model / "saved_model.pb").write_text("model")
        return {
            "inputs": {
                "parameterValues": {
                    "eval_config": "{}",
                    "imported-baseline_model": imported_artifact(
                        str(model.parent), {"tfx_version": "1.16.0"}
                    ),
                    "imported-previous": "",
                },
                "artifacts": {"model": {"artifacts": [{"uri": "s3://b/model"}]}},
            }
        }

    def test_become_inputs_like_those_of_tasks(self, executor_input, tmp_path):
        add_imported_artifacts(executor_input, None)
        inputs = executor_input["inputs"]
        assert inputs["parameterValues"] == {"eval_config": "{}"}
        assert inputs["artifacts"] == {
            "model": {"artifacts": [{"uri": "s3://b/model"}]},
            "baseline_model": {
                "artifacts": [
                    {
                        "name": f"{tmp_path}/champion/7",
                        "uri": f"{tmp_path}/champion/7",
                        "metadata": {"tfx_version": "1.16.0"},
                    }
                ]
            },
        }

    def test_copies_keep_the_name_and_are_known_by_their_address(self, executor_input, tmp_path):
        addresses = add_imported_artifacts(executor_input, tmp_path / "copies")
        copy = executor_input["inputs"]["artifacts"]["baseline_model"]["artifacts"][0]["uri"]
        assert copy == f"{tmp_path}/copies/baseline_model/7"
        assert addresses == {copy: f"{tmp_path}/champion/7"}
        assert storage.read_text(f"{copy}/Format-Serving/saved_model.pb") == "model"


class TestConfigOfARun:
    def test_is_the_compiled_one_by_default(self):
        config = run_config(GIVEN, "", 0)
        assert config.structure == PRESETS["gmf"]
        assert (config.train.patience, config.train.epochs) == (2, 50)

    def test_a_preset_brings_its_training_and_what_was_given_stays(self):
        assert PRESET_TRAINING["autoncf"]["learning_rate"] != 1e-3  # the default
        config = run_config(GIVEN, "autoncf", 3)
        assert config.structure == PRESETS["autoncf"]
        assert config.train.learning_rate == PRESET_TRAINING["autoncf"]["learning_rate"]
        assert (config.train.patience, config.train.epochs) == (2, 3)

    def test_a_structure_of_its_own(self):
        text = json.dumps({"preset": "gmf", "loss": {"kind": "bpr"}})
        assert run_config(GIVEN, text, 0).structure.loss.kind.value == "bpr"

    def test_a_wrong_one_is_one_sentence(self):
        with pytest.raises(UserError, match=r"^structure: 'gmff' is no preset; choose .*\.$"):
            run_config(GIVEN, "gmff", 0)


class TestFailure:
    @pytest.fixture
    def output(self, tmp_path):
        return f"{tmp_path}/artifacts/autoncf/run-1/Trainer/uuid/model"

    def run(self, output, error):
        with leaving_word("Trainer", output):
            logging.getLogger("any").warning("line %d", 1)
            raise error

    def fail(self, output, error):
        with pytest.raises(SystemExit) as ended:
            self.run(output, error)
        assert ended.value.code == 1
        return storage.read_text(failure_file(output, "Trainer")).splitlines()

    def test_the_sentence_comes_last_and_before_it_the_log(self, output, tmp_path, capsys):
        lines = self.fail(output, UserError("data/a.csv: is empty:\nadd rows."))
        assert failure_file(output, "Trainer") == f"{tmp_path}/artifacts/autoncf/run-1/Trainer/failure.txt"
        assert lines[0].endswith("WARNING any: line 1")
        assert lines[-1] == "data/a.csv: is empty: add rows."
        said = capsys.readouterr().err
        assert said.rstrip().endswith(lines[-1])
        assert "Traceback" not in said

    def test_what_nobody_foresaw_shows_where(self, output, capsys):
        lines = self.fail(output, KeyError("absent"))
        assert lines[-1].startswith("KeyError: 'absent' - the lines above say where")
        assert "    raise error" in lines
        assert "Traceback" in capsys.readouterr().err

    def test_a_full_disk_is_explained(self, output):
        lines = self.fail(output, OSError(28, "No space left on device", "/s3/bucket/x"))
        assert lines[-1].startswith("There is no space left for /s3/bucket/x: free some")

    def test_without_a_failure_nothing_is_left(self, output):
        with leaving_word("Trainer", output):
            pass
        assert not storage.exists(failure_file(output, "Trainer"))
