// The clock of a tenant, its snapshots, and how to begin anew.

import { opener } from "./actions.js";
import { clockOf, get, path } from "./api.js";
import { facts, h, moment, section } from "./dom.js";

export function stateView({ tenant }) {
	const clock = h("div");
	const snapshots = h("ul.rules");
	let state = "";
	const setClock = (label, mode, about) => opener(label, { title: "Set the clock", about, method: "PUT", path: path(tenant, "clock"), body: () => ({ mode }) });
	const advance = {
		title: "Move the clock forward",
		about: "What is due on the way happens in its order: statuses, replies, the end of tickets and rules.",
		fields: [
			{ name: "by", label: "By", options: ["30s", "5m", "1h", "6h", "1d"], value: "6h" },
			{ name: "other", label: "Or another length", optional: true, help: "90s, 1.5h, PT8H" },
		],
		path: path(tenant, "clock", "advance"),
		body: ({ by, other }) => ({ by: other || by }),
		done: (answer) => `Events on the way: ${answer.events.length}.`,
	};
	const take = {
		title: "Take a snapshot",
		about: "All that the tenant has but its journal. One of the same name is replaced.",
		verb: "Take it",
		fields: [{ name: "name", label: "Name", value: "default" }],
		path: path(tenant, "snapshots"),
	};
	const reset = {
		title: `Reset ${tenant}`,
		about: "Messages, journal, tickets and rules are deleted. Snapshots stay: take one first if you may want to come back.",
		path: path(tenant, "reset"),
	};
	const clockActions = [
		opener("Move forward", advance, "primary"),
		setClock("Freeze", "frozen", "It stands where it is until it is moved."),
		setClock("Real time", "real", "It is the clock of the machine again."),
	];
	const element = h(
		"div.page",
		h("h1", "Clock and state"),
		section("Clock", clock, h("div.actions", clockActions)),
		section("Snapshots", snapshots, h("div.actions", opener("Take a snapshot", take))),
		section("Begin anew", h("p", "Delete all that this tenant has."), h("div.actions", opener("Reset", reset, "danger"))),
	);

	const item = ({ name, messages, taken }) => {
		const place = path(tenant, "snapshots", name);
		const restore = { title: `Go back to ${name}`, about: "What has come since then is lost, but for the journal.", path: `${place}/restore` };
		return h(
			"li.actions",
			h("b", name),
			h("span.hint", `${messages} messages, `, moment(taken)),
			opener("Go back", restore, "quiet"),
			opener("Delete", { title: `Delete ${name}`, method: "DELETE", path: place }, "quiet"),
		);
	};

	async function refresh() {
		const [{ mode, now, offset }, list] = await Promise.all([clockOf(tenant), get(path(tenant, "snapshots"))]);
		const shown = JSON.stringify([mode === "frozen" && now, mode, list]);
		if (shown === state) return;
		state = shown;
		clock.replaceChildren(facts(Object.entries({ "It is": moment(now), Mode: mode, Offset: mode === "shifted" && offset })));
		snapshots.replaceChildren(...(list.snapshots.length ? list.snapshots.map(item) : [h("li.hint", "None was taken.")]));
	}

	return { element, update: refresh, refresh };
}
