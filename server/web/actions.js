// What can be done: each action is a dialog that shows the request it stands for. Nothing is done before it is confirmed.

/** @import { Action, Field } from "./types" */
import { asCurl, asPython, path, profiles, send, statuses } from "./api.js";
import { button, form, h, icon, problemText, snippet, toast } from "./dom.js";

const OPERATIONS = "SendMessages SendMessagesWithConfig CreateMessage GetDeliveryStatus SetDeliveryStatus GetPlugins";

/** A button, and the dialog that it opens. @param {string} label @param {Action} action */
export const opener = (label, action, kind = "plain") => button(label, () => act({ verb: label, kind, ...action }), kind);

/** @param {Action} action */
function act({ title, about, verb, kind, fields = [], method = "POST", path, body = fields.length ? (values) => values : () => undefined, python, done }) {
	const problem = h("p.problem", { role: "alert" });
	const json = h("textarea", { "aria-label": "JSON", rows: 7, readonly: !python });
	const curl = h("code");
	const code = h("code");
	const submit = h(kind === "danger" ? "button.danger" : "button.primary", verb);
	const asked = () => ({ method, path, body: json.value ? JSON.parse(json.value) : undefined });
	const preview = ({ target }) => {
		try {
			if (target !== json) json.value = JSON.stringify(body(Object.fromEntries(new FormData(element))), null, 2) ?? "";
			curl.textContent = asCurl(asked());
			code.textContent = python?.(asked().body) ?? "";
			problem.textContent = "";
		} catch (error) {
			problem.textContent = error.message;
		}
	};
	const onsubmit = async () => {
		submit.disabled = true;
		try {
			const answer = await send(asked());
			dialog.close();
			toast(done?.(answer) ?? "Done.");
		} catch (error) {
			problem.replaceChildren(...problemText(error));
		}
		submit.disabled = false;
	};
	const same = [h("summary", "The same as JSON and curl", python && ", and in Python"), json, snippet("curl", curl), python && snippet("Python", code)];
	const cancel = button("Cancel", () => dialog.close());
	const element = form(
		onsubmit,
		{ oninput: preview },
		h("p", about),
		h("div.fields", fields.map(control)),
		h("details", { open: Boolean(python) }, same),
		problem,
		h("footer", cancel, submit),
	);
	const dialog = openDialog(title, element);
	preview({ target: element });
	json.hidden = !json.value;
}

export function openDialog(title, content) {
	const close = button(icon("close"), () => dialog.close(), "bare", "Close");
	const dialog = h("dialog", { "aria-label": title, onclose: () => dialog.remove() }, h("header", h("h2", title), close), content);
	document.body.append(dialog);
	dialog.showModal();
	/** @type {HTMLElement} */ (dialog.querySelector("label :is(input, select), footer :last-child")).focus();
	return dialog;
}

/** @param {Field} field */
function control({ name, label, value = "", kind = "text", options, optional, help }) {
	const common = { name, value, required: !optional, autocomplete: "off" };
	const option = ([it, text = it]) => h("option", { value: it, selected: it === value }, text);
	const list = options?.map((each) => option(typeof each === "string" ? [each] : each));
	const input = list ? h("select", common, list) : h("input", common, { type: kind, min: 1 });
	return h("label", label, optional && h("small", " optional"), input, help && h("small", help));
}

export const messageActions = (tenant, { messagingId: id, profile }) => [
	opener(
		"Reply",
		{
			title: `Answer message ${id}`,
			about: "The recipient answers: a message with the same session key comes into the inbox.",
			verb: "Send the answer",
			fields: [{ name: "content", label: "Text", value: "OK" }],
			path: path(tenant, "outbox", id, "reply"),
		},
		"primary",
	),
	opener("Set status", {
		title: `Set the status of message ${id}`,
		about: "This ends its simulated delivery.",
		verb: "Set the status",
		fields: [
			{ name: "status", label: "Status", options: [...statuses.values()], value: "delivered" },
			{ name: "description", label: "Description", optional: true },
		],
		path: path(tenant, "outbox", id, "status"),
		body: ({ status, description }) => ({ status, ...(description && { description }) }),
	}),
	opener("Next step", {
		title: `Take the next step of message ${id}`,
		about: `The next step of its profile (${profile}) is taken now, whatever it waits for.`,
		verb: "Take the step",
		path: path(tenant, "outbox", id, "step"),
	}),
];

/** @param {string} tenant @param {any[]} faults @param {string} [chosen] the fault to begin with */
export function addRule(tenant, faults, chosen) {
	const answers = new Map(faults.map(({ name, then }) => [name, then]));
	for (const { name } of profiles) answers.set(`profile: ${name}`, { profile: name });
	act({
		title: "Add a rule",
		about: "When a call meets all of this, it is answered so. What is empty, every call meets.",
		verb: "Add the rule",
		fields: [
			{ name: "then", label: "Answer", options: [...answers.keys()], value: chosen },
			{ name: "operation", label: "Operation", options: [["", "any"], ...OPERATIONS.split(" ")], value: "SendMessages", optional: true },
			{ name: "to", label: "To", optional: true, help: "+47* is any number that begins so" },
			{ name: "content", label: "Content contains", optional: true },
			{ name: "times", label: "How often", kind: "number", value: "1", optional: true },
			{ name: "name", label: "Name of the rule", optional: true },
		],
		path: path(tenant, "rules"),
		body: ({ then, operation, to, content, times, name }) => {
			const when = {
				...(operation && { operation }),
				...(to && { to: /[*?]/.test(to) ? { pattern: to } : to }),
				...(content && { content: { contains: content } }),
			};
			return { ...(name && { name }), when, then: answers.get(then), ...(times && { times: Number(times) }) };
		},
		python: ({ then, ...rest }) => {
			const keywords = Object.entries(rest).map(([name, value]) => `${name}=${asPython(value)}`);
			return `double.tenant(${asPython(tenant)}).rules.add(${[asPython(then), ...keywords].join(", ")})`;
		},
	});
}
