// For a person who has just started the double: where to send to, a first message, and what to do next.

import { baseUrl, get, path, quoted, send, words } from "./api.js";
import { copyButton, form, h, section, snippet } from "./dom.js";

const NAMESPACE = "http://www.superoffice.net/ws/crm/NetServer/Services88";
const HEADERS = { "Content-Type": "text/xml; charset=utf-8", SOAPAction: `"${NAMESPACE}/Messaging/SendMessages"` };

/** @param {import("./types").Route} route */
export function overviewView(route) {
	const { tenant } = route;
	const url = baseUrl(tenant);
	const soap = `${url}/Remote/Services88/Messaging.svc`;
	const result = h("p", { role: "status" });
	const to = h("input", { value: "+447700900001", required: true });
	const content = h("input", { value: "God morgen! Your code is 4711." });
	const others = h("ul.scroll");
	const magic = h("tbody");
	const link = (view, text, id) => h("a", { href: route.href({ view, id }) }, text);
	const headers = Object.entries(HEADERS).map((each) => `-H ${quoted(each.join(": "))}`);
	const curl = () => words("curl", soap, ...headers, "-d", quoted(envelope(to.value, content.value)));
	const show = (...parts) => result.replaceChildren(...parts);
	const sendSample = async () => {
		try {
			const { auth } = await get(path(tenant));
			const { ticket } = auth === "none" ? {} : await send({ method: "POST", path: path(tenant, "tickets"), body: { user: "page" } });
			const answer = await fetch(soap, { method: "POST", headers: HEADERS, body: envelope(to.value, content.value, ticket) });
			const [, id] = /MessagingId>(\d+)</.exec(await answer.text()) ?? [];
			if (id) show(`It is message ${id}. `, link("outbox", "Look at it", id));
			else show(`It was answered ${answer.status} and not carried out. `, link("journal", "See why"));
		} catch (error) {
			show(`No whole answer: ${error.message}. `, link("journal", "See the journal"));
		}
	};
	const buttons = h("div.actions", h("button.primary", "Send a sample message"), copyButton("Copy as curl", curl));
	const sample = form(sendSample, h("label", "To", to), h("label", "Text", content), buttons, result);
	const wsdls = (version) => {
		const name = `Services${version}`;
		const wsdl = (agent) => h("td", h("a", { href: `${url}/Remote/${name}/${agent}.svc?wsdl`, "aria-label": `${agent} of ${name}` }, agent));
		return h("tr", h("th", { scope: "row" }, name), ["Messaging", "SoPrincipal"].map(wsdl));
	};
	const first = h("p", "Use this base URL instead of https://online.superoffice.com/Cust12345:");
	const verify = `messaging-double verify --url ${baseUrl("default")} --tenant ${quoted(tenant)} to=+447700900001`;
	const steps = [
		section("1. Point your application here", first, snippet("Base URL", h("code", url)), h("p.hint", "Every CustNNNNN is a tenant of its own.")),
		section("2. Send a message", sample),
		section(
			"3. See what became of it",
			h("p", "Read and answer it in the ", link("outbox", "outbox"), ". What was on the wire is in the ", link("journal", "journal"), "."),
			h("p", "Let the next call fail by a ", link("rules", "rule"), ", or let six hours pass: ", link("state", "clock and state"), "."),
			h("p", "In a test, verify that it arrived:"),
			snippet("verify", h("code", verify)),
		),
	];
	const numbers = h("div.scroll", { tabindex: 0, role: "region", "aria-label": "Magic recipients" }, h("table", magic));
	const more = [
		section("Tenants", others),
		section("Recipients that decide the outcome", numbers),
		section(
			"Contracts",
			h("table", h("tbody", [88, 87, 86, 85, 84].map(wsdls))),
			h("p", "Of the control API: ", h("a", { href: "_mock/v1/openapi.json" }, "openapi.json")),
		),
	];
	const lead = h("p.hint", "A double of SuperOffice's Messaging.svc. What your application sends stays here; nothing reaches a phone.");
	const element = h("div.page", h("h1", "Overview"), lead, h("div.columns", h("div", steps), h("div", more)));

	async function refresh() {
		const { tenants } = await get("tenants");
		const item = ({ tenant, outbox, inbox, journal }) =>
			h("li", h("a", { href: route.href({ tenant, view: "outbox" }) }, h("b", tenant)), h("p.hint", `${outbox} sent, ${inbox} came in, ${journal} calls`));
		others.replaceChildren(...(tenants.length ? tenants.map(item) : [h("li.hint", "None was used yet.")]));
	}

	return {
		element,
		async update() {
			const { numbers } = await get("magic");
			const copy = (number) => copyButton(number, () => number);
			const line = ([number, means]) => h("tr", h("td", copy(number)), h("td", means));
			magic.replaceChildren(...Object.entries(numbers).map(line));
			await refresh();
		},
		refresh,
	};
}

function envelope(to, content, ticket) {
	const escaped = (text) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
	const header = ticket && `<s:Header><n:ApplicationToken>page</n:ApplicationToken><n:Credentials><n:Ticket>${ticket}</n:Ticket></n:Credentials></s:Header>`;
	const message = `<n:OutgoingMessage><n:To>${escaped(to)}</n:To><n:Content>${escaped(content)}</n:Content></n:OutgoingMessage>`;
	const body = `<s:Body><n:SendMessages><n:OutgoingMessages>${message}</n:OutgoingMessages></n:SendMessages></s:Body>`;
	return `<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/" xmlns:n="${NAMESPACE}">${header ?? ""}${body}</s:Envelope>`;
}
