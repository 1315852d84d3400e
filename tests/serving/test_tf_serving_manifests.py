"""The Kubernetes manifests, held against the models of the Kubernetes client."""

import re

import pytest

from tests.serving.deployment_files import FOLDER, documents, manifests, pod
from tests.serving.kubernetes_objects import build


def test_labels_and_names_lead_to_the_pods():
    objects = manifests()
    pods = objects["Deployment", "recommender"]["spec"]["template"]["metadata"]["labels"]
    assert objects["Deployment", "recommender"]["spec"]["selector"]["matchLabels"] == pods
    assert objects["PodDisruptionBudget", "recommender"]["spec"]["selector"]["matchLabels"] == pods
    assert pod()["topologySpreadConstraints"][0]["labelSelector"]["matchLabels"] == pods
    for name in ("recommender", "recommender-headless"):
        assert objects["Service", name]["spec"]["selector"] == pods
    target = objects["HorizontalPodAutoscaler", "recommender"]["spec"]["scaleTargetRef"]
    assert target == {"apiVersion": "apps/v1", "kind": "Deployment", "name": "recommender"}
    assert "replicas" not in objects["Deployment", "recommender"]["spec"]  # would undo the autoscaler's


def test_kustomization_holds_every_manifest():
    (kustomization,) = documents("kustomization.yaml")
    on_disk = {str(path.relative_to(FOLDER)) for path in (FOLDER / "kubernetes").iterdir()}
    assert set(kustomization["resources"]) == on_disk


def test_manifests_are_objects_of_kubernetes():
    for (kind, _), manifest in manifests().items():
        group, _, version = manifest["apiVersion"].rpartition("/")
        assert (group, kind) in {
            ("", "Service"),
            ("", "PersistentVolumeClaim"),
            ("apps", "Deployment"),
            ("autoscaling", "HorizontalPodAutoscaler"),
            ("policy", "PodDisruptionBudget"),
        }
        build(f"{version.capitalize()}{kind}", manifest, kind)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"replica": 2}, "Deployment.spec: no field replica"),
        ({"minReadySeconds": "5"}, "Deployment.spec.minReadySeconds: '5' is no int"),
        ({"template": None}, "`template`, must not be `None`"),
    ],
)
def test_mistake_in_a_manifest_would_be_found(change, sentence):
    manifest = manifests()["Deployment", "recommender"]
    manifest["spec"] |= change
    with pytest.raises(ValueError, match=re.escape(sentence)):
        build("V1Deployment", manifest, "Deployment")
