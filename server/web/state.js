// The clock of a tenant, its snapshots, and how to begin anew.

import { act } from "./actions.js";
import { clockOf, get, path } from "./api.js";
import { button, facts, h, moment, section } from "./dom.js";

/** @param {import("./types").Route} route @returns {import("./types").View} */
export function stateView({ tenant }) {
	const clock = h("div");
	const snapshots = h("ul.rules");
	let state = "";

	/** A button, and the dialog that it opens. */
	const doer = (label, title, about, method, place, more = {}, kind = "plain") =>
		button(label, () => act({ title, about, verb: label, kind, request: () => ({ method, path: path(tenant, ...place), body: more.body }), ...more }), kind);
	const set = (label, mode, about) => doer(label, "Set the clock", about, "PUT", ["clock"], { body: { mode } });
	const element = h(
		"div.page",
		h("h1", "Clock and state"),
		section(
			"Clock",
			clock,
			h(
				"div.actions",
				button("Move forward", advance, "primary"),
				set("Freeze", "frozen", "It stands where it is until it is moved."),
				set("Real time", "real", "It is the clock of the machine again."),
			),
		),
		section("Snapshots", snapshots, h("div.actions", button("Take a snapshot", take))),
		section(
			"Begin anew",
			h("p", "Delete all that this tenant has."),
			h(
				"div.actions",
				doer(
					"Reset",
					`Reset ${tenant}`,
					"Messages, journal, tickets and rules are deleted. Snapshots stay: take one first if you may want to come back.",
					"POST",
					["reset"],
					{},
					"danger",
				),
			),
		),
	);

	function advance() {
		act({
			title: "Move the clock forward",
			about: "What is due on the way happens in its order: statuses, replies, the end of tickets and rules.",
			verb: "Move forward",
			fields: [
				{ name: "by", label: "By", options: ["30s", "5m", "1h", "6h", "1d"], value: "6h" },
				{ name: "other", label: "Or another length", optional: true, help: "90s, 1.5h, PT8H" },
			],
			request: ({ by, other }) => ({ method: "POST", path: path(tenant, "clock", "advance"), body: { by: other || by } }),
			done: (answer) => `Events on the way: ${answer.events.length}.`,
		});
	}

	function take() {
		act({
			title: "Take a snapshot",
			about: "All that the tenant has but its journal. One of the same name is replaced.",
			verb: "Take it",
			fields: [{ name: "name", label: "Name", value: "default" }],
			request: (body) => ({ method: "POST", path: path(tenant, "snapshots"), body }),
		});
	}

	const item = ({ name, messages, taken }) => {
		const place = ["snapshots", name];
		return h(
			"li.actions",
			h("b", name),
			h("span.hint", `${messages} messages, `, moment(taken)),
			doer("Go back", `Go back to ${name}`, "What has come since then is lost, but for the journal.", "POST", [...place, "restore"], {}, "quiet"),
			doer("Delete", `Delete ${name}`, "", "DELETE", place, {}, "quiet"),
		);
	};

	async function refresh() {
		const [{ mode, now, offset }, list] = await Promise.all([clockOf(tenant), get(path(tenant, "snapshots"))]);
		const shown = JSON.stringify([mode === "frozen" && now, mode, list]);
		if (shown === state) return;
		state = shown;
		clock.replaceChildren(
			facts([
				["It is", moment(now)],
				["Mode", mode],
				["Offset", mode === "shifted" && offset],
			]),
		);
		snapshots.replaceChildren(...(list.snapshots.length ? list.snapshots.map(item) : [h("li.hint", "None was taken.")]));
	}

	return { element, update: refresh, refresh };
}
