"""What keeps a double from starting, and what it leaves behind: in this process, with the real parts."""

import gc
import os
import signal
import socket
import stat
import sys

import pytest

import messaging_double.server.app
import messaging_double.server.http
from messaging_double.server import cli, logs
from messaging_double.server.running import serve
from messaging_double.server.running.serve import PortFile, StartError
from messaging_double.server.settings import Settings

AS_ROOT = pytest.mark.skipif(sys.platform == "win32" or os.geteuid() == 0, reason="nothing is forbidden to root")


@pytest.fixture(autouse=True)
def _not_the_log_of_the_tests(monkeypatch):
    monkeypatch.setattr(logs, "configure", lambda _: None)


@pytest.fixture
def busy_port():
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening.getsockname()[1]


@pytest.fixture
def refused(capsys):
    """Run ``serve`` with flags that cannot be had; return the sentence."""

    def run(*flags):
        assert cli.main(["serve", "--port", "0", *map(str, flags)]) == 2
        out, err = capsys.readouterr()
        assert out == ""
        assert err.count("\n") == 1
        assert err.startswith("messaging-double: ")
        return err.removeprefix("messaging-double: ").rstrip("\n")

    return run


def test_a_busy_port_gets_a_sentence(refused, busy_port):
    said = refused("--port", busy_port)
    assert said.startswith(f"Cannot listen on 127.0.0.1 port {busy_port} (")
    assert "in use" in said
    assert said.endswith("stop what listens there, perhaps another double, or take any free port with --port 0.")


@pytest.mark.parametrize("host", ["192.0.2.1", "no-such-host.invalid", "a..b"])
def test_an_address_that_is_not_here_gets_a_sentence(refused, host):
    assert refused("--host", host).startswith(f"Cannot listen on {host} port 0 (")


def test_a_database_that_cannot_be_used_gets_a_sentence(refused, tmp_path):
    (tmp_path / "no.sqlite").write_text("no database" * 100)
    assert str(tmp_path / "no.sqlite") in refused("--database", tmp_path / "no.sqlite")
    assert str(tmp_path / "gone" / "x.sqlite") in refused("--database", tmp_path / "gone" / "x.sqlite")


@pytest.mark.parametrize("missing", ["cert.pem", "key.pem"])
def test_a_certificate_that_is_not_there_gets_a_sentence(refused, tmp_path, missing):
    pair = pytest.importorskip("trustme").CA().issue_cert("localhost")
    pair.private_key_pem.write_to_path(tmp_path / "key.pem")
    pair.cert_chain_pems[0].write_to_path(tmp_path / "cert.pem")
    (tmp_path / missing).unlink()
    assert missing in refused("--tls-cert", tmp_path / "cert.pem", "--tls-key", tmp_path / "key.pem")


def test_a_certificate_that_is_no_pem_gets_a_sentence(refused, tmp_path):
    (tmp_path / "key").write_text("no key")
    assert "PEM" in refused("--tls-cert", tmp_path / "key", "--tls-key", tmp_path / "key")


def test_adhoc_without_trustme_gets_a_sentence(refused, monkeypatch):
    monkeypatch.setitem(sys.modules, "trustme", None)
    assert "messaging-double[tls]" in refused("--tls", "adhoc")


@pytest.mark.parametrize(
    ("host", "names"),
    [
        ("127.0.0.1", ["localhost", "127.0.0.1", "::1"]),
        ("double.test", ["localhost", "127.0.0.1", "::1", "double.test"]),
        ("0.0.0.0", ["localhost", "127.0.0.1", "::1", socket.gethostname(), "messaging-double"]),  # noqa: S104 - asked
    ],
)
def test_a_throw_away_certificate_is_for_the_names_that_clients_use(host, names, monkeypatch, refused):
    asked = []

    def adhoc_tls(hosts):
        asked.extend(hosts)
        problem = "enough seen"
        raise messaging_double.server.http.TlsError(problem)

    monkeypatch.setattr(messaging_double.server.http, "adhoc_tls", adhoc_tls)
    assert refused("--tls", "adhoc", "--host", host) == "enough seen"
    assert asked == names


def test_a_ca_file_that_cannot_be_written_gets_a_sentence(refused, tmp_path):
    pytest.importorskip("trustme")
    path = tmp_path / "gone" / "ca.pem"
    said = refused("--tls", "adhoc", "--tls-ca-file", path)
    assert said == (
        f"The tls-ca-file {path} cannot be written (No such file or directory); name a file in a folder that can."
    )


def test_a_port_file_that_cannot_be_written_gets_a_sentence(refused, tmp_path):
    path = tmp_path / "gone" / "port.txt"
    assert refused("--port-file", path).startswith(
        f"The port-file {path} cannot be written (No such file or directory);"
    )


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such limit")
def test_a_port_file_that_finds_no_room_leaves_nothing_behind(tmp_path):
    import resource  # noqa: PLC0415 - Windows has none

    port_file = PortFile(tmp_path / "port.txt", keep_former=False)
    former = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, former[1]))
    try:
        with pytest.raises(StartError, match="cannot be written"):
            port_file.write(8080)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, former)
    assert list(tmp_path.iterdir()) == []


@AS_ROOT
def test_a_port_file_in_a_folder_of_others_gets_a_sentence(refused, tmp_path):
    tmp_path.chmod(stat.S_IRUSR | stat.S_IXUSR)
    assert "cannot be written (Permission denied)" in refused("--port-file", tmp_path / "port.txt")


def test_a_port_file_that_is_a_folder_or_a_device_is_left_alone(refused, tmp_path):
    assert (
        refused("--port-file", tmp_path)
        == f"The port-file {tmp_path} is there already and is no file; name another one."
    )
    if sys.platform != "win32":
        assert "is no file" in refused("--port-file", os.devnull)


def test_whatever_fails_nothing_is_left_behind(refused, busy_port, tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    refused("--port", busy_port, "--port-file", tmp_path / "port.txt")
    assert list(tmp_path.iterdir()) == []


def test_a_failed_start_leaves_the_port_file_of_the_run_that_has_the_port(refused, busy_port, tmp_path):
    (tmp_path / "port.txt").write_text(f"{busy_port}\n")
    refused("--port", busy_port, "--port-file", tmp_path / "port.txt")
    assert (tmp_path / "port.txt").read_text() == f"{busy_port}\n"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_a_signal_while_it_loads_ends_it_with_status_0(number, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(messaging_double.server.app, "create_app", lambda _: os.kill(os.getpid(), number))
    former = signal.getsignal(number)
    assert cli.main(["serve", "--port", "0", "--port-file", str(tmp_path / "port.txt")]) == 0
    assert capsys.readouterr() == ("", "")
    assert list(tmp_path.iterdir()) == []
    assert signal.getsignal(number) is former


def test_garbage_is_not_collected_while_it_loads_and_is_again_afterwards(monkeypatch):
    seen = []

    class App:
        broken = None

        def close(self):
            seen.append(gc.isenabled())

    def create_app(_):
        seen.append(gc.isenabled())
        return App()

    monkeypatch.setattr(messaging_double.server.app, "create_app", create_app)
    monkeypatch.setattr(messaging_double.server.http.HttpServer, "run", lambda *_: seen.append(gc.isenabled()))
    serve.serve(Settings(port=0), print)
    gc.unfreeze()
    assert seen == [False, True, True]


def test_an_error_of_ours_while_it_serves_is_not_taken_for_one_of_the_start(monkeypatch):
    class Server(messaging_double.server.http.HttpServer):
        url = "http://127.0.0.1:1"  # type: ignore[assignment]

        def run(self, ready):  # type: ignore[override]
            ready(self)
            raise OSError(self.url)

    monkeypatch.setattr(messaging_double.server.http, "HttpServer", Server)
    with pytest.raises(OSError, match=r"^http://127\.0\.0\.1:1$"):
        serve.serve(Settings(port=0), print)


def test_the_limits_and_times_of_the_settings_are_those_of_the_server(monkeypatch):
    seen = []

    class Server(messaging_double.server.http.HttpServer):
        def __init__(self, app, **given):
            seen.append(given)
            super().__init__(app, **given)

        def run(self, ready=None):
            pass

    monkeypatch.setattr(messaging_double.server.http, "HttpServer", Server)
    serve.serve(Settings(port=0), print)
    serve.serve(Settings(port=0, max_connections=7, body_seconds=1.5, shutdown_seconds=0.3, drain_seconds=2.0), print)
    assert seen[0]["limits"] == messaging_double.server.http.Limits()
    assert (seen[1]["limits"].max_connections, seen[1]["limits"].body_seconds) == (7, 1.5)
    assert (seen[1]["shutdown_seconds"], seen[1]["drain_seconds"]) == (0.3, 2.0)


def test_a_port_file_is_there_whole_or_not_at_all(tmp_path):
    path = tmp_path / "port.txt"
    port_file = PortFile(path, keep_former=False)
    assert list(tmp_path.iterdir()) == []
    port_file.write(40000)
    assert [each.read_bytes() for each in tmp_path.iterdir()] == [b"40000\n"]
    port_file.remove()
    assert list(tmp_path.iterdir()) == []


def test_a_port_file_of_a_run_that_was_killed_is_removed_where_the_port_will_be_another(tmp_path):
    path = tmp_path / "port.txt"
    path.write_text("1\n")
    PortFile(path, keep_former=True).remove()
    assert path.exists()
    PortFile(path, keep_former=False)
    assert not path.exists()


def test_a_port_file_that_tells_of_another_run_by_now_stays(tmp_path):
    path = tmp_path / "port.txt"
    port_file = PortFile(path, keep_former=False)
    port_file.write(40000)
    path.write_text("40001\n")
    port_file.remove()
    assert path.read_text() == "40001\n"


def test_a_port_file_that_somebody_removed_is_no_error(tmp_path):
    port_file = PortFile(tmp_path / "port.txt", keep_former=False)
    port_file.write(40000)
    (tmp_path / "port.txt").unlink()
    port_file.remove()


def test_a_port_file_whose_place_is_taken_meanwhile_is_refused(tmp_path):
    path = tmp_path / "port.txt"
    port_file = PortFile(path, keep_former=False)
    path.mkdir()
    with pytest.raises(StartError, match="cannot be written"):
        port_file.write(40000)
    assert list(tmp_path.iterdir()) == [path]
