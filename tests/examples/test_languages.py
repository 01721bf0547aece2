"""Each example in another language is run as its own first line says, and fails when it should."""

from __future__ import annotations

import os
import re
import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest

from messaging_double import MessagingDouble

from .conftest import run_script

EXAMPLES = Path(__file__).parents[2] / "docs" / "examples"
HAS_SOAP = "php -r 'exit((int) !class_exists(\"SoapClient\"));'"
HAS_WCF = "echo 'class P { static void Main() {} }' >p.cs && mcs -r:System.ServiceModel,System.Net.Http p.cs"


@dataclass(frozen=True)
class Example:
    """A file, what tells whether this machine can run it, and whether CI installs what it takes."""

    name: str
    probe: str
    ci_installs_it: bool

    @property
    def text(self) -> str:
        return (EXAMPLES / self.name).read_text("utf-8")

    @property
    def command(self) -> str:
        (command,) = re.findall(r"\A(?:<\?php\n/\*\n)?(?://| \*) (.+)", self.text)
        return command

    @property
    def expecting_another_code(self) -> str:
        text, changed = re.subn(r"(contains\W+)4711", r"\g<1>4712", self.text)
        assert changed == 1
        return text.replace("5s", "10ms")


ALL = (
    Example("php/FirstTest.php", f"{HAS_SOAP} && phpunit --version", ci_installs_it=True),
    Example("node/first-test.mjs", "node -e fetch", ci_installs_it=False),
    Example("java/FirstTest.java", "javac --version && ls /usr/share/java/junit-jupiter.jar", ci_installs_it=False),
    Example("csharp/FirstTest.cs", HAS_WCF, ci_installs_it=True),
)


@pytest.fixture(scope="module", params=ALL, ids=lambda example: example.name)
def example(request, tmp_path_factory) -> Example:
    """Each example, if it can be run; with TEST_ALL_CLIENTS=1 it has to."""
    example = request.param
    if run_script(example.probe, tmp_path_factory.mktemp("probe")).returncode:
        missing = f"what {example.name} is run with is not installed: {example.probe}"
        if example.ci_installs_it and os.environ.get("TEST_ALL_CLIENTS") == "1":
            pytest.fail(missing)
        pytest.skip(missing)
    return example


def test_an_example_passes_and_sends_what_it_says_and_fails_where_no_double_is(example, run, double, tmp_path):
    (tmp_path / Path(example.name).name).write_text(example.text, "utf-8")
    done = run(example.command, MESSAGING_DOUBLE_URL=double.url)
    assert done.returncode == 0, done.stdout + done.stderr
    (message,) = double.tenant("Cust12345").outbox()
    assert (message.to, message.content) == ("+447700900001", "Your code is 4711")
    once_compiled = re.sub(r"(?:javac|mcs) [^&]*&& ", "", example.command)
    done = run(once_compiled, MESSAGING_DOUBLE_URL="http://127.0.0.1:1")
    assert done.returncode != 0
    assert "No double answers at http://127.0.0.1:1" in done.stdout + done.stderr
    assert "start one with messaging-double serve" in done.stdout + done.stderr


def test_a_wrong_expectation_fails_and_names_the_wrong_field(example, run, double, tmp_path):
    (tmp_path / Path(example.name).name).write_text(example.expecting_another_code, "utf-8")
    done = run(example.command, MESSAGING_DOUBLE_URL=double.url)
    assert done.returncode != 0
    said = done.stdout + done.stderr
    assert "✗ SendMessages/OutgoingMessages/OutgoingMessage[1]/Content\n" in said
    assert re.search(r'expected  contains "4712"\n +actual +"Your code is 4711"\n +\^\n', said)
    assert 'at character 17: expected "2", found "1"\n' in said


@pytest.mark.parametrize("example", ALL, ids=lambda example: example.name)
def test_an_example_is_short_and_does_not_sleep(example):
    assert len(example.text.splitlines()) <= 100
    assert "sleep" not in example.text.lower()


def test_the_page_lists_every_example():
    listed = re.findall(r"\]\(examples/([\w/.-]+)\)", (EXAMPLES.parent / "elsewhere.md").read_text("utf-8"))
    assert sorted(set(listed)) == sorted(example.name for example in ALL)
    assert {path.name for path in EXAMPLES.iterdir()} == {"pipelines", *(name.split("/")[0] for name in listed)}


STAND_IN = """
namespace Xunit
{
    public class FactAttribute : System.Attribute { }
    public static class Assert
    {
        public static void True(bool condition, string message) { if (!condition) throw new System.Exception(message); }
    }
}
public static class Run { public static void Main() { new MessagesTest().ACodeIsSent(); } }
"""


def test_the_test_of_xunit_passes_with_a_stand_in(run, double, tmp_path):
    if run(HAS_WCF).returncode:
        pytest.skip("mcs and Mono's WCF are not installed")
    page = (EXAMPLES.parent / "elsewhere.md").read_text("utf-8")
    (snippet,) = re.findall(r"^```csharp\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    first_test = (EXAMPLES / "csharp" / "FirstTest.cs").read_text("utf-8")
    for name, text in (("Test.cs", snippet), ("FirstTest.cs", first_test), ("Xunit.cs", STAND_IN)):
        (tmp_path / name).write_text(text, "utf-8")
    references = "-r:System.ServiceModel,System.Runtime.Serialization,System.Net.Http -main:Run -out:t.exe"
    done = run(f"mcs {references} Test.cs FirstTest.cs Xunit.cs && mono t.exe", MESSAGING_DOUBLE_URL=double.url)
    assert done.returncode == 0, done.stdout + done.stderr


PYTHON = "import os, {0}; {0}.{1}(os.environ['URL'] + '/livez')"
TRUSTING = {
    "curl": ("CURL_CA_BUNDLE", 'curl -sf "$URL/livez"'),
    "requests": ("REQUESTS_CA_BUNDLE", f'python -c "{PYTHON.format("requests", "get")}"'),
    "urllib": ("SSL_CERT_FILE", f'python -c "{PYTHON.format("urllib.request", "urlopen")}"'),
    "node": ("NODE_EXTRA_CA_CERTS", "node -e 'fetch(process.env.URL).catch(() => process.exit(1))'"),
    "java": (
        "STORE",
        "java ${STORE:+-Djavax.net.ssl.trustStore=$STORE} -Djavax.net.ssl.trustStorePassword=changeit G",
    ),
}
KEYTOOL = "keytool -importcert -noprompt -alias double -file ca.pem -keystore double.p12 -storepass changeit"
GET = """class G { public static void main(String[] none) throws Exception {
    new java.net.URL(System.getenv("URL") + "/livez").openStream().close();
} }"""


@pytest.mark.parametrize("client", TRUSTING)
def test_a_client_trusts_the_ca_as_the_page_says(client, run, tmp_path):
    pytest.importorskip("trustme")
    variable, command = TRUSTING[client]
    if shutil.which(command.split()[0]) is None and not command.startswith("python"):
        pytest.skip(f"{command.split()[0]} is not installed")
    if client == "java":
        (tmp_path / "G.java").write_text(GET)
        assert run("javac G.java").returncode == 0
    page = (EXAMPLES.parent / "elsewhere.md").read_text("utf-8")
    assert all(f"`{how}" in page for how in ((KEYTOOL,) if client == "java" else (f"{variable}=ca.pem`",)))
    ca = tmp_path / "ca.pem"
    with MessagingDouble(tls="adhoc", tls_ca_file=ca) as double:
        assert run(command, URL=double.url).returncode != 0
        if client == "java":
            assert run(KEYTOOL).returncode == 0
            ca = tmp_path / "double.p12"
        done = run(command, URL=double.url, **{variable: str(ca)})
    assert done.returncode == 0, done.stderr
