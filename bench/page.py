"""How smoothly the page scrolls through 10,000 messages, and how soon a message is seen in it.

    .venv/bin/pip install -e . playwright && .venv/bin/python bench/page.py

Needs a Chromium: Debian's, or the one that CHROMIUM names. It reports; nothing is asserted.
"""

from __future__ import annotations

import os
import statistics
import time
from urllib.request import Request, urlopen

from playwright.sync_api import Page, sync_playwright

from messaging_double.client import MessagingDouble, Tenant

CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
MESSAGES = 10_000
SECONDS = 10
ROUNDS = 20
NAMESPACE = "http://www.superoffice.net/ws/crm/NetServer/Services88"
ENVELOPE = (
    '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><SendMessages xmlns="{namespace}">'
    "<OutgoingMessages><OutgoingMessage><Content>{content}</Content></OutgoingMessage></OutgoingMessages>"
    "</SendMessages></s:Body></s:Envelope>"
)
SCROLL = """seconds => new Promise(resolve => {
    const rows = document.querySelector(".rows"), frames = [], start = performance.now();
    let last = start;
    const step = now => {
        frames.push(now - last);
        last = now;
        rows.scrollTop = (rows.scrollHeight - rows.clientHeight) * Math.min(1, (now - start) / 1000 / seconds);
        if (now - start < 1000 * seconds) requestAnimationFrame(step); else resolve(frames);
    };
    requestAnimationFrame(step);
})"""


def scroll(page: Page) -> None:
    """Scroll from the first message to the last, and print how long the frames took."""
    frames = sorted(page.evaluate(SCROLL, SECONDS))
    middle, late = statistics.median(frames), frames[int(0.95 * len(frames))]
    print(f"{len(frames)} frames: median {middle:.1f} ms, 95th percentile {late:.1f} ms, longest {frames[-1]:.1f} ms")


def see(page: Page, tenant: Tenant) -> None:
    """Send messages, and print how long each took until it was in the document."""
    took = []
    for number in range(ROUNDS):
        text = f"round {number}."
        body = ENVELOPE.format(namespace=NAMESPACE, content=text).encode()
        headers = {"Content-Type": "text/xml; charset=utf-8", "SOAPAction": f'"{NAMESPACE}/Messaging/SendMessages"'}
        began = time.perf_counter()
        with urlopen(Request(tenant.soap_url(), body, headers)) as answer:  # noqa: S310 - own server
            answer.read()
        page.locator(".rows li", has_text=text).wait_for()
        took.append(1000 * (time.perf_counter() - began))
    print(f"seen after {statistics.median(took):.0f} ms (median of {ROUNDS}), {max(took):.0f} ms (longest)")


def main() -> None:
    """Fill a tenant, open its outbox, measure."""
    with MessagingDouble() as double, sync_playwright() as playwright:
        tenant = double.tenant("Cust12345")
        tenant.load(outbox=[{"to": f"+47{number:08}", "content": f"message {number}"} for number in range(MESSAGES)])
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page()
        page.goto(f"{double.url}/#/Cust12345/outbox")
        page.locator("#live.live").wait_for()
        page.locator(".rows li").first.wait_for()
        see(page, tenant)
        scroll(page)
        browser.close()


if __name__ == "__main__":
    main()
