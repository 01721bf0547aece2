// Messages of the outbox and of the inbox.

import { messageActions } from "./actions.js";
import { get, path, statuses } from "./api.js";
import { badge, clientText, copyButton, countHidden, facts, h, members, moment, section } from "./dom.js";

const GSM = /^[\n\r !"#$%&'()*+,\-./0-9:;<=>?@A-Z_a-z¡£¤¥§¿ÄÅÆÇÉÑÖØÜßàäåæèéìñòöøùüΔΦΓΛΩΠΨΣΘΞ^{}\\[~\]|€\f]*$/;
const TWICE = /[\^{}\\[~\]|€\f]/g;

let showsHidden = false;

const statusBadge = (number) => badge(statuses.get(number) ?? "other", statuses.get(number) ?? `status ${number}`);

const row = (who, mark, { content, registered }) => [
	h("span.line", h("bdi.who", who ?? "nobody"), mark, moment(registered)),
	h("bdi.what", content ?? "no content"),
];

/** @returns {import("./types").Box} */
export const outbox = () => ({
	member: "messages",
	key: "messagingId",
	title: "Outbox",
	search: "code to.pattern=+47*",
	quick: { "": "Any status", ...Object.fromEntries([...statuses.values()].map((name) => [`status=${name}`, name])) },
	empty: "No message was sent to this tenant yet.",
	row: (message) => row(message.to, statusBadge(message.status), message),
	async detail(tenant, message) {
		const [{ messages }, { exchange }] = await Promise.all([
			get(path(tenant, "threads", message.sessionKey)),
			get(path(tenant, "outbox", message.messagingId, "exchange")),
		]);
		const call = exchange && h("a", { href: `#/${path(tenant, "journal", exchange.id).slice(8)}` }, `exchange ${exchange.id}`);
		return {
			state: [message, messages, exchange],
			title: [h("bdi", message.to ?? "nobody"), " ", statusBadge(message.status)],
			actions: messageActions(tenant, message),
			parts: [
				conversation(messages, message),
				section("Status history", h("ol.timeline", message.statuses.map(step))),
				message.config && section("Config", facts(message.config.map(({ key, value }) => [key, clientText(value)]))),
				about(message, h("p", "Sent by ", call ?? "a call that the journal does not have", ".")),
			],
		};
	},
});

/** @returns {import("./types").Box} */
export const inbox = () => ({
	member: "messages",
	key: "id",
	title: "Inbox",
	search: "Takk from.pattern=+47*",
	quick: { "": "Any origin", "origin=CreateMessage": "CreateMessage", "origin=reply": "Replies" },
	empty: "No message came in. Answer one of the outbox, or let your application call CreateMessage.",
	row: (message) => row(message.from, badge("sent", message.origin), message),
	async detail(tenant, message) {
		const { messages } = message.sessionKey ? await get(path(tenant, "threads", message.sessionKey)) : { messages: [message] };
		return {
			state: [message, messages],
			title: ["from ", h("bdi", message.from ?? "nobody")],
			parts: [conversation(messages, message), about(message)],
		};
	},
});

const step = ({ status, at, statusDescription, by }) => h("li", statusBadge(status), moment(at), h("p", clientText(statusDescription)), h("small", `by ${by}`));

function about(message, ...more) {
	const copy = copyButton("JSON", () => JSON.stringify(message, null, 2));
	return section("Message", members({ ...message, content: undefined }), more, copy);
}

/** Both directions, as a phone shows them: what the application sent stands to the right. */
function conversation(messages, chosen) {
	const hidden = messages.reduce((sum, { content }) => sum + countHidden(content ?? ""), 0);
	const box = h("div.phone");
	const fill = () => box.replaceChildren(...messages.map((each) => bubble(each, chosen)));
	const onchange = ({ target }) => {
		showsHidden = target.checked;
		fill();
	};
	fill();
	const check = h("label.check", h("input", { type: "checkbox", checked: showsHidden, onchange }), `Show hidden characters (${hidden})`);
	return section("Conversation", hidden > 0 && check, box);
}

function bubble(message, chosen) {
	const isSent = "messagingId" in message;
	const isChosen = message.messagingId === chosen.messagingId && message.id === chosen.id;
	const who = (isSent ? message.to : message.from) ?? "nobody";
	return h(
		isSent ? "div.bubble.sent-out" : "div.bubble.came-in",
		{ "aria-current": isChosen && "true" },
		h("p", clientText(message.content, showsHidden)),
		h("small", h("bdi", who), " · ", moment(message.registered), ` · ${segments(message.content ?? "")}`),
	);
}

/** How long a text is, and how many short messages it takes. */
function segments(text) {
	const isGsm = GSM.test(text);
	const length = text.length + (isGsm ? (text.match(TWICE)?.length ?? 0) : 0);
	const [single, part] = isGsm ? [160, 153] : [70, 67];
	return `${length} characters, ${length > single ? Math.ceil(length / part) : 1} SMS`;
}
