// What can be done: each action is a dialog that shows the request it stands for. Nothing is done before it is confirmed.

/** @import { Action, Field } from "./types" */
import { asCurl, asPython, path, profiles, send, statuses } from "./api.js";
import { button, h, icon, snippet, toast } from "./dom.js";

const OPERATIONS = "SendMessages SendMessagesWithConfig CreateMessage GetDeliveryStatus SetDeliveryStatus GetPlugins";

/** @param {Action} action */
export function act({ title, about, verb, kind = "primary", fields = [], request, python, done }) {
	const problem = h("p.problem", { role: "alert" });
	const json = h("textarea", { "aria-label": "JSON", rows: 7, readonly: !python });
	const curl = h("code");
	const code = h("code");
	const submit = h(kind === "danger" ? "button.danger" : "button.primary", verb);
	const asked = () => ({ ...request(Object.fromEntries(new FormData(form))), ...(json.value && { body: JSON.parse(json.value) }) });
	const preview = ({ target }) => {
		try {
			if (target !== json) json.value = JSON.stringify(request(Object.fromEntries(new FormData(form))).body, null, 2) ?? "";
			curl.textContent = asCurl(asked());
			code.textContent = python?.(asked().body) ?? "";
			problem.textContent = "";
		} catch (error) {
			problem.textContent = error.message;
		}
	};
	const onsubmit = async (event) => {
		event.preventDefault();
		submit.disabled = true;
		try {
			const answer = await send(asked());
			dialog.close();
			toast(done?.(answer) ?? "Done.");
		} catch (error) {
			problem.replaceChildren(h("b", error.message), ` ${error.hint ?? ""}`);
		}
		submit.disabled = false;
	};
	const same = [h("summary", "The same as JSON and curl", python && ", and in Python"), json, snippet("curl", curl), python && snippet("Python", code)];
	const form = h(
		"form",
		{ onsubmit, oninput: preview },
		h("p", about),
		h("div.fields", fields.map(control)),
		h("details", { open: Boolean(python) }, same),
		problem,
	);
	form.append(
		h(
			"footer",
			button("Cancel", () => dialog.close()),
			submit,
		),
	);
	const dialog = openDialog(title, form);
	preview({ target: form });
	json.hidden = !json.value;
}

/** @param {string} title @param {HTMLElement} content */
export function openDialog(title, content) {
	const close = h("button.bare", { type: "button", "aria-label": "Close", onclick: () => dialog.close() }, icon("close"));
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
	const input = options
		? h(
				"select",
				common,
				options.map((each) => option(typeof each === "string" ? [each] : each)),
			)
		: h("input", common, { type: kind, min: 1 });
	return h("label", label, optional && h("small", " optional"), input, help && h("small", help));
}

const post = (tenant, id, what, body) => ({ method: "POST", path: path(tenant, "outbox", id, what), body });

export const reply = (tenant, { messagingId }) =>
	act({
		title: `Answer message ${messagingId}`,
		about: "The recipient answers: a message with the same session key comes into the inbox.",
		verb: "Send the answer",
		fields: [{ name: "content", label: "Text", value: "OK" }],
		request: (body) => post(tenant, messagingId, "reply", body),
	});

export const setStatus = (tenant, { messagingId }) =>
	act({
		title: `Set the status of message ${messagingId}`,
		about: "This ends its simulated delivery.",
		verb: "Set the status",
		fields: [
			{ name: "status", label: "Status", options: [...statuses.values()], value: "delivered" },
			{ name: "description", label: "Description", optional: true },
		],
		request: ({ status, description }) => post(tenant, messagingId, "status", description ? { status, description } : { status }),
	});

export const takeStep = (tenant, { messagingId, outcome }) =>
	act({
		title: `Take the next step of message ${messagingId}`,
		about: `The next step of its profile (${outcome}) is taken now, whatever it waits for.`,
		verb: "Take the step",
		request: () => post(tenant, messagingId, "step"),
	});

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
		request: ({ then, operation, to, content, times, name }) => {
			const when = {
				...(operation && { operation }),
				...(to && { to: /[*?]/.test(to) ? { pattern: to } : to }),
				...(content && { content: { contains: content } }),
			};
			const body = { ...(name && { name }), when, then: answers.get(then), ...(times && { times: Number(times) }) };
			return { method: "POST", path: path(tenant, "rules"), body };
		},
		python: ({ then, ...rest }) => {
			const keywords = Object.entries(rest).map(([name, value]) => `${name}=${asPython(value)}`);
			return `double.tenant(${asPython(tenant)}).rules.add(${[asPython(then), ...keywords].join(", ")})`;
		},
	});
}
