"""The checks of a developer, of pre-commit and of CI are the same ones, on every supported Python."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from ruamel.yaml import YAML

ROOT = Path(__file__).parents[2]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))


def read(path: Path) -> dict:
    return YAML(typ="safe").load(path.read_text("utf-8"))


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.name)
def test_a_workflow_is_one_that_github_takes(workflow):
    done = subprocess.run(
        [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.github-workflows", workflow],
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout


def test_ci_tests_on_every_python_that_the_package_says_it_supports():
    declared = re.findall(r'Python :: (3\.\d+)"', (ROOT / "pyproject.toml").read_text("utf-8"))
    assert read(ROOT / ".github/workflows/checks.yml")["jobs"]["test"]["strategy"]["matrix"]["python"] == declared


def test_pre_commit_runs_each_static_check():
    (static,) = re.findall(r"^static=\((.*)\)$", (ROOT / "check").read_text("utf-8"), re.MULTILINE)
    (repository,) = read(ROOT / ".pre-commit-config.yaml")["repos"]
    assert [hook["entry"] for hook in repository["hooks"]] == [f"./check {name}" for name in static.split()]


def test_a_check_that_is_not_there_is_an_error_that_names_those_that_are():
    done = subprocess.run([ROOT / "check", "everything"], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "there is no check 'everything'; there are: tests format lint types layers spelling" in done.stderr
