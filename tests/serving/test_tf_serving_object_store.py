"""What keeps the servers' claim as a root in a store of objects is."""

import functools
import re
from pathlib import Path

import yaml

from components.pusher import mirror
from pipeline.locations import MODEL_NAME, Locations
from serving.model_config import read_model_config
from tests.serving.deployment_files import FOLDER, container, documents, manifests, pod, text
from tests.serving.kubernetes_objects import build


def cron_job():
    (manifest,) = documents("object_store/cronjob.yaml")
    return manifest


def mirror_pod():
    return cron_job()["spec"]["jobTemplate"]["spec"]["template"]


def kustomization():
    (found,) = documents("object_store/kustomization.yaml")
    return found


def test_is_an_object_of_kubernetes():
    assert cron_job()["apiVersion"] == "batch/v1"
    build("V1CronJob", cron_job(), "CronJob")
    assert kustomization()["resources"] == ["cronjob.yaml"]


def test_writes_where_the_servers_read():
    spec = mirror_pod()["spec"]
    (writer,) = spec["containers"]
    (written,) = [mount for mount in writer["volumeMounts"] if mount["name"] == "models"]
    (read,) = [mount for mount in container()["volumeMounts"] if mount["name"] == "models"]
    assert "readOnly" not in written
    assert written["mountPath"] == read["mountPath"]
    (claim,) = [volume["persistentVolumeClaim"] for volume in spec["volumes"] if volume["name"] == "models"]
    (claim_read,) = [each["persistentVolumeClaim"] for each in pod()["volumes"] if each["name"] == "models"]
    assert claim["claimName"] == claim_read["claimName"]
    base = read_model_config(FOLDER / "models.config", MODEL_NAME).base_path
    assert writer["args"] == ["$(SOURCE)", str(base)]


def test_reads_where_the_pipeline_pushes():
    (generated,) = kustomization()["configMapGenerator"]
    (writer,) = mirror_pod()["spec"]["containers"]
    assert {"configMapRef": {"name": generated["name"]}} in writer["envFrom"]
    pushed = Locations(Path("/root")).serving.relative_to("/root")
    assert generated["literals"] == [f"SOURCE=s3://bucket/recommender/{pushed}"]


def test_image_is_given_in_one_place():
    (image,) = kustomization()["images"]
    (writer,) = mirror_pod()["spec"]["containers"]
    assert writer["image"] == image["name"]


def test_one_at_a_time_with_the_rights_of_the_servers():
    assert cron_job()["spec"]["concurrencyPolicy"] == "Forbid"
    spec = mirror_pod()["spec"]
    group = {"fsGroup": 10001, "fsGroupChangePolicy": "OnRootMismatch"}  # or a new claim could not be written
    assert spec["securityContext"] == pod()["securityContext"] | group
    assert spec["containers"][0]["securityContext"] == container()["securityContext"]


def test_no_token_of_kubernetes_and_a_service_account_by_a_patch():
    spec = mirror_pod()["spec"]
    assert spec["automountServiceAccountToken"] is False
    (written,) = re.findall(r"```yaml\n(patches:.*?)```", text("README.md"), re.DOTALL)
    (patch,) = yaml.safe_load(written)["patches"]
    assert patch["target"] == {"kind": cron_job()["kind"], "name": cron_job()["metadata"]["name"]}
    (operation,) = yaml.safe_load(patch["patch"])
    *above, field = operation["path"].removeprefix("/").split("/")
    assert functools.reduce(dict.__getitem__, above, cron_job()) == spec
    build("V1PodSpec", spec | {field: operation["value"]}, "pod")


def test_is_no_server_to_the_services():
    labels = mirror_pod()["metadata"]["labels"]
    for name in ("recommender", "recommender-headless"):
        assert not manifests()["Service", name]["spec"]["selector"].items() <= labels.items()


def test_command_is_there():
    (writer,) = mirror_pod()["spec"]["containers"]
    assert writer["command"] == ["python", "-m", mirror.__name__]
