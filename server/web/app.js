// The frame of the page: its address, the tenant, the views, and what keeps them up to date.

/** @import { Place, View } from "./types" */
import { openDialog } from "./actions.js";
import { clockOf, get, loadNames, login, path, sleep, watch } from "./api.js";
import { boxView } from "./boxes.js";
import { byId, count, form, h, icon, moment, problemText } from "./dom.js";
import { overviewView } from "./overview.js";
import { rulesView } from "./rules.js";
import { stateView } from "./state.js";

/** @type {Record<string, [string, (route: Route) => View]>} */
const VIEWS = {
	overview: ["Overview", overviewView],
	outbox: ["Outbox", boxView],
	inbox: ["Inbox", boxView],
	journal: ["Journal", boxView],
	rules: ["Rules", rulesView],
	state: ["Clock and state", stateView],
};
const FIRST_TENANT = "Cust12345";
const REST = 100; // milliseconds between two refreshes
const OTHER = "/"; // is no name of a tenant
const LINKS = { live: "Live", polling: "Polling", offline: "Not connected" };

/** Where the page is: `#/Cust12345/outbox/17?contains=code`. */
class Route {
	constructor(hash) {
		const [where, query] = hash.slice(1).split("?");
		const [, tenant = "", view, id] = where.split("/").map(decodeURIComponent);
		this.tenant = tenant;
		this.view = view in VIEWS ? view : "overview";
		this.id = id || null;
		this.query = new URLSearchParams(query);
	}

	/** @param {Place} place */
	href({ tenant = this.tenant, view = this.view, id, query }) {
		const where = [tenant, view, ...(id ? [id] : [])].map(encodeURIComponent).join("/");
		return `#/${where}${query?.size ? `?${query}` : ""}`;
	}

	go(place) {
		location.hash = this.href(place);
	}
}

/** @type {Route} */
let route;
/** @type {View | undefined} */
let view;
let unwatch = () => {};
let isRefreshing = false;
let isStale = false;

async function show() {
	const next = new Route(location.hash.replace(/%(?![\da-f]{2})/gi, "%25"));
	if (!next.tenant) {
		const { tenants } = await get("tenants");
		next.tenant = (tenants.find(({ outbox }) => outbox) ?? tenants[0])?.tenant ?? FIRST_TENANT;
		history.replaceState(null, "", next.href({}));
	}
	const isNew = next.tenant !== route?.tenant || next.view !== route.view;
	route = next;
	if (isNew) {
		view = VIEWS[route.view][1](route);
		byId("main").replaceChildren(view.element);
		document.title = `${VIEWS[route.view][0]} · ${route.tenant} · messaging-double`;
		byId("nav").replaceChildren(...Object.keys(VIEWS).map(navItem));
		byId("clock").setAttribute("href", route.href({ view: "state" }));
		byId("brand").setAttribute("href", route.href({ view: "overview" }));
		showTenants();
		listen();
	}
	await view?.update(route);
}

function navItem(name) {
	const link = { href: route.href({ view: name }), "aria-current": name === route.view && "page" };
	return h("li", h("a", link, icon(name), VIEWS[name][0], h("span.count", { id: `count-${name}` })));
}

/** Watch while the page is visible: browsers have few connections for a host, so that a hidden tab holds none. */
function listen() {
	unwatch();
	if (document.hidden) return;
	unwatch = watch(route.view === "overview" ? null : route.tenant, refresh, (state) => {
		byId("live").textContent = LINKS[state];
		byId("live").className = state;
	});
}

async function refresh() {
	isStale = true;
	if (isRefreshing) return;
	isRefreshing = true;
	while (isStale) {
		isStale = false;
		await Promise.all([showCounts(), view?.refresh()]).catch(console.warn);
		await sleep(REST);
	}
	isRefreshing = false;
}

async function showCounts() {
	const [counts, { mode, now }] = await Promise.all([get(path(route.tenant)), clockOf(route.tenant)]);
	for (const name of ["outbox", "inbox", "journal"]) byId(`count-${name}`).textContent = counts[name] ? count(counts[name]) : "";
	byId("clock").replaceChildren(icon("state"), moment(now), h("small", mode));
}

async function showTenants() {
	const { tenants } = await get("tenants");
	const names = [...new Set([route.tenant, ...tenants.map(({ tenant }) => tenant)])].sort();
	byId("tenant").replaceChildren(
		...names.map((name) => h("option", { selected: name === route.tenant }, name)),
		h("option", { value: OTHER }, "Another tenant …"),
	);
}

function ask(title, about, label, type) {
	return new Promise((resolve) => {
		const input = h("input", { type, required: true, autocomplete: "off" });
		const open = () => {
			dialog.close();
			resolve(input.value.trim());
		};
		const dialog = openDialog(title, form(open, h("p", about), h("label", label, input), h("footer", h("button.primary", "Open"))));
	});
}

function onKey({ key, target, ctrlKey, metaKey, altKey }) {
	if (ctrlKey || metaKey || altKey || target.matches("input, select, textarea, dialog *")) return;
	if (key === "/") setTimeout(() => byId("search")?.focus());
	if (key === "Escape" && route.id) route.go({ query: route.query });
}

const tenant = byId("tenant");
tenant.addEventListener("focus", showTenants);
tenant.addEventListener("change", async () => {
	const name = tenant.value === OTHER ? await ask("Another tenant", "It is there from its first use.", "Name", "text") : tenant.value;
	route.go({ tenant: name });
});
byId("skip").addEventListener("click", (event) => {
	event.preventDefault();
	byId("main").focus();
});
const { dataset } = document.documentElement;
dataset.theme = localStorage.getItem("theme") ?? (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");
byId("theme").addEventListener("click", () => {
	dataset.theme = dataset.theme === "dark" ? "light" : "dark";
	localStorage.setItem("theme", dataset.theme);
});
login.ask = (error) => {
	const about = sessionStorage.token ? problemText(error) : error.hint;
	return ask("This double wants its token", about, "Token", "password");
};
addEventListener("hashchange", show);
addEventListener("keydown", onKey);
document.addEventListener("visibilitychange", listen);
await loadNames();
await show();
