"""`autoncf kubeflow schedule`."""

import datetime

import pytest

from tests.pipeline.kubeflow.api_server import kubeflow  # noqa: F401
from tests.pipeline.kubeflow.specs import task, write_spec

PARAMETERS = {
    name: {"parameterType": "STRING", "defaultValue": "s3://shop/compiled" if name == "root" else ""}
    for name in ("data", "root", "structure", "epochs")
}


@pytest.fixture
def schedule(kubeflow, autoncf, tmp_path):  # noqa: F811
    package = write_spec(tmp_path, {"Preparation": task()}, **PARAMETERS)

    def call(cron, *more):
        return autoncf("kubeflow", "schedule", package, "--cron", cron, "--host", kubeflow.url, *more)

    return call


@pytest.fixture
def off(kubeflow, autoncf):  # noqa: F811
    def call(*more):
        return autoncf("kubeflow", "schedule", "--off", "--host", kubeflow.url, *more)

    return call


def scheduled(api):
    """Name, cron and state of all."""
    return [
        (run["display_name"], run["trigger"]["cron_schedule"]["cron"], run["status"])
        for run in api.recurring.values()
    ]


def changes(api):
    """Of recurring runs, without their ids."""
    told = [request.split("/apis/v2beta1/") for request in api.requests]
    return [
        (verb.strip(), path.partition(":")[2])
        for verb, path in told
        if path.startswith("recurringruns") and verb.strip() != "GET"
    ]


def test_every_night(schedule, kubeflow):  # noqa: F811
    answer = schedule("0 3 * * *", "--root", "s3://shop/deployment", "--structure", "mf")
    assert (answer.status, answer.error) == (0, "")
    [made] = kubeflow.recurring.values()
    assert made["trigger"] == {"cron_schedule": {"cron": "0 0 3 * * *"}}
    assert (made["status"], made["max_concurrency"], made["no_catchup"]) == ("ENABLED", "1", True)
    assert made["runtime_config"] == {
        "parameters": {"root": "s3://shop/deployment", "structure": "mf"},
        "pipeline_root": "s3://shop/deployment/artifacts",
    }
    now = datetime.datetime.now(datetime.timezone.utc)
    due = now.replace(hour=3) + datetime.timedelta(days=now.hour >= 3)
    first = answer.out.splitlines()[0]
    assert first == f'Made: the recurring run autoncf, "0 3 * * *" in UTC; next at {due:%Y-%m-%d} 03:00.'


def test_as_compiled(schedule, kubeflow):  # noqa: F811
    assert schedule("@daily").status == 0
    [made] = kubeflow.recurring.values()
    assert made["runtime_config"] == {"parameters": {}, "pipeline_root": "s3://shop/compiled/artifacts"}


def test_beside_another_of_the_same_root(schedule, kubeflow):  # noqa: F811
    def warnings(*more):
        return [line for line in schedule("0 3 * * *", *more).out.splitlines() if line.startswith("Also")]

    assert warnings("--name", "a") == []
    assert warnings("--name", "b", "--root", "s3://shop/other") == []
    assert warnings("--name", "a") == []  # replaces it
    [of_same_root] = warnings("--root", "s3://shop/compiled")
    assert of_same_root.startswith("Also in s3://shop/compiled: recurring run a. Nothing keeps ")


def test_replaced(schedule, kubeflow):  # noqa: F811
    for name in ("autoncf", "other", "third", "fourth"):
        assert schedule("0 3 * * *", "--name", name).status == 0
    kubeflow.requests.clear()
    answer = schedule("30 4 * * *")
    assert answer.out.startswith('Replaced: the recurring run autoncf, "30 4 * * *" in UTC')
    assert changes(kubeflow) == [("POST", ""), ("POST", "disable"), ("POST", "enable"), ("DELETE", "")]
    assert scheduled(kubeflow) == [
        ("other", "0 0 3 * * *", "ENABLED"),
        ("third", "0 0 3 * * *", "ENABLED"),
        ("fourth", "0 0 3 * * *", "ENABLED"),
        ("autoncf", "0 30 4 * * *", "ENABLED"),
    ]


@pytest.mark.parametrize(
    "request_", ["POST /apis/v2beta1/recurringruns", "POST /apis/v2beta1/recurringruns/"]
)
def test_not_replaced_if_the_server_fails(schedule, kubeflow, request_):  # noqa: F811
    """Neither when the new one is made, nor when the old one is disabled."""
    schedule("0 3 * * *")
    kubeflow.broken = {request_: [(500, '{"message": "no memory", "code": 13}')]}
    answer = schedule("30 4 * * *")
    assert answer.status == 1
    assert answer.error.startswith(f"{kubeflow.url}: fails (500 Internal Server Error): no memory;")
    assert scheduled(kubeflow) == [("autoncf", "0 0 3 * * *", "ENABLED")]


def test_neither_replaced_nor_as_before(schedule, kubeflow):  # noqa: F811
    schedule("0 3 * * *")
    kubeflow.broken = {
        "POST /apis/v2beta1/recurringruns/": [(500, "")],
        "DELETE /apis/v2beta1/recurringruns/": [(500, "")],
    }
    answer = schedule("30 4 * * *")
    assert answer.status == 1
    assert "What was scheduled may be disabled now: give the same command once the server" in answer.error


def test_off(schedule, off, kubeflow):  # noqa: F811
    schedule("0 3 * * *")
    schedule("0 3 * * *", "--name", "other")
    answer = off()
    assert (answer.status, answer.out) == (0, "Deleted: the recurring run autoncf.\n")
    assert [name for name, *_ in scheduled(kubeflow)] == ["other"]
    again = off()
    assert again.status == 2
    assert again.error == ("--name autoncf: there is no recurring run of this name; there are: other.\n")
    nowhere = off("--experiment", "shop")
    assert nowhere.status == 2
    assert nowhere.error.startswith("--experiment shop: there is no such experiment;")
    both = off("--cron", "0 3 * * *")
    assert (both.status, both.error.startswith("--off deletes the recurring run")) == (2, True)


def test_wrong_times(schedule, kubeflow):  # noqa: F811
    answer = schedule("0 25 * * *")
    assert answer.status == 2
    assert answer.error.startswith("cron \"0 25 * * *\": '25' is no hour; give *, a number from 0 to 23")
    assert schedule("0 0 3 * * *").error.startswith('cron "0 0 3 * * *" has 6 fields instead of five;')
    assert kubeflow.requests == []


def test_something_is_missing(autoncf, kubeflow):  # noqa: F811
    answer = autoncf("kubeflow", "schedule", "--cron", "0 3 * * *", "--host", kubeflow.url)
    assert (answer.status, answer.error.startswith("PIPELINE is missing: give both")) == (2, True)
