"""docker/compose.yaml agrees with Dockerfile and with the settings."""

import json
from pathlib import Path

import pytest

from messaging_double.server.settings import Settings, table

ROOT = Path(__file__).parents[2]


@pytest.fixture
def service(compose):
    return compose["services"]["messaging-double"]


def test_its_health_check_is_the_image_s(service, image):
    of_image = image.only("HEALTHCHECK")
    times = {name.replace("-", "_"): value for name, value in of_image.options.items()}
    command = json.loads(of_image.text.rpartition("CMD ")[2])
    assert service["healthcheck"] == {**times, "retries": int(times["retries"]), "test": ["CMD", *command]}


def test_nothing_can_be_written_but_the_temporary_folder_and_the_volume(service, image):
    assert service["read_only"] is True
    assert service["tmpfs"] == ["/tmp"]  # noqa: S108 - of a container
    assert [volume.partition(":")[2] for volume in service["volumes"]] == image.only("WORKDIR").words


def test_it_has_no_privileges(service):
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]


def test_its_port_is_the_image_s_and_open_to_this_machine_only(service, image):
    (port,) = service["ports"]
    assert port == f"127.0.0.1:${{PUBLISHED_PORT:-8080}}:{image.only('EXPOSE').words[0]}"


def test_it_builds_the_dockerfile_with_arguments_that_it_has(service, recipe):
    assert (ROOT / "docker" / service["build"]["context"] / "Dockerfile").resolve() == ROOT / "Dockerfile"
    arguments = {step.words[0].partition("=")[0]: step.words[0].partition("=")[2] for step in recipe.named("ARG")}
    assert [each.partition("=")[0] for each in service["build"]["args"]] == list(arguments)
    assert service["build"]["args"][0] == f"PYTHON_IMAGE=${{PYTHON_IMAGE:-{arguments['PYTHON_IMAGE']}}}"


def test_its_variables_are_settings_and_empty_ones_change_nothing(service):
    variables = service["environment"]
    assert set(variables) <= {row.variable for row in table()}
    assert all(value == f"${{{name}:-}}" for name, value in variables.items())
    assert Settings.from_sources({}, dict.fromkeys(variables, "")) == Settings()


def test_its_volumes_are_declared(compose, service):
    assert [volume.partition(":")[0] for volume in service["volumes"]] == list(compose["volumes"])
