// A list of any length: pages are loaded as they are needed, and only what is in view is in the document.

import { get } from "./api.js";
import { h } from "./dom.js";

const ROW = 68; // pixels, as in style.css
const AROUND = 8; // rows beside those in view
const PAGE = 100;
const MOST = 1000; // of a page, where the user jumps far down
const KEPT = 300; // characters of a text: a row shows no more

export class List {
	path = "";
	total = 0;
	/** @type {{ id: number, item: any }[]} the newest ones, as many as were loaded */
	rows = [];
	next = "";
	chosen = 0;
	/** @type {any[]} */
	shown = [];
	isLoading = false;

	/** @param {import("./types").Box} box */
	constructor(box, href) {
		this.box = box;
		this.href = href;
		this.list = h("ul", { "aria-label": box.title, onkeydown: (event) => this.onKey(event) });
		this.element = h("div.rows", { onscroll: () => this.draw() }, this.list);
		new ResizeObserver(() => this.draw()).observe(this.element);
	}

	async load(path) {
		this.path = path;
		Object.assign(this, await this.page(PAGE));
		this.element.scrollTop = 0;
		this.draw();
	}

	/** Show what is there now, in the same place. */
	async refresh() {
		const { path, total, rows } = this;
		const page = await this.page(Math.min(MOST, Math.max(PAGE, this.inView()[1])));
		if (path !== this.path) return;
		const added = page.rows.findIndex(({ id }) => id === rows[0]?.id);
		if (added < 0 || page.total !== total + added) Object.assign(this, page);
		else {
			const older = rows.slice(page.rows.length - added);
			if (older.length) page.next = this.next;
			Object.assign(this, page, { rows: [...page.rows, ...older] });
			if (this.element.scrollTop) this.element.scrollTop += added * ROW;
		}
		this.draw();
	}

	async page(limit, cursor = "") {
		const { member, key } = this.box;
		const answer = await get(`${this.path}${this.path.includes("?") ? "&" : "?"}limit=${limit}${cursor && `&cursor=${cursor}`}`);
		const rows = answer[member].map((item) => ({ id: item[key], item: shortened(item) }));
		return { rows, total: answer.total, next: answer.next ?? "" };
	}

	/** @returns {number[]} the rows around those in view: the first, and the one after the last */
	inView() {
		const { scrollTop, clientHeight } = this.element;
		const first = AROUND * Math.max(0, Math.floor(scrollTop / ROW / AROUND) - 1);
		return [first, Math.min(this.rows.length, first + Math.ceil(clientHeight / ROW) + 3 * AROUND)];
	}

	draw() {
		const [first, last] = this.inView();
		const rows = this.rows.slice(first, last);
		if (last === this.rows.length && this.next && !this.isLoading) this.loadMore();
		const shown = [this.total, this.chosen, first, last, ...rows];
		if (shown.every((each, index) => each === this.shown[index])) return;
		this.shown = shown;
		const hasChosen = rows.some(({ id }) => id === this.chosen);
		const focused = /** @type {HTMLElement} */ (document.activeElement);
		const had = this.list.contains(focused) && focused.dataset.id;
		this.list.style.height = `${this.total * ROW}px`;
		this.list.style.paddingTop = `${first * ROW}px`;
		const entry = hasChosen ? this.chosen : rows[0]?.id; // what the tabulator goes to
		this.list.replaceChildren(...rows.map((row, index) => this.make(row, first + index, entry)));
		if (had) this.focus(had);
	}

	make({ id, item }, index, entry) {
		const link = { href: this.href(id), "aria-current": id === this.chosen && "true", "data-id": id, tabindex: id === entry ? 0 : -1 };
		return h("li", { "aria-setsize": this.total, "aria-posinset": index + 1 }, h("a", link, this.box.row(item)));
	}

	focus(id) {
		/** @type {any} */ (this.list.querySelector(`[data-id="${id}"]`))?.focus({ preventScroll: true });
	}

	async loadMore() {
		this.isLoading = true;
		const { path } = this;
		const end = (this.element.scrollTop + this.element.clientHeight) / ROW;
		const page = await this.page(end > this.rows.length + PAGE ? MOST : PAGE, this.next);
		this.isLoading = false;
		if (path === this.path) {
			const last = this.rows.at(-1)?.id ?? 0;
			this.rows.push(...page.rows.filter(({ id }) => id < last));
			this.next = page.next;
		}
		this.draw();
	}

	choose(id) {
		this.chosen = id;
		this.draw();
	}

	onKey(event) {
		const { clientHeight, scrollTop } = this.element;
		const many = Math.floor(clientHeight / ROW) || 1;
		const last = this.rows.length;
		const steps = { ArrowDown: 1, ArrowUp: -1, PageDown: many, PageUp: -many, Home: -last, End: last };
		const { id } = event.target.dataset;
		if (!(event.key in steps)) return;
		event.preventDefault();
		const here = this.rows.findIndex((row) => row.id === Number(id));
		const index = Math.max(0, Math.min(last - 1, here + steps[event.key]));
		this.element.scrollTop = Math.max((index + 1) * ROW - clientHeight, Math.min(scrollTop, index * ROW));
		this.draw();
		this.focus(this.rows[index].id);
	}
}

function shortened(item) {
	for (const name in item) if (typeof item[name] === "string") item[name] = item[name].slice(0, KEPT);
	return item;
}
