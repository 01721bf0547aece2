// XML as it came, indented and in colours; what is no XML is shown as far as it makes sense.

import { clientText, h } from "./dom.js";

const TOKEN = /<!--[\s\S]*?-->|<!\[CDATA\[[\s\S]*?\]\]>|<\?[\s\S]*?\?>|<[^>]*>|[^<]+|</g;
const TAG = /^<(\/?)([^\s/>:]+:)?([^\s/>!?]+)([\s\S]*?)(\/?)>$/;
const ATTRIBUTE = /([^\s=]+)(=)("[^"]*"|'[^']*')|\s+|[^\s=]+|=/g;
const SECRETS = /^(Ticket|ApplicationToken|Password|AccessToken)$/;
const MOST_LINES = 2000;

/** @param {import("./types").Mark[]} marks notes, to be marked at the elements that they name */
export function pretty(xml, marks) {
	const code = h("code");
	const tokens = (xml.match(TOKEN) ?? []).filter((each) => each.trim());
	const seen = {};
	let depth = 0;
	for (let at = 0; at < tokens.length; at++) {
		if (code.childElementCount > MOST_LINES) {
			code.append("… and more: it is all in Raw");
			break;
		}
		const [, end, prefix = "", name, , isEmpty] = TAG.exec(tokens[at]) ?? [];
		if (end) depth--;
		const line = h("span.xml", part(tokens[at]));
		line.style.paddingInlineStart = `${Math.max(0, depth) * 1.25 + 1.25}em`;
		if (name && !end) {
			seen[name] = (seen[name] ?? 0) + 1;
			const isText = tokens[at + 1]?.[0] !== "<";
			if (!isEmpty && tokens[at + 1 + Number(isText)] === `</${prefix}${name}>`) {
				if (isText) line.append(SECRETS.test(name) ? h("i.nil", "masked, see Raw") : part(tokens[++at]));
				if (SECRETS.test(name) && isText) at++;
				line.append(part(tokens[++at]));
			} else if (!isEmpty) depth++;
			mark(line, marks, (note) => isAbout(note, name) && (seen[name] > 1 || !note.includes("more than once")));
		}
		code.append(line);
	}
	return code;
}

function part(token) {
	const tag = TAG.exec(token);
	if (!tag) return token[0] === "<" ? h("span.nil", token) : clientText(token);
	const [, end, prefix = "", name, rest, isEmpty] = tag;
	const attributes = [...rest.matchAll(ATTRIBUTE)].map(([all, attribute, , value]) =>
		attribute ? [h("span.name", attribute), "=", h("span.value", value)] : all,
	);
	return h("span.tag", `<${end}${prefix}`, h("b", name), attributes, `${isEmpty}>`);
}

export function mark(element, marks, isAbout) {
	for (const each of marks) {
		if (each.isFound || !isAbout(each.note)) continue;
		each.isFound = true;
		element.append(h("mark", { id: `mark-${each.number}`, title: each.note }, [...element.childNodes], h("sup", each.number)));
	}
	return element;
}

function isAbout(note, name) {
	if (name === "Envelope") return /SOAP 1\.2 envelope|the root is/.test(note);
	return !/^(Body|Header)$/.test(name) && note.split(/\W+/).slice(0, 12).includes(name);
}
