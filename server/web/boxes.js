// A list beside one of its items: outbox, inbox and journal.

import { get, path } from "./api.js";
import { count, form, h, icon, problemText } from "./dom.js";
import { journal } from "./exchange.js";
import { List } from "./list.js";
import { inbox, outbox } from "./messages.js";

const BOXES = { outbox, inbox, journal };

/** @param {import("./types").Route} route */
export function boxView(route) {
	const { tenant, view } = route;
	const box = { contains: "contains", ...BOXES[view]() };
	let detailState = "";
	const list = new List(box, (id) => route.href({ id, query: route.query }));
	const search = h("input", {
		type: "search",
		id: "search",
		"aria-label": `Search, as ${box.search}`,
		placeholder: box.search,
		spellcheck: "false",
		autocomplete: "off",
	});
	const apply = () => route.go({ query: queryOf(search.value, quick.value, box.contains) });
	const options = Object.entries(box.quick).map(([value, label]) => h("option", { value }, label));
	const quick = h("select", { "aria-label": "Filter", onchange: apply }, options);
	const problem = h("p.problem", { role: "alert" });
	const total = h("span.total");
	const empty = h("div.empty");
	const detail = h("section.detail", { "aria-label": "Details", tabindex: -1 });
	const filters = form(apply, { class: "search", role: "search", onsearch: apply }, icon("search"), search, quick);
	const element = h("div.box", h("div.bar", h("h1", box.title, " ", total), filters), problem, h("div.split", h("div.list", list.element, empty), detail));

	async function showRows(rows) {
		try {
			await rows;
			problem.replaceChildren();
		} catch (error) {
			problem.replaceChildren(...problemText(error));
		}
		const [text, place, label] = route.query.size ? ["Nothing meets this filter.", {}, "Show all"] : [box.empty, { view: "overview" }, "How to begin"];
		total.textContent = count(list.total);
		empty.replaceChildren(h("p", text), h("a.plain", { href: route.href(place) }, label));
		empty.hidden = list.total > 0;
		list.element.hidden = !list.total;
	}

	async function showDetail() {
		const { id } = route;
		element.classList.toggle("has-detail", id !== null);
		const shown = id === null ? { title: [], parts: [h("p.empty", "Choose one to see all of it.")], state: null } : await item(id);
		const state = JSON.stringify([id, shown.state]);
		if (route.id !== id || state === detailState) return;
		const isSame = detailState.startsWith(JSON.stringify([id]).slice(0, -1));
		const { scrollTop } = detail;
		const hadFocus = detail.contains(document.activeElement);
		detailState = state;
		const back = h("a.back", { href: route.href({ query: route.query }), "aria-label": "Back to the list" }, icon("back"));
		detail.replaceChildren(
			...(id === null ? [] : [h("header", back, h("h2", shown.title), h("div.actions", shown.actions ?? []))]),
			...shown.parts.map((each) => each || ""),
		);
		detail.scrollTop = isSame ? scrollTop : 0;
		if (hadFocus) detail.focus({ preventScroll: true });
	}

	const item = (id) =>
		get(path(tenant, view, id))
			.then((it) => box.detail(tenant, it))
			.catch(({ message, hint }) => ({ title: [message], parts: [h("p", hint)], state: message, actions: [] }));

	return {
		element,
		async update(next) {
			const isOther = !list.path || String(next.query) !== String(route.query);
			route = next;
			const query = new URLSearchParams(route.query);
			quick.value = [...query].map((pair) => pair.join("=")).find((filter) => filter in box.quick) ?? "";
			query.delete(quick.value.split("=")[0]);
			search.value = [...query].map(([name, value]) => (name === box.contains ? value : `${name}=${/\s/.test(value) ? `"${value}"` : value}`)).join(" ");
			list.choose(Number(route.id));
			if (isOther) await showRows(list.load(path(tenant, view) + (route.query.size ? `?${route.query}` : "")));
			await showDetail();
		},
		async refresh() {
			await showRows(list.refresh());
			await showDetail();
		},
	};
}

/** The control API's filters, as a user writes them: `code to.pattern=+47*`. */
function queryOf(text, quick, contains) {
	const query = new URLSearchParams(quick);
	const words = [];
	for (const [word, name, quoted, value] of text.matchAll(/([\w.]+)=(?:"([^"]*)"|(\S*))|\S+/g)) {
		if (name) query.set(name, quoted ?? value);
		else words.push(word);
	}
	if (words.length) query.set(contains, words.join(" "));
	return query;
}
