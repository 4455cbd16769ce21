"""The Helm chart says what the kustomization says: by its text always, and as Helm renders it where there is a Helm."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from opsconsole import __version__
from tests.support.waiting import eventually

if TYPE_CHECKING:
    from tests.testbed.cluster import TestCluster

DEPLOY = Path(__file__).parents[4] / "deploy"
CHART = DEPLOY / "helm"
HASHED = re.compile(r"^(opsconsole-guard)-[0-9a-z]{10}$")


def values() -> dict[str, Any]:
    found = yaml.safe_load((CHART / "values.yaml").read_text(encoding="utf-8"))
    assert isinstance(found, dict)
    return found


@pytest.mark.parametrize("name", ["rbac", "network", "deployment"])
def test_a_template_is_the_manifest_but_for_its_values(name: str) -> None:
    own = values()
    text = (CHART / "templates" / f"{name}.yaml").read_text(encoding="utf-8")
    for before, after in (
        ("{{ .Values.namespace }}", own["namespace"]),
        ("{{ .Values.replicas }}", str(own["replicas"])),
        (
            "{{ .Values.image.repository }}:{{ .Values.image.tag }}",
            f"{own['image']['repository']}:{own['image']['tag']}",
        ),
        ("-{{ tpl .Values.settings . | sha256sum | trunc 10 }}", ""),
    ):
        text = text.replace(before, after)
    assert text == (DEPLOY / "guard" / f"{name}.yaml").read_text(encoding="utf-8")


def test_its_settings_are_those_of_the_kustomization() -> None:
    own = values()
    assert own["settings"].replace("{{ .Values.namespace }}", own["namespace"]) == (
        DEPLOY / "guard" / "opsconsole.toml"
    ).read_text(encoding="utf-8")


def test_every_way_to_deploy_names_the_same_image_of_this_version() -> None:
    """Without Helm: the kustomization's tag overrides the one in the Deployment."""
    image = values()["image"]
    kustomized = yaml.safe_load((DEPLOY / "guard" / "kustomization.yaml").read_text(encoding="utf-8"))["images"]
    built = re.search(r"-t (\S+):(\S+) ", (DEPLOY / "Containerfile").read_text(encoding="utf-8"))
    assert built
    assert kustomized == [{"name": image["repository"], "newTag": image["tag"]}]
    assert built.groups() == (image["repository"], image["tag"])
    assert __version__.startswith(f"{image['tag']}.")


def test_the_governor_is_no_part_of_it() -> None:
    """Helm can't set the annotation of the Namespace kube-system, and without it the optimizer is frozen at once."""
    kinds = {each.name for each in (CHART / "templates").iterdir()}
    assert kinds == {"namespace.yaml", "rbac.yaml", "network.yaml", "deployment.yaml", "settings.yaml"}


def plain(text: str) -> dict[tuple[str, str], Any]:
    """The objects by kind and name; names that end in a hash of the settings without it."""

    def unhashed(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: unhashed(each) for key, each in value.items()}
        if isinstance(value, list):
            return [unhashed(each) for each in value]
        return HASHED.sub(r"\1", value) if isinstance(value, str) else value

    found = [unhashed(each) for each in yaml.safe_load_all(text) if each]
    return {(each["kind"], each["metadata"]["name"]): each for each in found}


@pytest.mark.cluster
@pytest.mark.skipif(shutil.which("helm") is None, reason="Helm is not installed")
def test_what_helm_renders_is_what_kustomize_renders(cluster: TestCluster) -> None:
    rendered = subprocess.run(
        ["helm", "template", "guard", str(CHART), "--kube-version", "1.30.0"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    kustomized = cluster.kubectl("kustomize", str(DEPLOY / "guard"))
    assert plain(rendered) == plain(kustomized)


@pytest.mark.cluster
@pytest.mark.skipif(shutil.which("helm") is None, reason="Helm is not installed")
def test_a_real_api_server_takes_it_in_a_namespace_of_one_s_choice(cluster: TestCluster, namespace: str) -> None:
    """With the namespace of the test, which is there: the settings and the rights are about that one then."""
    helm = ["helm", "--kubeconfig", str(cluster.admin_kubeconfig), "--namespace", namespace]
    chosen = ["--set", f"namespace={namespace}", "--set", "createNamespace=false"]
    subprocess.run([*helm, "install", "guard", str(CHART), *chosen], check=True, capture_output=True)
    try:
        made = cluster.api.get(f"/apis/apps/v1/namespaces/{namespace}/deployments/opsconsole-guard")
        volume = made["spec"]["template"]["spec"]["volumes"][0]["configMap"]["name"]
        settings = cluster.api.get(f"/api/v1/namespaces/{namespace}/configmaps/{volume}")["data"]["opsconsole.toml"]
        assert f'namespace = "{namespace}"' in settings
        me = ("--as", f"system:serviceaccount:{namespace}:opsconsole-guard")
        asked = ("auth", "can-i", "update", "leases/opsconsole-guard", "-n", namespace, *me)
        eventually(lambda: cluster.kubectl(*asked, check=False).strip() == "yes", "the authorizer knows of its rights")
    finally:
        subprocess.run([*helm, "uninstall", "guard"], check=True, capture_output=True)


@pytest.mark.skipif(shutil.which("helm") is None, reason="Helm is not installed")
def test_helm_has_nothing_against_it() -> None:
    done = subprocess.run(["helm", "lint", "--strict", str(CHART)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
