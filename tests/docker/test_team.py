"""The files for a team agree with the image, with the settings and with the schemas of what reads them."""

import json
import re
from pathlib import Path

import kubernetes_validate
import pytest
from ruamel.yaml import YAML

from messaging_double.server.settings import Settings, table

DOCKER = Path(__file__).parents[2] / "docker"
VARIABLES = {row.variable: row for row in table()}
TMP = "/tmp"  # noqa: S108 - of a container


@pytest.fixture
def services():
    return YAML(typ="safe").load((DOCKER / "compose.team.yaml").read_text("utf-8"))["services"]


@pytest.fixture
def manifests():
    documents = YAML(typ="safe").load_all((DOCKER / "kubernetes.yaml").read_text("utf-8"))
    return {each["kind"]: each for each in documents}


@pytest.fixture
def pod(manifests):
    return manifests["Deployment"]["spec"]["template"]["spec"]


@pytest.fixture
def container(pod):
    (container,) = pod["containers"]
    return container


def settings_of(environment: dict[str, str]) -> Settings:
    """Return what a double reads of such an environment."""
    ours = {name: value for name, value in environment.items() if name.startswith("MESSAGING_DOUBLE_")}
    assert set(ours) <= set(VARIABLES)
    return Settings.from_sources({}, ours)


def filled(text: str) -> str:
    """Return a text of a compose file with its variables: their defaults, ``secret`` where they have none."""
    return re.sub(r"\$\{\w+(?::([-?])([^}]*))?\}", lambda found: found[2] if found[1] == "-" else "secret", text)


def test_both_replicas_are_the_same_and_share_a_database(services):
    one, two = services["double-1"], services["double-2"]
    assert one == two
    settings = settings_of({name: filled(value) for name, value in one["environment"].items()})
    assert settings.database == "postgresql+psycopg://double@postgres:5432/double"
    assert settings.trust_proxy
    assert settings.control_token == "secret"  # noqa: S105
    assert filled(services["postgres"]["environment"]["POSTGRES_PASSWORD"]) == filled(one["environment"]["PGPASSWORD"])


def test_replicas_write_nothing_but_the_temporary_folder_and_have_no_privileges(services):
    for name in ("double-1", "double-2", "proxy"):
        assert services[name]["read_only"] is True
        assert services[name]["tmpfs"] == [TMP]
        assert services[name]["cap_drop"] == ["ALL"]
        assert services[name]["security_opt"] == ["no-new-privileges:true"]


def test_each_service_has_a_health_check_and_waits_for_those_that_it_needs(services, image):
    for name, needed in {"double-1": {"postgres"}, "double-2": {"postgres"}, "proxy": {"double-1", "double-2"}}.items():
        found = services[name]["depends_on"]
        assert found == {each: {"condition": "service_healthy"} for each in needed}
    assert all("healthcheck" in each for each in services.values())
    command = json.loads(image.only("HEALTHCHECK").text.rpartition("CMD ")[2])
    assert services["double-1"]["healthcheck"]["test"] == ["CMD", *command]


def test_only_the_proxy_is_published_by_default_to_this_machine_only(services):
    published = {name: each["ports"] for name, each in services.items() if "ports" in each}
    assert list(published) == ["proxy"]
    assert [filled(each) for each in published["proxy"]] == ["127.0.0.1:8080:8080"]


def test_the_proxy_asks_the_replicas_at_the_port_of_the_image(services, image):
    text = (DOCKER / "nginx.conf").read_text("utf-8")
    (port,) = image.only("EXPOSE").words
    assert re.findall(r"server ([\w-]+):(\d+) ", text) == [(name, port) for name in services if "double" in name]
    assert "./nginx.conf:/etc/nginx/nginx.conf:ro" in services["proxy"]["volumes"]
    assert set(re.findall(r"_path (\S+?)/\w+;", text)) == {TMP}


@pytest.mark.parametrize("version", ["1.29", "1.34"])
def test_kubernetes_takes_the_manifests(manifests, version):
    assert list(manifests) == ["Deployment", "Service", "PodDisruptionBudget"]
    for each in manifests.values():
        kubernetes_validate.validate(each, version, strict=True)


def test_the_service_and_the_budget_select_the_pods(manifests):
    labels = manifests["Deployment"]["spec"]["template"]["metadata"]["labels"]
    assert manifests["Deployment"]["spec"]["selector"]["matchLabels"] == labels
    assert manifests["Service"]["spec"]["selector"] == labels
    assert manifests["PodDisruptionBudget"]["spec"]["selector"]["matchLabels"] == labels
    assert manifests["PodDisruptionBudget"]["spec"]["minAvailable"] < manifests["Deployment"]["spec"]["replicas"]


def test_the_pod_runs_as_the_user_of_the_image_and_may_not_write(pod, container, image):
    assert (
        f"{pod['securityContext']['runAsUser']}:{pod['securityContext']['runAsGroup']}" == image.only("USER").words[0]
    )
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert [each["mountPath"] for each in container["volumeMounts"]] == [TMP]


def test_its_probes_are_those_of_the_double(container, image):
    asked = {name: container[name]["httpGet"] for name in ("startupProbe", "livenessProbe", "readinessProbe")}
    assert {name: each["path"] for name, each in asked.items()} == {
        "startupProbe": "/livez",
        "livenessProbe": "/livez",
        "readinessProbe": "/readyz",
    }
    (port,) = container["ports"]
    assert {each["port"] for each in asked.values()} == {port["name"]}
    assert [str(port["containerPort"])] == image.only("EXPOSE").words


def test_its_variables_are_settings_and_it_has_the_time_to_drain(pod, container):
    given = {each["name"]: each.get("value") for each in container["env"]}
    assert {name for name in given if name.startswith("MESSAGING_DOUBLE_")} <= set(VARIABLES)
    settings = settings_of({name: value for name, value in given.items() if value is not None})
    probe = container["readinessProbe"]
    assert settings.drain_seconds > probe["periodSeconds"] * probe["failureThreshold"]
    assert settings.drain_seconds + settings.shutdown_seconds < pod["terminationGracePeriodSeconds"]
