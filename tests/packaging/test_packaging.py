"""What is installed is `messaging_double` and nothing else, whole."""

import os
import re
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FOLDERS = ("client", "models", "server", "storage")

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib


def test_every_package_folder_is_listed():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    listed = set(project["tool"]["setuptools"]["packages"])
    found = {
        "messaging_double." + init.parent.relative_to(ROOT).as_posix().replace("/", ".")
        for folder in FOLDERS
        for init in (ROOT / folder).rglob("__init__.py")
    }
    assert listed == {"messaging_double", *found}
    assert (ROOT / "package" / "__init__.py").exists()


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    source = tmp_path_factory.mktemp("source") / "tree"
    command = "git ls-files -z --cached --others --exclude-standard".split()
    files = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if files.returncode:
        pytest.skip("not a git checkout: what belongs into a wheel is not known")
    for name in filter(None, files.stdout.split("\0")):
        target = source / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if (ROOT / name).exists():
            target.write_bytes((ROOT / name).read_bytes())
    who = "-c user.name=x -c user.email=x@example.com -c tag.gpgsign=false -c commit.gpgsign=false"
    for words in ("init -q", "add -Af .", "commit -qm all", "tag v9.9"):
        subprocess.run(f"git {who} {words}".split(), cwd=source, check=True, capture_output=True)
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", str(folder)]
    subprocess.run([*command, f"git+{source.as_uri()}@v9.9"], check=True, capture_output=True)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def wheel(built):
    with zipfile.ZipFile(built) as archive:
        return archive.namelist()


def test_only_messaging_double_appears_in_site_packages(wheel):
    assert {name.split("/")[0].split("-")[0] for name in wheel} == {"messaging_double"}


def test_every_module_is_in_the_wheel(wheel):
    modules = {
        f"messaging_double/{path.relative_to(ROOT).as_posix()}"
        for folder in FOLDERS
        for path in (ROOT / folder).rglob("*.py")
    }
    assert modules <= set(wheel)


def test_the_links_of_its_description_lead_to_files_of_its_version(built):
    with zipfile.ZipFile(built) as archive:
        (name,) = [each for each in archive.namelist() if each.endswith(".dist-info/METADATA")]
        metadata = archive.read(name).decode()
    version = re.search(r"^Version: (.+)$", metadata, re.MULTILINE)[1]
    assert "Description-Content-Type: text/markdown" in metadata
    links = re.findall(r"(!?)\[[^\]]*\]\(([^)]+)\)", metadata)
    assert len(links) > 20
    for is_image, link in links:
        start = f"https://github.com/messaging-double/messaging-double/{'raw' if is_image else 'blob'}/v{version}/"
        assert link.startswith(start)
        assert (ROOT / link.removeprefix(start).partition("#")[0]).exists()


def test_each_folder_says_that_it_is_typed(wheel):
    assert {f"messaging_double/{folder}/py.typed" for folder in FOLDERS} <= set(wheel)


@pytest.fixture(scope="module")
def fresh_python(built, tmp_path_factory):
    """Python with the wheel in an environment of its own; what the wheel needs is borrowed, not fetched."""
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder, with_pip=False)
    python = folder / ("Scripts" if sys.platform == "win32" else "bin") / "python"
    asked = [python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"]
    place = subprocess.run(asked, capture_output=True, text=True, check=True).stdout.strip()
    with zipfile.ZipFile(built) as archive:
        archive.extractall(place)
    (Path(place) / "borrowed.pth").write_text(f"{sysconfig.get_path('purelib')}\n", "utf-8")
    return python


PROJECT = {
    "server.py": "NAME = 'their server'\n",
    "models/__init__.py": "NAME = 'their models'\n",
    "storage/__init__.py": "NAME = 'their storage'\n",
    "client/__init__.py": "NAME = 'their client'\n",
    "test_theirs.py": """
import client, models, server, storage

def test_both_are_there(messaging_double):
    names = [each.NAME for each in (client, models, server, storage)]
    assert names == ["their client", "their models", "their server", "their storage"]
    assert messaging_double.outbox() == []
""",
}


def test_a_project_with_modules_of_the_same_names_and_the_double_do_not_break_each_other(fresh_python, tmp_path):
    for name, text in PROJECT.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, "utf-8")
    command = [fresh_python, "-m", "pytest", "-q", "-W", "error", "-p", "no:cacheprovider"]
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "MESSAGING_"))}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 passed" in done.stdout
    script = "import messaging_double.server.app as app; print(app.__file__)"
    shown = subprocess.run([fresh_python, "-c", script], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert str(Path(fresh_python).parents[1]) in shown.stdout
