// Requests and responses of the journal: what was on the wire, what was tolerated in it, and which rules were near.

import { bytes, get, path, quoted, words } from "./api.js";
import { badge, button, byId, clientText, copyButton, count, h, members, moment, scrolled, section } from "./dom.js";
import { mark, pretty } from "./xml.js";

const NOT_FOR_CURL = /^(host|content-length|connection|accept-encoding|transfer-encoding|expect):/i;
const HINT = "x-messaging-double-hint";

/** @returns {import("./types").Box} */
export const journal = () => ({
	member: "exchanges",
	key: "id",
	title: "Journal",
	search: "Messaging.svc status=500",
	contains: "target.contains",
	quick: { "": "All calls", "refused.any=true": "Refused", "notes.any=true": "With notes", "rule.any=true": "By a rule" },
	empty: "No request came to this tenant yet.",
	row: (each) => [
		h("span.line", h("span.who", each.operation ?? each.method ?? "Broken"), outcome(each), moment(each.at)),
		h("span.what", each.refused ?? each.notes[0] ?? each.target ?? ""),
	],
	async detail(tenant, each) {
		const at = path(tenant, "journal", each.id);
		const [request, response, { rules }] = await Promise.all([wireOf(at, "request"), wireOf(at, "response"), get(`${at}/rules`)]);
		const hint = each.response.headers.find(({ name }) => name.toLowerCase() === HINT)?.value;
		const marks = each.notes.map((note, index) => ({ note, number: index + 1, isFound: false }));
		const copy = copyButton("Copy as curl", () => asCurl(each, request));
		const wires = h("div.wires", panel("Request", each.request, request, marks, copy), panel("Response", each.response, response)); // finds the marks
		return {
			state: [each, rules],
			title: [each.operation ?? each.method ?? "Broken request", " ", outcome(each)],
			parts: [
				each.refused && h("div.notice", h("h2", "Refused"), h("p", clientText(each.refused)), hint && !each.refused.includes(hint) && h("p", "Hint: ", hint)),
				marks.length > 0 && section("Tolerated and noted", h("ol.notes", marks.map(noteLine))),
				wires,
				(rules.length > 0 || each.rule) &&
					section(
						"Rules",
						each.rule && h("p", "Answered by ", h("b", each.rule), each.fault && `: ${each.fault}`),
						h("p.hint", "This call, compared with the rules as they are now:"),
						h("ul.near", rules.map(nearRule)),
					),
				section("Exchange", members(each)),
			],
		};
	},
});

function outcome({ status, refused, fault, notes }) {
	const [kind, word] =
		refused || !status || status >= 400 ? ["failed", refused && "refused"] : fault ? ["expired", "fault"] : notes.length ? ["expired", "noted"] : ["delivered"];
	return badge(kind, [status ?? "no answer", word && ` · ${word}`]);
}

function noteLine({ note, number, isFound }) {
	const go = () => byId(`mark-${number}`).scrollIntoView({ block: "center" });
	return h("li", clientText(note), " ", isFound && button("Show where", go, "quiet"));
}

async function wireOf(at, way) {
	const [raw, body] = await Promise.all([bytes(`${at}/${way}`), bytes(`${at}/${way}.xml`)]);
	const charset = body[0] === 0xff || body[1] === 0 ? "utf-16le" : body[0] === 0xfe || body[0] === 0 ? "utf-16be" : "utf-8";
	const text = new TextDecoder(charset).decode(body);
	const [head] = new TextDecoder("latin1").decode(raw).split(/\r?\n\r?\n/, 1);
	return { head, text, isText: charset === "utf-8" && !/[\0\ufffd]/.test(text) };
}

function panel(title, { line, headers, bytes, cut }, { head, text }, marks = [], ...actions) {
	const header = ({ name, value }) => ["\n", h("span.name", name), ": ", mark(h("span", value), marks, (note) => isAboutHeader(note, name))];
	const shownHead = scrolled(`${title}: head`, h("b", line), headers.flatMap(header));
	const code = scrolled(`${title}: body`);
	const fill = (isRaw) => {
		shownHead.hidden = isRaw;
		code.replaceChildren(isRaw ? clientText(`${head}\n\n${text}`) : /^\s*</.test(text) ? pretty(text, marks) : clientText(text || null));
	};
	const choice = (label, isRaw) => h("label.check", h("input", { type: "radio", name: title, checked: !isRaw, onchange: () => fill(isRaw) }), label);
	fill(false);
	const heading = h("h2", title, h("small", ` ${count(bytes)} bytes${cut ? ", not all kept" : ""}`));
	const choices = h("div.actions", { role: "group", "aria-label": `${title} as` }, choice("Pretty", false), choice("Raw", true));
	const copy = copyButton("Copy the body", () => text);
	return h("section.card", h("div.bar", heading, choices), shownHead, code, h("div.actions", actions, copy));
}

const isAboutHeader = (note, name) =>
	/^(soapaction|content-type|content-encoding|authorization)$/i.test(name) &&
	!/^no /.test(note) &&
	(note.toLowerCase().includes(name.toLowerCase()) || (/-type$/i.test(name) && /charset|media type|\b415$/.test(note)));

function asCurl({ method, target, request }, { head, text, isText }) {
	const lines = head.split(/\r?\n/).slice(1);
	const headers = lines.filter((line) => !NOT_FOR_CURL.test(line)).map((line) => `-H ${quoted(line)}`);
	const url = (place) => quoted(new URL(place, location.href).href);
	const body = isText ? quoted(text) : "@request.xml";
	return words(!isText && `curl -s ${url(request.body)} -o request.xml;`, `curl -i -X ${method}`, url(target), ...headers, text && `--data-binary ${body}`);
}

const nearRule = ({ name, matched, state, criteria }) =>
	h(
		"li",
		h("b", name),
		badge(matched ? "delivered" : "other", matched ? "meets it" : "does not meet it"),
		state !== "active" && badge("expired", state),
		h("ul", criteria.map(nearCriterion)),
	);

const nearCriterion = ({ criterion, expected, actual, matched }) =>
	h(
		`li.${matched ? "yes" : "no"}`,
		h("span", { "aria-hidden": "true" }, matched ? "✓ " : "✗ "),
		h("code", criterion),
		" expected ",
		h("code", JSON.stringify(expected)),
		!matched && [", found ", h("code", clientText(JSON.stringify(actual)))],
	);
