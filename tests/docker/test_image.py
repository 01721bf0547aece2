"""Dockerfile keeps what docker/README.md promises, and agrees with the packaging and with the commands."""

import json
import re
from pathlib import Path

import pytest

from messaging_double.server.cli import main
from messaging_double.server.cli.double import url_of
from messaging_double.server.settings import Settings, table

ROOT = Path(__file__).parents[2]
ENVIRONMENT = "/opt/messaging-double"
PREFIX = "MESSAGING_DOUBLE_"
EVERYDAY = set("ARG FROM WORKDIR COPY RUN LABEL ENV USER EXPOSE HEALTHCHECK ENTRYPOINT CMD".split())
OPTIONS = {"COPY": {"from"}, "HEALTHCHECK": {"interval", "timeout", "start-period", "retries"}}


def settings_of(image, **variables: str) -> Settings:
    """What the double in the image reads."""
    own = {name: value for name, value in image.pairs("ENV").items() if name.startswith(PREFIX)}
    return Settings.from_sources({}, {**own, **variables})


def test_both_stages_begin_from_the_image_that_the_builder_names(stages, pyproject):
    (default,) = stages[""].only("ARG").words
    name, _, image = default.partition("=")
    assert [stage.only("FROM").words[0] for key, stage in stages.items() if key] == [f"${{{name}}}"] * 2
    version = re.fullmatch(r"python:3\.(\d+)-slim", image)
    assert version, image
    assert int(version[1]) >= int(pyproject["project"]["requires-python"].removeprefix(">=3."))


def test_only_the_environment_goes_from_the_building_stage_into_the_image(image):
    copy = image.only("COPY")
    assert copy.options == {"from": "build"}
    assert copy.words == [ENVIRONMENT, ENVIRONMENT]


def test_the_image_installs_nothing_and_leaves_no_pip(image):
    run = image.only("RUN").text
    assert "pip uninstall --quiet --yes pip" in run
    assert not re.search(r"\binstall\b|apt|apk|curl|wget", run)


def test_the_building_stage_copies_what_packaging_reads(stages, pyproject):
    copied = [word for step in stages["build"].named("COPY") for word in step.words[:-1]]
    licenses = pyproject["project"]["license-files"]
    folders = pyproject["tool"]["setuptools"]["package-dir"].values()
    assert sorted(copied) == sorted(["pyproject.toml", "setup.py", "README.md", *licenses, *folders])


def test_the_builder_gets_nothing_but_what_is_copied(stages):
    lines = (ROOT / ".dockerignore").read_text("utf-8").splitlines()
    rules = [line for line in lines if line and not line.startswith("#")]
    copied = [word for step in stages["build"].named("COPY") for word in step.words[:-1]]
    allowed = [rule.removeprefix("!") for rule in rules if rule.startswith("!")]
    assert rules[0] == "*"
    assert sorted(allowed) == sorted(copied)
    assert {"**/__pycache__", "**/*.egg-info"} <= set(rules[len(allowed) :])


def test_the_extras_that_it_installs_are_those_of_the_project_but_for_tests(stages, pyproject):
    (extras,) = re.findall(r"'\.\[([\w,]+)\]'", stages["build"].only("RUN").text)
    assert {*extras.split(",")} == {*pyproject["project"]["optional-dependencies"]} - {"test", "lint"}


def test_both_libraries_are_compiled_in_a_way_that_survives_other_file_times(stages):
    for stage in ("build", "image"):
        assert "compileall -q --invalidation-mode unchecked-hash" in stages[stage].only("RUN").text


def test_every_builder_knows_its_instructions(recipe):
    assert {step.name for step in recipe} <= EVERYDAY
    text = (ROOT / "Dockerfile").read_text("utf-8")
    assert not re.match(r"#\s*(syntax|escape|check)\s*=", text, re.IGNORECASE)
    for step in recipe:
        assert set(step.options) <= OPTIONS.get(step.name, set())
        assert "<<" not in step.text


@pytest.mark.parametrize("path", ["Dockerfile", "docker/compose.yaml"])
def test_where_packages_come_from_is_not_for_it_to_say(path):
    text = (ROOT / path).read_text("utf-8")
    assert not re.search(
        r"://(?!messaging-double:)|--(extra-)?index-url|--trusted-host|--find-links|PIP_\w*INDEX_URL=", text
    )


def test_it_runs_as_a_number_that_is_not_root(image):
    (user,) = image.only("USER").words
    uid, _, gid = user.partition(":")
    assert int(uid) > 0
    assert int(gid) > 0
    assert f"chown {user} {image.only('WORKDIR').words[0]}" in image.only("RUN").text


@pytest.mark.parametrize("given", ["CMD", "HEALTHCHECK"])
def test_its_commands_are_commands_of_the_double(image, pyproject, capsys, given):
    entry = json.loads(image.only("ENTRYPOINT").text)
    command = json.loads(image.only(given).text.rpartition("CMD ")[2])
    whole = entry + command if given == "CMD" else command
    assert whole[0] in pyproject["project"]["scripts"]
    assert main([*whole[1:], "--help"]) == 0
    assert " ".join(whole) in capsys.readouterr().out


def test_its_commands_are_on_the_path(image):
    assert image.pairs("ENV")["PATH"] == f"{ENVIRONMENT}/bin:$PATH"


def test_its_variables_are_settings(image):
    ours = {name for name in image.pairs("ENV") if name.startswith(PREFIX)}
    assert ours
    assert ours <= {row.variable for row in table()}


def test_it_listens_where_a_published_port_arrives(image):
    (port,) = image.only("EXPOSE").words
    settings = settings_of(image)
    assert (settings.host, str(settings.port)) == ("0.0.0.0", port)  # noqa: S104 - of a container


def test_the_health_check_asks_at_the_port_of_the_environment(image):
    assert url_of(settings_of(image)) == "http://127.0.0.1:8080"
    assert url_of(settings_of(image, MESSAGING_DOUBLE_PORT="9000")) == "http://127.0.0.1:9000"
    assert url_of(settings_of(image, MESSAGING_DOUBLE_TLS="adhoc")) == "https://127.0.0.1:8080"


def test_its_labels_say_what_the_packaging_says(image, pyproject):
    project = pyproject["project"]
    assert image.pairs("LABEL") == {
        "org.opencontainers.image.title": project["name"],
        "org.opencontainers.image.description": project["description"],
        "org.opencontainers.image.version": project["version"],
        "org.opencontainers.image.licenses": project["license"],
    }
