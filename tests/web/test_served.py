"""How the page is served: to whom, with which headers, and how large it is."""

from __future__ import annotations

import gzip
import http.client
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from support.control import assert_problem

from messaging_double.client import MessagingDouble

HTML = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
FOLDER = Path(__file__).parents[2] / "server" / "web"
FILES = [each.name for each in FOLDER.iterdir() if each.suffix in {".css", ".html", ".js", ".svg"}]


@pytest.mark.parametrize("name", FILES)
def test_every_file_is_served_with_a_strict_policy(double, name):
    answer = double.request("GET", f"/_mock/web/{name}", headers=HTML)
    assert answer.status == 200
    assert answer.body == (FOLDER / name).read_bytes()
    policy = dict(each.strip().split(" ", 1) for each in answer.headers["content-security-policy"].split(";"))
    assert policy["default-src"] == policy["base-uri"] == policy["frame-ancestors"] == "'none'"
    assert set(policy) & {"script-src", "style-src", "img-src", "connect-src"} == {
        each for each in policy if policy[each] == "'self'"
    }
    assert (policy["require-trusted-types-for"], policy["trusted-types"]) == ("'script'", "'none'")
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cache-control"] == "no-cache"
    assert answer.headers["vary"] == "Accept, Accept-Encoding"


def test_a_file_that_the_browser_has_is_not_sent_again():
    with MessagingDouble() as running:
        connection = http.client.HTTPConnection(running.url.removeprefix("http://"), timeout=10)
        with closing(connection):
            connection.request("GET", "/_mock/web/app.js")
            first = connection.getresponse()
            assert first.read()
            connection.request("GET", "/_mock/web/app.js", headers={"If-None-Match": first.headers["ETag"]})
            again = connection.getresponse()
            assert (again.status, again.read()) == (304, b"")


def test_a_browser_gets_the_page_and_everybody_else_the_index(double):
    assert double.request("GET", "/", headers=HTML).body == (FOLDER / "index.html").read_bytes()
    assert double.request("HEAD", "/", headers=HTML).status == 200
    for headers in ({}, {"Accept": "*/*"}, {"Accept": "application/json"}):
        answer = double.request("GET", "/", headers=headers)
        assert answer.headers["content-type"] == "application/json"
        assert answer.json["page"] == "http://double.test:8080/"


def test_the_index_has_the_base_url_of_each_tenant_and_the_wsdls(double):
    double.send(tenant="Cust1")
    double.send(tenant="a b")
    index = double.get("/").json
    assert index["baseUrls"] == {
        "default": "http://double.test:8080",
        "Cust1": "http://double.test:8080/Cust1",
        "a b": "http://double.test:8080/a%20b",
    }
    assert len(index["wsdl"]) == 10
    for url in (*index["wsdl"].values(), index["openapi"], index["tenants"], index["help"]):
        assert double.get(url.removeprefix("http://double.test:8080")).status == 200


def test_the_index_shows_tenants_with_the_token_only(start_double):
    double = start_double(control_token="sesame")  # noqa: S106
    assert double.request("GET", "/", headers=HTML).status == 200
    assert double.request("GET", "/_mock/web/app.js").status == 200
    assert double.get("/").status == 401
    assert double.get("/", Authorization="Bearer sesame").status == 200


def test_what_is_sent_to_the_root_is_still_in_the_journal(double):
    assert_problem(double.request("POST", "/", b"<a/>"), 404, "nothing is at /", "Messaging.svc")
    assert double.request("GET", "/", headers=HTML).status == 200
    assert double.steer("GET", "journal").json["total"] == 1


@pytest.mark.parametrize("name", ["nothing.js", "__init__.py", "../app.py", "tsconfig.json", "types.d.ts"])
def test_nothing_else_is_served(double, name):
    assert double.request("GET", f"/_mock/web/{name}", headers=HTML).status == 404


def test_it_is_small(double):
    assert sum((FOLDER / name).stat().st_size for name in FILES) < 64_500
    compressed = [
        double.request("GET", f"/_mock/web/{name}", headers={"Accept-Encoding": "gzip, br"}) for name in FILES
    ]
    assert {each.headers["content-encoding"] for each in compressed} == {"gzip"}
    assert {gzip.decompress(each.body) for each in compressed} == {(FOLDER / name).read_bytes() for name in FILES}
    assert sum(len(each.body) for each in compressed) < 30_000


def test_calls_do_not_load_the_page():
    code = (
        "import sys; sys.path.insert(0, 'tests')\n"
        "from support.double import Double\n"
        "with Double() as double:\n"
        "    double.send()\n"
        "print([name for name in sys.modules if name.endswith('server.web')])"
    )
    root = FOLDER.parents[1]
    done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
