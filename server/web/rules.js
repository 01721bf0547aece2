// The rules of a tenant, and the faults that a rule can bring about.

import { act, addRule } from "./actions.js";
import { get, path } from "./api.js";
import { button, h, section } from "./dom.js";

/** @param {import("./types").Route} route @returns {import("./types").View} */
export function rulesView({ tenant }) {
	const list = h("ul.rules");
	const faultList = h("ul.faults");
	let faults = [];
	let state = "";
	const element = h(
		"div.page",
		h(
			"div.bar",
			h("h1", "Rules"),
			button("Add a rule", () => addRule(tenant, faults), "primary"),
		),
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

	const card = (rule) =>
		h(
			"li.card",
			h(
				"div.bar",
				h("h2", rule.name, " ", h(`span.badge.${rule.state === "active" ? "delivered" : "expired"}`, rule.state)),
				button("Delete", () => remove(rule), "quiet"),
			),
			h("p", "when ", h("code", JSON.stringify(rule.when))),
			h("p", "then ", h("code", JSON.stringify(rule.then))),
			h("p.hint", `met by ${rule.matched} calls, answered ${rule.used}${rule.times ? ` of ${rule.times}` : ""}; made by the ${rule.origin}`),
		);

	const remove = ({ name }) =>
		act({
			title: `Delete the rule ${name}`,
			about: "Calls that met it go to the next rule, or are answered as usual.",
			verb: "Delete it",
			kind: "danger",
			request: () => ({
				method: "DELETE",
				path: path(tenant, "rules", name),
			}),
		});

	return {
		element,
		async update() {
			faults = (await get("faults")).faults;
			const use = (name) => h("button.quiet", { type: "button", "aria-label": `Use: ${name}`, onclick: () => addRule(tenant, faults, name) }, "Use");
			faultList.replaceChildren(...faults.map(({ name, does }) => h("li", h("b", name), h("p", does), use(name))));
			await refresh();
		},
		refresh,
	};
}
