// The control API: requests, and the stream of events.

/** @import { Request, Counts, LinkState } from "./types" */

const ROOT = new URL(".", document.baseURI);
const POLL = 1000; // milliseconds, where there is no stream

export class ApiError extends Error {
	constructor(status, problem) {
		super(problem.error ?? `HTTP ${status}`);
		this.status = status;
		this.hint = problem.hint ?? "";
	}
}

/** What asks for a token when the double wants one. @type {{ ask?: (error: ApiError) => Promise<string> }} */
export const login = {};
/** @type {Promise<string> | null} */
let asking = null;

/** @param {string} path @param {RequestInit} [init] @returns {Promise<Response>} */
async function ask(path, init) {
	const token = sessionStorage.getItem("token");
	const response = await fetch(urlOf(path), { ...init, headers: token ? { Authorization: `Bearer ${token}` } : {} });
	if (response.ok) return response;
	const problem = new ApiError(response.status, await response.json().catch(() => ({})));
	if (problem.status !== 401) throw problem;
	asking ??= login.ask?.(problem) ?? null;
	sessionStorage.setItem("token", (await asking) ?? "");
	asking = null;
	return ask(path, init);
}

const urlOf = (path) => new URL(`_mock/v1/${path}`, ROOT).href;

/** @param {string} path @returns {Promise<any>} */
export const get = async (path) => (await ask(path)).json();

export const bytes = async (path) => new Uint8Array(await (await ask(path)).arrayBuffer());

/** @param {Request} request @returns {Promise<any>} */
export async function send({ method, path, body }) {
	const response = await ask(path, { method, body: body && JSON.stringify(body) });
	return response.status === 204 ? null : response.json();
}

export const path = (...parts) => ["tenants", ...parts].map(encodeURIComponent).join("/");

export const baseUrl = (tenant) => ROOT.href.slice(0, -1) + (tenant === "default" ? "" : `/${encodeURIComponent(tenant)}`);

/** @param {Request} request */
export function asCurl({ method, path, body }) {
	const token = sessionStorage.getItem("token") && '-H "Authorization: Bearer $MESSAGING_DOUBLE_CONTROL_TOKEN"';
	return ["curl", (method !== "POST" || !body) && `-X ${method}`, quoted(urlOf(path)), token, body && `-d ${quoted(JSON.stringify(body))}`]
		.filter(Boolean)
		.join(" ");
}

export const quoted = (text) => `'${text.replaceAll("'", "'\\''")}'`;

/** @returns {string} a value as Python writes it */
export function asPython(value) {
	if (value === null) return "None";
	if (typeof value === "boolean") return value ? "True" : "False";
	if (Array.isArray(value)) return `[${value.map(asPython).join(", ")}]`;
	if (typeof value !== "object") return JSON.stringify(value);
	return `{${Object.entries(value)
		.map(([name, each]) => `${JSON.stringify(name)}: ${asPython(each)}`)
		.join(", ")}}`;
}

/** @returns {Promise<{ mode: string, now: string, offset: string }>} */
export const clockOf = (tenant) => get(path(tenant, "clock"));

/** Names of the statuses, by number. @type {Map<number, string>} */
export const statuses = new Map();
/** @type {{ name: string, help: string }[]} */
export const profiles = [];

export async function loadNames() {
	const known = await get("profiles");
	profiles.push(...known.profiles);
	for (const [name, number] of Object.entries(known.statuses)) statuses.set(number, name);
}

/**
 * Call `changed` whenever the tenant changes, or any: by a stream, else every second.
 * @param {string | null} tenant
 * @param {() => void} changed
 * @param {(state: LinkState) => void} told
 * @returns {() => void} ends it
 */
export function watch(tenant, changed, told) {
	const end = new AbortController();
	const run = async () => {
		let hasStream = true;
		while (!end.signal.aborted) {
			try {
				if (hasStream) {
					const response = await ask(tenant === null ? "events" : path(tenant, "events"), { signal: end.signal });
					told("live");
					changed();
					await readEvents(response, changed);
				} else changed();
			} catch (error) {
				if (end.signal.aborted) return;
				hasStream = !(error instanceof ApiError && error.status === 501);
				told(hasStream ? "offline" : "polling");
			}
			await new Promise((resolve) => setTimeout(resolve, POLL));
		}
	};
	run();
	return () => end.abort();
}

async function readEvents(response, changed) {
	const reader = /** @type {any} */ (response.body).pipeThrough(new TextDecoderStream()).getReader();
	for (;;) {
		const { value, done } = await reader.read();
		if (done) return;
		if (value.includes("data: ")) changed();
	}
}
