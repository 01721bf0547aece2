"""The files of docs/pipelines.md: their schemas, and their commands where those need no container."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import check_jsonschema
import pytest
from click.testing import CliRunner
from ruamel.yaml import YAML

if TYPE_CHECKING:
    import subprocess

ROOT = Path(__file__).parents[2]
PIPELINES = ROOT / "docs" / "examples" / "pipelines"
COMPOSE = ROOT / "docker" / "compose.yaml"
SCHEMAS = {
    PIPELINES / "github-actions.yml": "vendor.github-workflows",
    PIPELINES / "gitlab-ci.yml": "vendor.gitlab-ci",
    PIPELINES / "publish-image.github-actions.yml": "vendor.github-workflows",
    PIPELINES / "publish-image.gitlab-ci.yml": "vendor.gitlab-ci",
    PIPELINES / "compose.yaml": "vendor.compose-spec",
    COMPOSE: "vendor.compose-spec",
    COMPOSE.with_name("compose.team.yaml"): "vendor.compose-spec",
}
FIXED_URL = "http://127.0.0.1:8080"
YOUR_TESTS = """#!/bin/sh
messaging-double health --url "$MESSAGING_DOUBLE_URL" || exit 9
exit {status}
"""


def read(path: Path) -> dict:
    return YAML(typ="safe").load(path.read_text("utf-8"))


@pytest.fixture
def github() -> dict:
    return read(PIPELINES / "github-actions.yml")["jobs"]


@pytest.fixture
def gitlab() -> dict:
    return read(PIPELINES / "gitlab-ci.yml")


@pytest.fixture
def your_tests(tmp_path):
    """Write tests that need a double, and end with a status."""

    def write(status: int) -> None:
        script = tmp_path / "your-tests.sh"
        script.write_text(YOUR_TESTS.format(status=status), "utf-8")
        script.chmod(0o755)

    return write


@pytest.fixture
def run_job(run, port):
    """Run the commands of a job that has no container, as far as they are not installations; then end its double."""

    def run_job(commands: list[str], variables: dict[str, str]) -> subprocess.CompletedProcess[str]:
        script = "\n".join(each for each in commands if not each.startswith("pip install"))
        variables = {name: value.replace(FIXED_URL, f"http://127.0.0.1:{port}") for name, value in variables.items()}
        return run(f"trap 'kill %1' EXIT\nset -e\n{script}", MESSAGING_DOUBLE_PORT=port, **variables)

    return run_job


@pytest.mark.parametrize("path", SCHEMAS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_a_file_meets_the_schema_of_its_reader(path):
    done = CliRunner().invoke(check_jsonschema.main, ["--builtin-schema", SCHEMAS[path], str(path)])
    assert done.exit_code == 0, done.output


@pytest.mark.parametrize("status", [0, 7])
def test_the_shell_s_way_ends_as_the_tests_do_and_leaves_nothing_running(run, your_tests, tmp_path, status):
    your_tests(status)
    done = run(f"{PIPELINES / 'shell.sh'} ./your-tests.sh", TMPDIR=str(tmp_path))
    assert done.returncode == status, done.stderr
    assert "READY url=" in (tmp_path / "double.log").read_text("utf-8")
    assert {path.name for path in tmp_path.iterdir()} == {"your-tests.sh", "double.log"}


def test_the_step_of_github_actions_runs_the_tests_beside_a_double(github, run_job, your_tests, tmp_path):
    your_tests(0)
    job = github["with-a-step"]
    commands = [step["run"] for step in job["steps"] if "run" in step and "if" not in step]
    done = run_job(commands, job["env"])
    assert done.returncode == 0, done.stderr
    (on_failure,) = [step["run"] for step in job["steps"] if "if" in step]
    assert (tmp_path / on_failure.removeprefix("cat ")).read_text("utf-8").startswith("READY url=")


def test_the_process_of_gitlab_runs_the_tests_beside_a_double(gitlab, run_job, your_tests, tmp_path):
    your_tests(0)
    job = gitlab["with-a-process"]
    done = run_job(job["before_script"] + job["script"], job["variables"])
    assert done.returncode == 0, done.stderr
    assert all((tmp_path / path).exists() for path in job["artifacts"]["paths"])


def test_github_s_service_is_waited_for_and_its_published_port_is_the_one_that_the_tests_are_told(github):
    job = github["with-a-service-container"]
    (name, service), *others = job["services"].items()
    assert not others
    assert (service["image"], service["ports"]) == (name, ["8080:8080"])
    assert job["env"] == {"MESSAGING_DOUBLE_URL": FIXED_URL}
    assert '--health-cmd "messaging-double health"' in service["options"]


def test_gitlab_s_service_is_called_by_the_name_that_the_tests_are_told(gitlab):
    job = gitlab["with-a-service"]
    (service,) = job["services"]
    assert job["variables"] == {"MESSAGING_DOUBLE_URL": f"http://{service['alias']}:8080"}


def test_the_tests_of_compose_wait_until_the_double_is_healthy():
    tests = read(PIPELINES / "compose.yaml")["services"]["tests"]
    ((name, waits_for),) = tests["depends_on"].items()
    assert waits_for == {"condition": "service_healthy"}
    double = read(COMPOSE)["services"][name]
    assert double["healthcheck"]["test"] == ["CMD", "messaging-double", "health"]
    assert tests["environment"] == {"MESSAGING_DOUBLE_URL": f"http://{double['hostname']}:8080"}


def test_no_file_sleeps_reads_logs_for_readiness_or_names_a_registry():
    for path in PIPELINES.iterdir():
        text = path.read_text("utf-8")
        assert not re.search(r"\bsleep\b|\bgrep\b|\btail\b", text), path.name
        assert not re.search(r"image: [^\n]*/", text), path.name
    for name in ("shell.sh", "github-actions.yml", "gitlab-ci.yml"):
        assert "messaging-double health --wait 30" in (PIPELINES / name).read_text("utf-8")


def test_the_page_lists_every_file():
    listed = re.findall(r"\]\(examples/pipelines/([\w.-]+)\)", (ROOT / "docs" / "pipelines.md").read_text("utf-8"))
    assert sorted(listed) == sorted(path.name for path in PIPELINES.iterdir())
