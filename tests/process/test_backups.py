"""The dump of a PostgreSQL database, as docs/team.md makes and restores it."""

import os
import re
import subprocess
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "team.md"


def test_a_dump_that_was_made_while_a_double_runs_brings_everything_back(serve, postgres, connect, tmp_path):
    (text,) = re.findall(r"<!-- command: backup-postgresql -->\n```sh\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    dump, restore = text.splitlines()
    postgres.execute("CREATE DATABASE double")
    variables = {"PGHOST": "127.0.0.1", "PGPORT": str(postgres.port), "PGUSER": "double"}
    path = os.pathsep.join((str(postgres.programs), os.environ["PATH"]))

    def run(command):
        environment = {**os.environ, **variables, "PATH": path}
        done = subprocess.run(
            command.split(), cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr

    url = f"{postgres.address.rpartition('/')[0]}/double"
    double = serve("--database", url)
    assert connect(double).send_messages("Cust1", "one", "two") == [1, 2]
    run(dump)
    connect(double).control("Cust1", "DELETE")
    assert connect(double).send_messages("Cust2", "of no use") == [1]
    double.stop()
    run(restore)
    double = serve("--database", url)
    assert [each["content"] for each in connect(double).listed("Cust1/outbox")] == ["two", "one"]
    assert connect(double).control("Cust2/outbox")["total"] == 0
    assert connect(double).send_messages("Cust1", "three") == [3]
