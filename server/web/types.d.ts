// The types that the comments of the modules name. Not shipped.

export type Child = Node | string | number | false | null | undefined;
export type Attributes = Record<string, unknown>;
type TagOf<S extends string> = S extends `${infer T}.${string}` ? T : S;
export type ElementOf<S extends string> = TagOf<S> extends keyof HTMLElementTagNameMap ? HTMLElementTagNameMap[TagOf<S>] : HTMLElement;
export type Make = <S extends string>(selector: S, ...rest: (Attributes | Child | (Attributes | Child | Child[])[])[]) => ElementOf<S>;

export type Place = { tenant?: string; view?: string; id?: string | number | null; query?: URLSearchParams };
export interface Route {
	tenant: string;
	view: string;
	id: string | null;
	query: URLSearchParams;
	href(place: Place): string;
	go(place: Place): void;
}
export interface View {
	element: HTMLElement;
	/** Show what the address says. */
	update(route: Route): Promise<void>;
	/** Show what there is now. */
	refresh(): Promise<void>;
}

/** One of the lists: outbox, inbox, journal. */
export interface Box {
	/** Of the JSON that has the rows. */
	member: string;
	/** The member of a row that is its id. */
	key: string;
	title: string;
	/** An example of a search. */
	search: string;
	/** The filter that a bare text stands for. */
	contains?: string;
	/** Filters to choose from, with their labels. */
	quick: Record<string, string>;
	empty: string;
	row(item: any): Child[];
	detail(tenant: string, item: any): Promise<Detail>;
}
export interface Detail {
	title: Child[];
	actions?: HTMLElement[];
	parts: Child[];
	/** Differs when there is something else to show. */
	state: unknown;
}

/** A dialog, and the request that it stands for. */
export interface Action {
	title: string;
	about?: string;
	/** Of the button that confirms it; else that of the one that opens it. */
	verb?: string;
	/** Of the button. */
	kind?: string;
	fields?: Field[];
	/** POST, if it is not said. */
	method?: string;
	path: string;
	/** Of the request, by the values of the fields; else these themselves. */
	body?(values: Record<string, any>): unknown;
	/** The call in Python, where the JSON can be changed by hand. */
	python?(body: any): string;
	/** What is said when it is done. */
	done?(answer: any): string;
}
export interface Field {
	name: string;
	label: string;
	value?: string;
	/** A type of input. */
	kind?: string;
	/** Values, with their labels where these differ. */
	options?: (string | [string, string])[];
	optional?: boolean;
	help?: string;
}

/** A note of the journal, and whether its place was found. */
export type Mark = { note: string; number: number; isFound: boolean };
