"""deploy/kubernetes without a cluster: rendered as kubectl renders it, and held against the schemas of Kubernetes."""

import shutil
import subprocess
import tomllib
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml

from recsvc.settings.settings import load_settings
from training.settings import load_training_settings

MANIFESTS = Path(__file__).parents[2] / "deploy" / "kubernetes"
VERSIONS = ("1.31", "1.34", "1.37")
"""Of Kubernetes: the oldest that the manifests are for, and newer ones."""

Manifest = dict[str, Any]


def rendered(directory: Path) -> list[Manifest]:
    if shutil.which("kubectl") is None:
        pytest.skip("no kubectl on the PATH (apt-get install kubernetes-client)")
    command = ["kubectl", "kustomize", str(directory)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    return list(yaml.safe_load_all(done.stdout))


@pytest.fixture(scope="module")
def manifests() -> list[Manifest]:
    return rendered(MANIFESTS)


def named(manifests: list[Manifest], kind: str, name: str) -> Manifest:
    (found,) = [one for one in manifests if one["kind"] == kind and one["metadata"]["name"] == name]
    return found


def pods(manifests: list[Manifest]) -> Iterator[Manifest]:
    """Yield the specification of each pod."""
    for one in manifests:
        spec = one.get("spec", {})
        template = spec.get("template") or spec.get("jobTemplate", {}).get("spec", {}).get("template")
        if template:
            yield template["spec"]


@pytest.mark.parametrize("version", VERSIONS)
def test_each_manifest_is_valid(manifests: list[Manifest], version: str) -> None:
    kinds = [manifest["kind"] for manifest in manifests]
    for kind in ("Deployment", "HorizontalPodAutoscaler", "PodDisruptionBudget", "CronJob", "NetworkPolicy"):
        assert kind in kinds
    for manifest in manifests:
        kubernetes_validate.validate(manifest, version, strict=True)


def test_the_images_are_of_this_version() -> None:
    images = yaml.safe_load((MANIFESTS / "kustomization.yaml").read_text())["images"]
    project = tomllib.loads((MANIFESTS.parents[1] / "pyproject.toml").read_text())["project"]
    assert {image["newTag"] for image in images} == {project["version"]}


def test_each_pod_is_confined(manifests: list[Manifest]) -> None:
    specs = list(pods(manifests))
    assert len(specs) == 3
    for spec in specs:
        assert spec["automountServiceAccountToken"] is False
        assert spec["securityContext"]["runAsNonRoot"] is True
        assert spec["securityContext"]["runAsUser"] == 10001  # of the image
        assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        for container in spec["containers"]:
            assert container["securityContext"] == {
                "allowPrivilegeEscalation": False,
                "readOnlyRootFilesystem": True,
                "capabilities": {"drop": ["ALL"]},
            }
            assert container["resources"]["limits"]["memory"] == container["resources"]["requests"]["memory"]


def test_names_lead_somewhere(manifests: list[Manifest]) -> None:
    claims = {one["metadata"]["name"] for one in manifests if one["kind"] == "PersistentVolumeClaim"}
    configs = {one["metadata"]["name"] for one in manifests if one["kind"] == "ConfigMap"}
    labels = [
        one["spec"]["template"]["metadata"]["labels"] for one in manifests if one["kind"] == "Deployment"
    ]
    for spec in pods(manifests):
        volumes = {volume["name"]: volume for volume in spec["volumes"]}
        for container in spec["containers"]:
            assert {mount["name"] for mount in container["volumeMounts"]} == set(volumes)
        for volume in volumes.values():
            assert volume.get("persistentVolumeClaim", {}).get("claimName") in claims | {None}
            assert volume.get("configMap", {}).get("name") in configs | {None}
    for one in manifests:
        if one["kind"] == "Service":
            assert any(one["spec"]["selector"].items() <= each.items() for each in labels)
    assert named(manifests, "HorizontalPodAutoscaler", "recsvc")["spec"]["scaleTargetRef"]["name"] == "recsvc"


def test_a_refused_run_and_bad_orders_are_not_tried_again(manifests: list[Manifest]) -> None:
    job = named(manifests, "CronJob", "recsvc-train")["spec"]["jobTemplate"]["spec"]
    at_once, gone = job["podFailurePolicy"]["rules"]
    assert at_once["action"] == "FailJob"
    assert at_once["onExitCodes"]["values"] == [2, 3, 4]
    assert at_once["onExitCodes"]["containerName"] == job["template"]["spec"]["containers"][0]["name"]
    assert gone["action"] == "Ignore"
    assert job["template"]["spec"]["restartPolicy"] == "Never"  # a failure policy asks for it


def test_both_programs_read_the_settings(manifests: list[Manifest], tmp_path: Path) -> None:
    (config,) = [one for one in manifests if one["kind"] == "ConfigMap"]
    (tmp_path / "recsvc.toml").write_text(config["data"]["recsvc.toml"])
    assert load_settings(tmp_path / "recsvc.toml", {}).workers == 2
    assert load_training_settings(tmp_path / "recsvc.toml", {}, {}).hook == "cat"


def test_secrets_are_read_as_a_volume_shows_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The kubelet shows each file through two links, so that all of them change at once."""
    (tmp_path / "..2026_11_29").mkdir()
    (tmp_path / "..2026_11_29" / "recsvc_redis_url").write_text("redis://recsvc:secret@recsvc-redis:6379/0\n")
    (tmp_path / "..data").symlink_to("..2026_11_29")
    (tmp_path / "recsvc_redis_url").symlink_to("..data/recsvc_redis_url")
    monkeypatch.setenv("RECSVC_SECRETS_DIR", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    redis_url = load_settings(None, {}).redis_url
    assert redis_url is not None
    assert redis_url.get_secret_value() == "redis://recsvc:secret@recsvc-redis:6379/0"


def test_alerts_and_scaling_look_at_metrics_that_exist(manifests: list[Manifest]) -> None:
    monitor, alerts = (
        named(rendered(MANIFESTS / "monitoring"), kind, "recsvc")
        for kind in ("ServiceMonitor", "PrometheusRule")
    )
    service = named(manifests, "Service", "recsvc")
    assert monitor["spec"]["selector"]["matchLabels"].items() <= service["metadata"]["labels"].items()
    (endpoint,) = monitor["spec"]["endpoints"]
    assert endpoint["port"] in [port["name"] for port in service["spec"]["ports"]]
    reference = (MANIFESTS.parents[1] / "docs" / "reference" / "metrics.md").read_text()
    for rule in alerts["spec"]["groups"][0]["rules"]:
        name = next(
            word
            for word in rule["expr"].replace("(", " ").replace(")", " ").replace("[", " ").split()
            if word.startswith("recsvc_")
        )
        assert f"`{name}`" in reference, rule["alert"]
    scaled = {
        metric["pods"]["metric"]["name"]
        for metric in named(manifests, "HorizontalPodAutoscaler", "recsvc")["spec"]["metrics"]
        if metric["type"] == "Pods"
    }
    assert scaled == {"recsvc_waiting_requests", "recsvc_shed_requests_per_second"}
    assert "`recsvc_waiting_requests`" in reference
    assert "`recsvc_shed_requests_total`" in reference


def test_the_images_are_those_of_this_release(manifests: list[Manifest]) -> None:
    images = {container["image"] for spec in pods(manifests) for container in spec["containers"]}
    ours = {image.rpartition(":")[2] for image in images if "recsvc" in image}
    assert ours == {metadata.version("recsvc")}
