"""The page's examples for Testcontainers, as far as they go without Docker and without its libraries: their syntax."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
NAMES_OF_OTHERS = {"compiler.err.doesnt.exist", "compiler.err.cant.resolve", "compiler.err.cant.resolve.location"}


def example(language: str) -> str:
    page = (ROOT / "docs" / "elsewhere.md").read_text("utf-8")
    (text,) = re.findall(rf"^```{language}\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    return text


def test_the_python_one_compiles():
    compile(example("python"), "elsewhere.md", "exec")


@pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed")
def test_the_node_one_has_no_errors_of_syntax(run, tmp_path):
    (tmp_path / "example.mjs").write_text(example("js"), "utf-8")
    done = run("node --check example.mjs")
    assert done.returncode == 0, done.stderr


@pytest.mark.skipif(shutil.which("javac") is None, reason="javac is not installed")
def test_the_java_one_lacks_nothing_but_the_libraries(run, tmp_path):
    (tmp_path / "MessagesTest.java").write_text(example("java"), "utf-8")
    done = run("javac -XDrawDiagnostics MessagesTest.java")
    problems = set(re.findall(r"compiler\.err\.[\w.]+", done.stdout + done.stderr))
    assert problems
    assert problems <= NAMES_OF_OTHERS


@pytest.mark.parametrize("language", ["python", "java", "js"])
def test_they_wait_for_the_probe_of_the_image_at_its_port(language):
    text = example(language)
    (port,) = re.findall(r"^EXPOSE (\d+)$", (ROOT / "Dockerfile").read_text("utf-8"), re.MULTILINE)
    assert set(re.findall(r"\b\d{4,5}\b", text)) == {port}
    assert re.search(r"[\"']/readyz[\"']", text)
    assert re.search(r"[\"']messaging-double[\"']", text)
