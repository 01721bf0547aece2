// The rules of a tenant, and the faults that a rule can bring about.

import { addRule, opener } from "./actions.js";
import { get, path } from "./api.js";
import { badge, button, h, section } from "./dom.js";

export function rulesView({ tenant }) {
	const list = h("ul.rules");
	const faultList = h("ul.faults");
	let faults = [];
	let state = "";
	const add = button("Add a rule", () => addRule(tenant, faults), "primary");
	const element = h(
		"div.page",
		h("div.bar", h("h1", "Rules"), add),
		h("p.hint", "When a call looks like this, answer it so. The first rule that applies decides."),
		list,
		section("Faults to break it with", faultList),
	);

	async function refresh() {
		const { rules } = await get(path(tenant, "rules"));
		if (state === JSON.stringify(rules)) return;
		state = JSON.stringify(rules);
		list.replaceChildren(...(rules.length ? rules.map(card) : [h("li.empty", "No rules: calls are answered as usual.")]));
	}

	const card = ({ name, state, when, then, matched, used, times, origin }) => {
		const about = "Calls that met it go to the next rule, or are answered as usual.";
		const remove = { title: `Delete the rule ${name}`, about, verb: "Delete it", kind: "danger", method: "DELETE", path: path(tenant, "rules", name) };
		return h(
			"li.card",
			h("div.bar", h("h2", name, " ", badge(state === "active" ? "delivered" : "expired", state)), opener("Delete", remove, "quiet")),
			h("p", "when ", h("code", JSON.stringify(when))),
			h("p", "then ", h("code", JSON.stringify(then))),
			h("p.hint", `met by ${matched} calls, answered ${used}${times ? ` of ${times}` : ""}; made by the ${origin}`),
		);
	};

	return {
		element,
		async update() {
			faults = (await get("faults")).faults;
			const use = (name) => button("Use", () => addRule(tenant, faults, name), "quiet", `Use: ${name}`);
			faultList.replaceChildren(...faults.map(({ name, does }) => h("li", h("b", name), h("p", does), use(name))));
			await refresh();
		},
		refresh,
	};
}
