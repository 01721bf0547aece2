"""Make the pictures of docs/page.md and of the README: `python docs/screenshots.py`.

Needs Debian's chromium (or CHROMIUM=path) and Playwright. The double runs in this process, its clock stands still.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from urllib.request import Request, urlopen

from playwright.sync_api import Page, sync_playwright

from messaging_double.client import MessagingDouble, Tenant, actions, pattern

FOLDER = Path(__file__).parent / "images"
CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
NAMESPACE = "http://www.superoffice.net/ws/crm/NetServer/Services88"
WIDE, NARROW = {"width": 1360, "height": 860}, {"width": 390, "height": 844}
SENT = [
    ("+4790000001", "God morgen, Kari! Timen din er i morgen klokka 09.30. Svar JA for å bekrefte."),
    ("+447700900001", "Your verification code is 4711. It expires in ten minutes."),
    ("+447700900005", "Your parcel is ready for collection at the counter."),
    ("+447700900006", "Reminder: your invoice 20931 is due on Friday."),
    ("+447700900007", "Your table for four is booked for tonight at eight."),
    ("+447700900003", "Welcome to the spring sale! Show this message for 20 % off."),
    ("+447700900001", "Your verification code is 9034. It expires in ten minutes."),
]


def send(tenant: Tenant, to: str, content: str, plugin: str = "CM", *, beside: str = "") -> None:
    """Send a message as an application does."""
    body = (
        f'<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/">{beside}<s:Body><SendMessages '
        f'xmlns="{NAMESPACE}"><Plugin>{plugin}</Plugin><OutgoingMessages><OutgoingMessage><To>{to}</To>'
        f"<Content>{content}</Content></OutgoingMessage></OutgoingMessages></SendMessages></s:Body></s:Envelope>"
    )
    headers = {"Content-Type": "text/xml; charset=utf-8", "User-Agent": "your-application/1.0"}
    if not beside:
        headers["SOAPAction"] = f'"{NAMESPACE}/Messaging/SendMessages"'
    request = Request(tenant.soap_url(), body.encode(), headers)  # noqa: S310 - own server
    with urlopen(request) as answer:  # noqa: S310
        answer.read()


def fill(tenant: Tenant) -> None:
    """Let a day of a small business pass."""
    tenant.clock.freeze("2026-11-21T08:30:00Z")
    for to, content in SENT:
        send(tenant, to, content)
        tenant.clock.advance("7m")
    first = tenant.outbox.get(1)
    tenant.step(first)
    tenant.reply(first, "JA")
    send(tenant, "+4790000001", "Takk! Vi sees i morgen.")
    tenant.clock.advance("2m")
    tenant.step(3)
    headers = f'<s:Header/><Credentials xmlns="{NAMESPACE}"><Ticket>7T:a</Ticket></Credentials>'
    send(tenant, "+4790000002", "Hei, Ola! Din bestilling er klar.", beside=headers)
    tenant.rules.add(
        actions.http(503), when={"to": pattern("+46*"), "operation": "SendMessages"}, name="no Swedish gateway"
    )


def picture(page: Page, url: str, name: str) -> None:
    """Make one picture."""
    page.goto(url)
    page.wait_for_selector("#live.live")
    page.wait_for_timeout(400)
    page.screenshot(path=FOLDER / f"{name}.png")


def main() -> None:
    """Make all pictures."""
    FOLDER.mkdir(exist_ok=True)
    with MessagingDouble(port=8080) as double, sync_playwright() as playwright:
        fill(double.tenant("Cust12345"))
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        for scheme, size, kind in (("light", WIDE, "light"), ("dark", WIDE, "dark"), ("light", NARROW, "narrow")):
            context = browser.new_context(
                color_scheme=scheme, viewport=size, locale="en-GB", timezone_id="UTC", device_scale_factor=1
            )
            page = context.new_page()
            page.on("console", lambda message: sys.stderr.write(f"{message.text}\n"))
            page.on("pageerror", lambda error: sys.stderr.write(f"{error}\n"))
            base = f"{double.url}/#/Cust12345"
            picture(page, f"{base}/overview", f"overview-{kind}")
            picture(page, f"{base}/outbox/1", f"outbox-{kind}")
            picture(page, f"{base}/journal/9", f"journal-{kind}")
            for view in sys.argv[1:]:
                picture(page, f"{base}/{view}", f"{view.replace('/', '-')}-{kind}")
            context.close()
        browser.close()


if __name__ == "__main__":
    main()
