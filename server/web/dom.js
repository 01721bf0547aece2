// Elements, texts and small controls. No text ever becomes HTML.

const LONGEST = 20_000; // characters that are shown before the user asks for all
// Control and format characters, and blanks that look like another or like nothing; not line ends and tabs.
const HIDDEN =
	/([\0-\x08\x0b-\x1f\x7f-\xa0\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2000-\u200f\u2028-\u202f\u205f-\u206f\u3000\u3164\ufeff\uffa0\ufff0-\ufffb])/;
const TIME = new Intl.DateTimeFormat([], { timeStyle: "medium" });
const DAY = new Intl.DateTimeFormat([], { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" });

/**
 * Make an element: `h("a.button", { href }, "text")`. Attributes that are functions are listeners.
 * @type {import("./types").Make}
 */
export const h = (selector, ...rest) => {
	const [tag, ...classes] = selector.split(".");
	const element = document.createElement(tag);
	if (classes.length) element.className = classes.join(" ");
	for (const each of /** @type {any[]} */ (rest.flat(2))) {
		if (each?.constructor === Object) {
			for (const [name, value] of Object.entries(each)) {
				if (typeof value === "function") element.addEventListener(name.slice(2), value);
				else if (value || value === 0 || value === "") element.setAttribute(name, value === true ? "" : value);
			}
		} else if (each || each === 0) element.append(each);
	}
	return /** @type {any} */ (element);
};

/** @returns {any} */
export const byId = (id) => document.getElementById(id);

/** @param {string} name of a path in icons.svg */
export function icon(name) {
	const svg = byId("theme").firstElementChild.cloneNode(true);
	svg.firstElementChild.setAttribute("href", `_mock/web/icons.svg#${name}`);
	return svg;
}

/** @param {string} [name] for those who do not see it */
export const button = (label, onclick, kind = "plain", name) => h(`button.${kind}`, { type: "button", onclick, "aria-label": name }, label);

export const badge = (kind, text) => h(`span.badge.${kind}`, text);

export const count = (number) => number.toLocaleString("en");

/** A form of which the page itself takes what is entered. */
export function form(onsubmit, ...rest) {
	const listener = (event) => {
		event.preventDefault();
		onsubmit();
	};
	return h("form", { onsubmit: listener }, rest);
}

export const problemText = ({ message, hint = "" }) => [h("b", message), ` ${hint}`];

export function copyButton(label, text) {
	const onclick = async () => {
		if (navigator.clipboard) await navigator.clipboard.writeText(text());
		else copyByHand(text());
		toast("Copied.");
	};
	return button([icon("copy"), label], onclick, "quiet");
}

/** Copy what browsers do not copy by themselves for a page that came by plain HTTP from another machine. */
function copyByHand(text) {
	const area = h("textarea", text);
	document.body.append(area);
	area.select();
	document.execCommand("copy");
	area.remove();
}

export function toast(text) {
	const line = h("p", text);
	byId("toasts").replaceChildren(line);
	setTimeout(() => line.remove(), 5000);
}

export function moment(iso) {
	const date = new Date(iso);
	const isToday = date.toDateString() === new Date().toDateString();
	return h("time", { datetime: iso, title: iso }, (isToday ? TIME : DAY).format(date));
}

export const countHidden = (text) => (text.split(HIDDEN).length - 1) / 2;

/** A client's text: of a very long one the beginning, hidden characters by their numbers on demand. */
export function clientText(value, showsHidden = false) {
	if (value === null) return h("i.nil", "none");
	const text = String(value);
	const box = h("bdi.client");
	const fill = (shown) => {
		const parts = showsHidden ? shown.slice(0, LONGEST).split(HIDDEN) : [];
		const rest = shown.slice(showsHidden ? LONGEST : 0);
		box.replaceChildren(...parts.map((part, index) => (index % 2 ? codePoint(part) : part)), rest);
	};
	fill(text.slice(0, LONGEST));
	const more = () => button(`Show all ${count(text.length)} characters`, () => fill(text), "quiet");
	if (text.length > LONGEST) box.append(" … ", more());
	return box;
}

const codePoint = (character) => h("span.code-point", `U+${character.codePointAt(0).toString(16).toUpperCase().padStart(4, "0")}`);

export function facts(pairs) {
	const fact = ([name, value]) => h("div", h("dt", name), h("dd", value));
	return h("dl.facts", pairs.map(fact));
}

/** The members of a record that are texts, numbers or nothing: `sessionKey` is "Session key". */
export function members(record) {
	const shown = Object.entries(record).filter(([, value]) => value === null || /^(string|number|boolean)$/.test(typeof value));
	const label = (name) => name[0].toUpperCase() + name.slice(1).replace(/[A-Z]/g, (a) => ` ${a.toLowerCase()}`);
	return facts(shown.map(([name, value]) => [label(name), clientText(value)]));
}

export const section = (title, ...children) => h("section.card", h("h2", title), children);

export function snippet(title, code) {
	const copy = copyButton(title, () => code.textContent);
	return h("div.snippet", scrolled(title, code), copy);
}

/** What may be longer than its place: the keyboard can scroll it. */
export const scrolled = (name, ...children) => h("pre", { tabindex: 0, "aria-label": name }, children);
