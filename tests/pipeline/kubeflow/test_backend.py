"""The stand-in for Kubeflow's backend does what the backend does."""

import json

import pytest
import yaml
from google.protobuf import json_format
from kfp import compiler, dsl

from tests.pipeline.kubeflow.backend import Backend
from tests.pipeline.kubeflow.spec import Refused
from tests.pipeline.kubeflow.specs import constant, of_run, output_of, task, write_spec

TEXT_PATH = "{{$.outputs.artifacts['text'].path}}"
TOLD_FILE = "{{$.outputs.parameters['told'].output_file}}"

COPY = """
import pathlib, sys
source, path = map(pathlib.Path, sys.argv[1:])
path.write_text(source.read_text() + "!" if source.exists() else "nothing")
"""
"""Writes what the file in its first argument says into the file that the second names."""

DECLARE = """
import json, pathlib, sys
given, executor_output = json.loads(sys.argv[1]), json.loads(sys.argv[2])
path = pathlib.Path(given["outputs"]["outputFile"])
path.parent.mkdir(parents=True)
path.write_text(json.dumps(executor_output))
"""
"""Writes its second argument as the ExecutorOutput."""


@pytest.fixture
def backend(tmp_path, artifact_store):
    return Backend(tmp_path / "disks", artifact_store, {"keys": {"AWS_ACCESS_KEY_ID": "me"}})


def producer(word, **options):
    return task(word, TEXT_PATH, output_artifacts=("text",), **options)


def consumer(**options):
    return task(
        "{{$.inputs.artifacts['text'].path}}",
        TOLD_FILE,
        script=COPY,
        artifacts={"text": ("produce", "text")},
        output_parameters={"told": "STRING"},
        **options,
    )


def declaring(executor_output, **options):
    return task("{{$}}", json.dumps(executor_output), script=DECLARE, **options)


def test_pipeline_of_the_sdk_runs(tmp_path, backend, artifact_store):
    @dsl.container_component
    def repeat(word: str, times: int, text: dsl.Output[dsl.Artifact], length: dsl.OutputPath(int)):
        script = (
            "import sys; text = sys.argv[1] * int(sys.argv[2]); "
            "open(sys.argv[3], 'w').write(text); open(sys.argv[4], 'w').write(str(len(text)))"
        )
        return dsl.ContainerSpec(
            image="image", command=["python", "-c", script], args=[word, times, text.path, length]
        )

    @dsl.container_component
    def join(text: dsl.Input[dsl.Artifact], length: int, told: dsl.OutputPath(str)):
        script = "import sys; open(sys.argv[3], 'w').write(sys.argv[2] + open(sys.argv[1]).read())"
        return dsl.ContainerSpec(
            image="image", command=["python", "-c", script], args=[text.path, length, told]
        )

    @dsl.pipeline(name="words", pipeline_root="s3://bucket/not-looked-at")
    def words(word: str, times: int = 3):
        repeated = repeat(word=word, times=times)
        join(text=repeated.outputs["text"], length=repeated.outputs["length"])

    compiler.Compiler().compile(words, str(tmp_path / "words.yaml"))
    record = backend.run(tmp_path / "words.yaml", {"word": "ab"})
    assert record.names("SUCCEEDED") == {"repeat", "join"}, record.logs()
    repeated = record.tasks["repeat"].outputs
    assert repeated.parameters == {"length": 6}
    uri = repeated.artifacts["text"]["uri"]
    assert uri.startswith(f"s3://bucket/runs/words/{record.run_id}/repeat/")
    assert uri.endswith("/text")
    assert artifact_store.read(uri) == "ababab"
    assert record.tasks["join"].outputs.parameters == {"told": "6ababab"}


def test_command_is_given_what_the_driver_sends(tmp_path, backend):
    parameters = {
        "count": ("NUMBER_INTEGER", of_run("count")),
        "word": ("STRING", output_of("first", "told")),
        "list": ("LIST", constant([1.0, 0.5])),
    }
    artifacts = {"text": ("produce", "text")}
    second = task(
        "{{$}}",
        TOLD_FILE,
        parameters=parameters,
        artifacts=artifacts,
        output_parameters={"told": "STRUCT"},
        output_artifacts=("made",),
    )
    second["component"]["inputDefinitions"]["parameters"]["late"] = {
        "parameterType": "STRING",
        "defaultValue": "later",
        "isOptional": True,
    }
    spec = write_spec(
        tmp_path,
        {
            "produce": producer("hello"),
            "first": task("a word", TOLD_FILE, output_parameters={"told": "STRING"}, after=("produce",)),
            "second": second,
        },
        count={"parameterType": "NUMBER_INTEGER", "defaultValue": 4.0},
    )
    record = backend.run(spec)
    assert record.names("SUCCEEDED") == {"produce", "first", "second"}, record.logs()
    given = record.tasks["second"].outputs.parameters["told"]
    assert given == record.tasks["second"].executor_input
    assert given["inputs"] == {
        "parameterValues": {"count": 4, "word": "a word", "list": [1, 0.5], "late": "later"},
        "artifacts": {
            "text": {
                "artifacts": [
                    {
                        "name": "1",
                        "uri": record.tasks["produce"].outputs.artifacts["text"]["uri"],
                        "metadata": {"display_name": "text", "store_session_info": "{}"},
                    }
                ]
            }
        },
    }
    [made] = given["outputs"]["artifacts"]["made"]["artifacts"]
    assert made["type"] == {"schemaTitle": "system.Artifact", "schemaVersion": "0.0.1"}
    assert made["uri"].startswith(f"{record.root}/second/")
    assert given["outputs"]["outputFile"].endswith("/kfp_outputs/output_metadata.json")
    assert given["outputs"]["parameters"]["told"]["outputFile"].endswith("/kfp/outputs/told")


def test_executor_output_has_the_last_word(tmp_path, backend):
    metadata = {"rows": 3, "share": 0.5, "whole": True, "names": ["a"], "display_name": "mine"}
    executor_output = {
        "parameterValues": {"told": 7},
        "artifacts": {"text": {"artifacts": [{"metadata": metadata, "customProperties": {"lost": {}}}]}},
    }
    spec = write_spec(
        tmp_path,
        {
            "declare": declaring(
                executor_output, output_parameters={"told": "NUMBER_INTEGER"}, output_artifacts=("text",)
            )
        },
    )
    outputs = backend.run(spec).tasks["declare"].outputs
    assert outputs.parameters == {"told": 7}
    assert outputs.artifacts["text"]["metadata"] == {
        "display_name": "mine",
        "store_session_info": "{}",
        "rows": 3,
        "share": 0.5,
        "whole": 1,
        "names": {"list": ["a"]},
    }


@pytest.mark.parametrize(
    ("executor_output", "reason"),
    [
        ({"nonsense": 1}, "nonsense"),
        ({"artifacts": {"text": {"artifacts": [{"metadata": {"rows": None}}]}}}, "rows is null"),
        (
            {"artifacts": {"text": {"artifacts": [{"uri": "s3://bucket/elsewhere"}]}}},
            "is not in s3://bucket/runs/",
        ),
    ],
)
def test_executor_output_that_the_launcher_refuses(tmp_path, backend, executor_output, reason):
    spec = write_spec(tmp_path, {"declare": declaring(executor_output, output_artifacts=("text",))})
    record = backend.run(spec)
    assert record.names("FAILED") == {"declare"}
    assert reason in record.tasks["declare"].log


def test_unchanged_task_is_answered_from_the_cache(tmp_path, backend):
    definition = {"parameterType": "STRING", "defaultValue": "one"}
    tasks = {
        "produce": producer(
            "{{$.inputs.parameters['word']}}", cache=True, parameters={"word": ("STRING", of_run("word"))}
        ),
        "consume": consumer(cache=True),
        "always": consumer(),
    }
    spec = write_spec(tmp_path, tasks, word=definition)
    first, again, other = backend.run(spec), backend.run(spec), backend.run(spec, {"word": "two"})
    assert first.names("SUCCEEDED") == other.names("SUCCEEDED") == {"produce", "consume", "always"}
    assert again.names("CACHED") == {"produce", "consume"}
    assert again.names("SUCCEEDED") == {"always"}
    assert again.tasks["produce"].outputs == first.tasks["produce"].outputs
    assert [run.tasks["always"].outputs.parameters["told"] for run in (again, other)] == ["one!", "two!"]
    tasks["consume"]["executor"]["container"]["image"] = "another"
    assert backend.run(write_spec(tmp_path, tasks, word=definition)).names("CACHED") == {"produce"}


def test_failure_stops_what_depends_on_it(tmp_path, backend):
    tasks = {
        "produce": task(script="print('because of this', flush=True); raise SystemExit(3)", cache=True),
        "consume": task("said", TOLD_FILE, output_parameters={"told": "STRING"}, after=("produce",)),
        "last": task(parameters={"word": ("STRING", output_of("consume", "told"))}),
        "other": task("said", TOLD_FILE, output_parameters={"told": "STRING"}),
        "more": task(script="pass", parameters={"word": ("STRING", output_of("other", "told"))}),
    }
    spec = write_spec(tmp_path, tasks)
    for _ in range(2):
        record = backend.run(spec)
        assert record.names("FAILED") == {"produce"}
        assert record.names("SKIPPED") == {"consume", "last"}
        assert record.names("SUCCEEDED") == {"other", "more"}
        assert "because of this" in record.logs()
        assert "exit status 3" in record.logs()


def test_nothing_passes_but_through_the_store(tmp_path, backend, monkeypatch):
    litter = """
import os, pathlib, sys, tempfile
places = [pathlib.Path.cwd(), tempfile.gettempdir(), os.environ["AUTONCF_MOUNT_ROOT"]]
places = list(map(pathlib.Path, places))
pathlib.Path(sys.argv[1]).write_text(" ".join(str(len(list(place.iterdir()))) for place in places))
for place in places:
    (place / "litter").touch()
"""
    tasks = {
        name: task(TOLD_FILE, script=litter, output_parameters={"told": "STRING"}, after=after)
        for name, after in {"first": (), "second": ("first",)}.items()
    }
    record = backend.run(write_spec(tmp_path, tasks))
    told = [record.tasks[name].outputs.parameters["told"] for name in tasks]
    assert told == ["0 0 0", "0 0 0"]
    assert list((tmp_path / "disks").iterdir()) == []


def test_output_that_was_not_written_is_not_there(tmp_path, backend):
    silent = task(script="pass", output_artifacts=("text",))
    record = backend.run(write_spec(tmp_path, {"produce": silent, "consume": consumer()}))
    assert record.tasks["consume"].outputs.parameters == {"told": "nothing"}


def test_folder_arrives_without_its_empty_folders(tmp_path, backend, artifact_store):
    script = """
import pathlib, sys
folder = pathlib.Path(sys.argv[1])
(folder / "empty").mkdir(parents=True)
(folder / "deep" / "deeper").mkdir(parents=True)
(folder / "deep" / "deeper" / "file").touch()
"""
    listing = """
import pathlib, sys
folder = pathlib.Path(sys.argv[1])
pathlib.Path(sys.argv[2]).write_text(" ".join(sorted(str(p.relative_to(folder)) for p in folder.rglob("*"))))
"""
    list_it = consumer()
    list_it["executor"]["container"]["command"] = ["python", "-c", listing]
    tasks = {"produce": task(TEXT_PATH, script=script, output_artifacts=("text",)), "consume": list_it}
    record = backend.run(write_spec(tmp_path, tasks))
    assert record.tasks["consume"].outputs.parameters == {"told": "deep deep/deeper deep/deeper/file"}


def test_missing_output_parameter_is_a_failure(tmp_path, backend):
    record = backend.run(
        write_spec(tmp_path, {"mute": task(script="pass", output_parameters={"told": "STRING"})})
    )
    assert 'failed to read output parameter name="told"' in record.tasks["mute"].log


def test_pod_has_the_secrets_it_asks_for_alone(tmp_path, backend, monkeypatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "of this machine")
    script = "import os, sys; open(sys.argv[1], 'w').write(os.environ.get('AWS_ACCESS_KEY_ID', 'none'))"

    def asking(*keys):
        platform = {
            "secretAsEnv": [{"secretName": "keys", "keyToEnv": [{"secretKey": k, "envVar": k} for k in keys]}]
        }
        return task(TOLD_FILE, script=script, output_parameters={"told": "STRING"}, platform=platform)

    tasks = {"without": asking(), "with": asking("AWS_ACCESS_KEY_ID"), "wrong": asking("AWS_SESSION_TOKEN")}
    record = backend.run(write_spec(tmp_path, tasks))
    assert record.tasks["without"].outputs.parameters == {"told": "none"}
    assert record.tasks["with"].outputs.parameters == {"told": "me"}
    assert 'couldn\'t find key AWS_SESSION_TOKEN in Secret "keys"' in record.tasks["wrong"].log


@pytest.mark.parametrize(
    "executor", [{"resolver": {}}, {"importer": {"artifactUri": {"constant": "s3://b/k"}}}]
)
def test_executors_other_than_containers_are_refused(tmp_path, backend, executor):
    tasks = {"resolve": task()}
    tasks["resolve"]["executor"] = executor
    with pytest.raises(Refused, match="not implemented"):
        backend.run(write_spec(tmp_path, tasks))


@pytest.mark.parametrize(
    ("parameters", "reason"),
    [
        ({"other": 1}, "other is not found"),
        ({"count": "many"}, "expect NUMBER_INTEGER"),
        ({"count": True}, "expect NUMBER_INTEGER"),
        ({}, "expect NUMBER_INTEGER, got None"),
    ],
)
def test_wrong_parameters_of_a_run_are_refused(tmp_path, backend, parameters, reason):
    spec = write_spec(tmp_path, {"produce": producer("a")}, count={"parameterType": "NUMBER_INTEGER"})
    with pytest.raises(Refused, match=reason):
        backend.run(spec, parameters)


def test_field_that_no_pipeline_has_is_refused(tmp_path, backend):
    spec = write_spec(tmp_path, {"produce": producer("a")})
    spec.write_text(yaml.safe_dump(yaml.safe_load(spec.read_text()) | {"nonsense": 1}))
    with pytest.raises(json_format.ParseError, match="nonsense"):
        backend.run(spec)


def test_lifecycle_is_passed_over(tmp_path, backend):
    tasks = {"produce": producer("a")}
    driver = {"lifecycle": {"preCacheCheck": {"command": ["python"], "args": ["-c", "raise SystemExit(1)"]}}}
    tasks["produce"]["executor"]["container"] |= driver
    assert backend.run(write_spec(tmp_path, tasks)).names("SUCCEEDED") == {"produce"}


def test_run_can_have_its_own_root(tmp_path, backend):
    record = backend.run(write_spec(tmp_path, {"produce": producer("a")}), pipeline_root="s3://bucket/mine/")
    assert record.root == f"s3://bucket/mine/small/{record.run_id}"
    assert record.tasks["produce"].outputs.artifacts["text"]["uri"].startswith(f"{record.root}/produce/")


def test_root_of_the_pipeline_itself_is_not_looked_at(tmp_path, backend):
    record = backend.run(write_spec(tmp_path, {"produce": producer("a")}))
    assert record.root == f"s3://bucket/runs/small/{record.run_id}"
