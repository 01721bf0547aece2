// The control API: requests, and the stream of events.

const ROOT = new URL(".", document.baseURI);
const POLL = 1000; // milliseconds, where there is no stream

export class ApiError extends Error {
	constructor(status, problem) {
		super(problem.error ?? `HTTP ${status}`);
		this.status = status;
		this.hint = problem.hint ?? "";
	}
}

/** What asks for a token when the double wants one. */
export const login = { ask: async (_problem) => "" };
let asking;

async function ask(path, init) {
	const { token } = sessionStorage;
	const response = await fetch(urlOf(path), { ...init, headers: token ? { Authorization: `Bearer ${encodeURI(token)}` } : {} });
	if (response.ok) return response;
	const problem = new ApiError(response.status, await response.json().catch(() => ({})));
	if (problem.status !== 401) throw problem;
	asking ??= login.ask(problem);
	sessionStorage.token = await asking;
	asking = null;
	return ask(path, init);
}

const urlOf = (path) => new URL(`_mock/v1/${path}`, ROOT).href;

export const get = async (path) => (await ask(path)).json();

export const bytes = async (path) => new Uint8Array(await (await ask(path)).arrayBuffer());

export async function send({ method, path, body }) {
	const response = await ask(path, { method, body: body && JSON.stringify(body) });
	return response.status === 204 ? null : response.json();
}

export const sleep = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

export const path = (...parts) => ["tenants", ...parts].map(encodeURIComponent).join("/");

export const baseUrl = (tenant) => ROOT.href.slice(0, -1) + (tenant === "default" ? "" : `/${encodeURIComponent(tenant)}`);

export function asCurl({ method, path, body }) {
	const token = sessionStorage.token && '-H "Authorization: Bearer $MESSAGING_DOUBLE_CONTROL_TOKEN"';
	return words("curl", (method !== "POST" || !body) && `-X ${method}`, quoted(urlOf(path)), token, body && `-d ${quoted(JSON.stringify(body))}`);
}

export const words = (...parts) => parts.filter(Boolean).join(" ");

export const quoted = (text) => `'${text.replaceAll("'", "'\\''")}'`;

const PYTHON = { null: "None", true: "True", false: "False", ",": ", ", ":": ": " };
/** A value as Python writes it: as JSON, but for some words and the blanks. */
export const asPython = (value) => `${JSON.stringify(value)}`.replace(/"(\\.|[^"\\])*"|[a-z]+|[,:]/g, (token) => PYTHON[token] ?? token);

export const clockOf = (tenant) => get(path(tenant, "clock"));

/** Names of the statuses, by number. */
export const statuses = new Map();
export const profiles = [];

export async function loadNames() {
	const known = await get("profiles");
	profiles.push(...known.profiles);
	for (const [name, number] of Object.entries(known.statuses)) statuses.set(number, name);
}

/** Call `changed` whenever the tenant changes, or any (null): by a stream, else every second. Return what ends it. */
export function watch(tenant, changed, notify) {
	const end = new AbortController();
	const run = async () => {
		let hasStream = true;
		while (!end.signal.aborted) {
			try {
				if (hasStream) {
					const response = await ask(tenant === null ? "events" : path(tenant, "events"), { signal: end.signal });
					notify("live");
					changed();
					await readEvents(response, changed);
				} else changed();
			} catch (error) {
				if (end.signal.aborted) return;
				hasStream = !(error instanceof ApiError && [403, 501].includes(error.status)); // 403: the token is a tenant's
				notify(hasStream ? "offline" : "polling");
			}
			await sleep(POLL);
		}
	};
	run();
	return () => end.abort();
}

async function readEvents(response, changed) {
	const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
	for (;;) {
		const { value, done } = await reader.read();
		if (done) return;
		if (value.includes("data: ")) changed();
	}
}
