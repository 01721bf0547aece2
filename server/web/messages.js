// Messages of the outbox and of the inbox.

/** @import { Box } from "./types" */
import { reply, setStatus, takeStep } from "./actions.js";
import { get, path, statuses } from "./api.js";
import { button, clientText, copyButton, countHidden, facts, h, members, moment, section } from "./dom.js";

const GSM = /^[\n\r !"#$%&'()*+,\-./0-9:;<=>?@A-Z_a-z¡£¤¥§¿ÄÅÆÇÉÑÖØÜßàäåæèéìñòöøùüΔΦΓΛΩΠΨΣΘΞ^{}\\[~\]|€\f]*$/;
const TWICE = /[\^{}\\[~\]|€\f]/g;

let showsHidden = false;

/** @param {number} number */
const badge = (number) => h(`span.badge.${statuses.get(number) ?? "other"}`, statuses.get(number) ?? `status ${number}`);

const row = (who, mark, { content, registered }) => [
	h("span.line", h("bdi.who", who ?? "nobody"), mark, moment(registered)),
	h("bdi.what", content ?? "no content"),
];

/** @returns {Box} */
export const outbox = () => ({
	member: "messages",
	key: "messagingId",
	title: "Outbox",
	search: "code to.pattern=+47*",
	contains: "contains",
	quick: [["", "Any status"], ...[...statuses.values()].map((name) => /** @type {[string, string]} */ ([`status=${name}`, name]))],
	empty: "No message was sent to this tenant yet.",
	row: (message) => row(message.to, badge(message.status), message),
	async detail(tenant, message) {
		const [{ messages }, { exchange }] = await Promise.all([
			get(path(tenant, "threads", message.sessionKey)),
			get(path(tenant, "outbox", message.messagingId, "exchange")),
		]);
		return {
			state: [message, messages, exchange],
			title: [h("bdi", message.to ?? "nobody"), " ", badge(message.status)],
			actions: [
				button("Reply", () => reply(tenant, message), "primary"),
				button("Set status", () => setStatus(tenant, message)),
				button("Next step", () => takeStep(tenant, message)),
			],
			parts: [
				conversation(messages, message),
				section(
					"Status history",
					h(
						"ol.timeline",
						message.statuses.map((each) =>
							h(
								`li.${statuses.get(each.status)}`,
								badge(each.status),
								moment(each.at),
								h("p", clientText(each.statusDescription)),
								h("small", `by ${each.by}`),
							),
						),
					),
				),
				message.config && section("Config", facts(message.config.map(({ key, value }) => [key, clientText(value)]))),
				section(
					"Message",
					members({ ...message, content: undefined }),
					h(
						"p",
						"Sent by ",
						exchange
							? h("a", { href: `#/${path(tenant, "journal", exchange.id).slice(8)}` }, `exchange ${exchange.id}`)
							: "a call that the journal does not have",
						".",
					),
					copyButton("JSON", () => JSON.stringify(message, null, 2)),
				),
			],
		};
	},
});

/** @returns {Box} */
export const inbox = () => ({
	member: "messages",
	key: "id",
	title: "Inbox",
	search: "Takk from.pattern=+47*",
	contains: "contains",
	quick: [
		["", "Any origin"],
		["origin=CreateMessage", "CreateMessage"],
		["origin=reply", "Replies"],
	],
	empty: "No message came in. Answer one of the outbox, or let your application call CreateMessage.",
	row: (message) => row(message.from, h("span.badge.sent", message.origin), message),
	async detail(tenant, message) {
		const { messages } = message.sessionKey ? await get(path(tenant, "threads", message.sessionKey)) : { messages: [message] };
		return {
			state: [message, messages],
			title: ["from ", h("bdi", message.from ?? "nobody")],
			parts: [
				conversation(messages, message),
				section(
					"Message",
					members({ ...message, content: undefined }),
					copyButton("JSON", () => JSON.stringify(message, null, 2)),
				),
			],
		};
	},
});

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
	return section(
		"Conversation",
		hidden > 0 && h("label.check", h("input", { type: "checkbox", checked: showsHidden, onchange }), `Show hidden characters (${hidden})`),
		box,
	);
}

function bubble(message, chosen) {
	const isSent = "messagingId" in message;
	const isChosen = message.messagingId === chosen.messagingId && message.id === chosen.id;
	return h(
		isSent ? "div.bubble.sent-out" : "div.bubble.came-in",
		{ "aria-current": isChosen && "true" },
		h("p", clientText(message.content, showsHidden)),
		h("small", h("bdi", (isSent ? message.to : message.from) ?? "nobody"), " · ", moment(message.registered), ` · ${segments(message.content ?? "")}`),
	);
}

/** How long a text is, and how many short messages it takes. */
function segments(text) {
	const isGsm = GSM.test(text);
	const length = text.length + (isGsm ? (text.match(TWICE)?.length ?? 0) : 0);
	const [single, part] = isGsm ? [160, 153] : [70, 67];
	return `${length} characters, ${length > single ? Math.ceil(length / part) : 1} SMS`;
}
