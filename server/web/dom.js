// Elements, texts and small controls. No text ever becomes HTML.

const SVG = "http://www.w3.org/2000/svg";
const LONGEST = 20_000; // characters that are shown before somebody asks for all
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

export const byId = (id) => /** @type {HTMLElement} */ (document.getElementById(id));

/** @param {string} name of a group in icons.svg */
export function icon(name) {
	const svg = document.createElementNS(SVG, "svg");
	const use = document.createElementNS(SVG, "use");
	svg.classList.add("icon");
	svg.setAttribute("aria-hidden", "true");
	use.setAttribute("href", `_mock/web/icons.svg#${name}`);
	svg.append(use);
	return svg;
}

export const button = (label, onclick, kind = "plain") => h(`button.${kind}`, { type: "button", onclick }, label);

export function copyButton(label, text) {
	const onclick = async () => {
		if (navigator.clipboard) await navigator.clipboard.writeText(text());
		else copyByHand(text());
		toast("Copied.");
	};
	return h("button.quiet", { type: "button", onclick }, icon("copy"), label);
}

/** @param {string} text which browsers do not copy for a page that came by plain HTTP from another machine */
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

/**
 * A client's text: of a very long one the beginning, hidden characters by their numbers on demand.
 * @param {string | number | null} value
 */
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
	if (text.length > LONGEST) {
		box.append(
			" … ",
			button(`Show all ${text.length.toLocaleString("en")} characters`, () => fill(text), "quiet"),
		);
	}
	return box;
}

const codePoint = (character) => h("span.code-point", `U+${character.codePointAt(0).toString(16).toUpperCase().padStart(4, "0")}`);

/** @param {[string, import("./types").Child][]} pairs */
export const facts = (pairs) =>
	h(
		"dl.facts",
		pairs.map(([name, value]) => h("div", h("dt", name), h("dd", value ?? clientText(null)))),
	);

/** The members of a record that are texts, numbers or nothing: `sessionKey` is "Session key". */
export const members = (record) =>
	facts(
		Object.entries(record)
			.filter(([, value]) => value === null || /^(string|number|boolean)$/.test(typeof value))
			.map(([name, value]) => [name[0].toUpperCase() + name.slice(1).replace(/[A-Z]/g, (a) => ` ${a.toLowerCase()}`), clientText(value)]),
	);

export const section = (title, ...children) => h("section.card", h("h2", title), children);

export const snippet = (title, code) =>
	h(
		"div.snippet",
		h("pre", { tabindex: 0, "aria-label": title }, code),
		copyButton(title, () => code.textContent),
	);
