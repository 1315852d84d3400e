"""Compose and Kubernetes start the same server over the same files, without rights it does not need."""

import http.server
import re
import subprocess
import threading
from pathlib import Path

import pytest

from pipeline.locations import MODEL_NAME
from serving.model_config import read_model_config
from tests.image.image_files import locked
from tests.serving.deployment_files import FOLDER, container, documents, flags, manifests, pod, service


def test_both_deployments_start_the_same_server():
    assert service()["image"] == container()["image"]
    assert re.fullmatch(r"tensorflow/serving:\d+\.\d+\.\d+", container()["image"])
    assert service()["entrypoint"] == container()["command"] == ["tensorflow_model_server"]
    assert service()["command"] == container()["args"]
    assert flags()["allow_version_labels_for_unavailable_models"] == "true"
    assert int(flags()["model_config_file_poll_wait_seconds"]) > 0


def test_server_is_as_new_as_what_exports_the_models():
    exporter = locked("image.txt")["tensorflow"].split(".")[:2]
    server = container()["image"].rpartition(":")[2].split(".")[:2]
    assert list(map(int, server)) >= list(map(int, exporter))


def test_flags_name_files_that_are_mounted():
    files = {Path(value) for value in flags().values() if value.startswith("/")}
    mounted = {mount["mountPath"]: mount["name"] for mount in container()["volumeMounts"]}
    volumes = {volume["name"]: volume for volume in pod()["volumes"]}
    assert set(mounted.values()) == set(volumes)
    sources = volumes[mounted["/config"]]["projected"]["sources"]
    (kustomization,) = documents("kustomization.yaml")
    generated = {each["name"]: each["files"] for each in kustomization["configMapGenerator"]}
    assert {source["configMap"]["name"] for source in sources} == set(generated)
    names = [name for each in generated.values() for name in each]
    assert files == {Path("/config", name) for name in names}
    assert all((FOLDER / name).is_file() for name in names)
    config = next(volume for volume in service()["volumes"] if volume["target"] == "/config")
    assert (config["source"], config["read_only"]) == (".", True)


def test_models_are_mounted_read_only_where_the_config_looks():
    base = read_model_config(FOLDER / "models.config", MODEL_NAME).base_path
    bound = next(volume for volume in service()["volumes"] if volume["target"] == str(base.parent))
    assert bound["read_only"]
    assert bound["source"].startswith("${AUTONCF_SERVING:?")  # unset: an error that says what to set
    (mount,) = [each for each in container()["volumeMounts"] if each["mountPath"] == str(base.parent)]
    (volume,) = [each for each in pod()["volumes"] if each["name"] == mount["name"]]
    claim = volume["persistentVolumeClaim"]
    assert mount["readOnly"]
    assert claim["readOnly"]
    assert ("PersistentVolumeClaim", claim["claimName"]) in manifests()


def test_ports_agree():
    ports = {port["name"]: port["containerPort"] for port in container()["ports"]}
    assert ports == {"grpc": int(flags()["port"]), "http": int(flags()["rest_api_port"])}
    assert service()["ports"] == [f"127.0.0.1:{port}:{port}" for port in ports.values()]
    for name in ("recommender", "recommender-headless"):
        for port in manifests()["Service", name]["spec"]["ports"]:
            assert (port["targetPort"], port["port"]) == (port["name"], ports[port["name"]])


def test_probes_ask_for_the_model():
    path = f"/v1/models/{MODEL_NAME}"
    for probe in ("startupProbe", "readinessProbe"):
        assert container()[probe]["httpGet"] == {"path": path, "port": "http"}
    assert container()["livenessProbe"]["tcpSocket"] == {"port": "grpc"}
    assert f"GET {path} " in service()["healthcheck"]["test"][-1]
    sleep = int(container()["lifecycle"]["preStop"]["exec"]["command"][-1])
    assert pod()["terminationGracePeriodSeconds"] > sleep


def test_nothing_runs_as_root_or_may_become_it():
    assert pod()["securityContext"] == {
        "runAsNonRoot": True,
        "runAsUser": 10001,
        "runAsGroup": 10001,
        "seccompProfile": {"type": "RuntimeDefault"},
    }
    assert container()["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert service()["user"] == "10001:10001"
    assert service()["read_only"]
    assert service()["cap_drop"] == ["ALL"]
    assert service()["security_opt"] == ["no-new-privileges:true"]


@pytest.mark.parametrize(("state", "healthy"), [("AVAILABLE", True), ("END", False)])
def test_health_check_of_compose(state, healthy):
    class Status(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.end_headers()
            self.wfile.write(f'{{"path": "{self.path}", "state": "{state}"}}'.encode())

        def log_message(self, *_):
            pass

    with http.server.HTTPServer(("127.0.0.1", 0), Status) as server:
        threading.Thread(target=server.handle_request, daemon=True).start()
        check = service()["healthcheck"]["test"]
        assert check[:3] == ["CMD", "bash", "-c"]
        command = check[3].replace("8501", str(server.server_port))
        answer = subprocess.run(["bash", "-c", command], timeout=30, capture_output=True)
    assert (answer.returncode == 0) is healthy


def test_health_check_of_a_server_that_is_not_there():
    command = service()["healthcheck"]["test"][3].replace("8501", "1")
    assert subprocess.run(["bash", "-c", command], timeout=30, capture_output=True).returncode != 0
