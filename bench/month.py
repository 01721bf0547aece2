"""A month of CI in a minute: tenants are made, used and forgotten; shows memory, file and the list of tenants by day.

python bench/month.py [TENANTS [DATABASE]]
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from datetime import datetime, timedelta, timezone
from pathlib import Path

from werkzeug.test import Client

from messaging_double.server.app import create_app
from messaging_double.server.settings import Settings

DAYS = 30
SEND = (
    b'<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>'
    b'<SendMessages xmlns="http://www.superoffice.net/ws/crm/NetServer/Services88"><Plugin>CM</Plugin>'
    b"<OutgoingMessages>%b</OutgoingMessages></SendMessages></s:Body></s:Envelope>"
)
MESSAGE = b"<OutgoingMessage><To>+447700900001</To><Content>%b</Content></OutgoingMessage>" % (b"x" * 200)
ACTION = '"http://www.superoffice.net/ws/crm/NetServer/Services88/Messaging/SendMessages"'


def main(tenants: int = 20_000, database: str | None = None) -> None:
    """Run the month."""
    with tempfile.TemporaryDirectory() as folder:
        path = database or f"{folder}/month.sqlite"
        now = datetime(2026, 5, 1, tzinfo=timezone.utc)
        settings = Settings(database=path, forget_tenants_after=timedelta(days=2), log_level="error")
        app = create_app(settings, lambda _: now)

        client = Client(app)
        headers = {"SOAPAction": ACTION, "Content-Type": "text/xml; charset=utf-8"}

        def ask(method: str, target: str, body: bytes = b"") -> bytes:
            with client.open(target, method=method, data=body, headers=headers) as response:
                return response.data

        print("day  tenants made  listed  list ms  memory MiB  file MiB")
        begin, made = time.perf_counter(), 0
        for day in range(1, DAYS + 1):
            while made < tenants * day // DAYS:
                made += 1
                for _ in range(3):
                    ask("POST", f"/ci{made}/Remote/Services88/Messaging.svc", SEND % (5 * MESSAGE))
                ask("GET", f"/_mock/v1/tenants/ci{made}/outbox")
            now += timedelta(days=1)
            ask("GET", "/_mock/v1/tenants")  # forgets
            start = time.perf_counter()
            listed = ask("GET", "/_mock/v1/tenants").count(b'"tenant":')
            took = (time.perf_counter() - start) * 1000
            size = sum(each.stat().st_size for each in Path(path).parent.glob(f"{Path(path).name}*")) / 2**20
            if day % 3 == 0:
                print(f"{day:3} {made:13} {listed:7} {took:8.1f} {_memory():11.0f} {size:9.1f}", flush=True)
        now += timedelta(days=9)
        ask("GET", "/_mock/v1/tenants")
        size = Path(path).stat().st_size / 2**20 if Path(path).exists() else 0.0
        took, busy = time.perf_counter() - begin, time.process_time()
        print(f"after nine idle days: file {size:.1f} MiB; {took:.0f} s, {busy:.0f} s of CPU")
        app.close()


def _memory() -> float:
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


if __name__ == "__main__":
    main(*(int(each) for each in sys.argv[1:2]), *sys.argv[2:3])
