// <recsvc-list>: a list of suggestions in a page of a shop. docs/guides/widget.md says how it is used.

const HOME = new URL(".", import.meta.url).href;
const FIELDS = ["title", "url", "image_url", "price"];
const KNOWN = [...FIELDS, "categories", "in_stock", "attributes"];
const MAX_LISTS = 10, MAX_ITEMS = 25, MAX_EXCLUDED = 250, MAX_EVENTS = 20;
const SEEN_MS = 1000, COLLECT_MS = 1000;

const STYLE = new CSSStyleSheet();
STYLE.replaceSync(`
:host { display: block; min-height: var(--recsvc-height, auto); }
:host([hidden]), :host([state=empty]) { display: none !important; }
div { display: grid; grid-template-columns: minmax(0, 1fr); }
section, ul { grid-area: 1 / 1; }
:host([state=ready]) section, :host(:not([state=ready])) ul { visibility: hidden; }
ul { display: grid; grid-auto-flow: column; grid-auto-columns: var(--recsvc-card-width, 10.5rem);
  gap: var(--recsvc-gap, 1.25rem); margin: 0; padding: 0; list-style: none;
  overflow-x: auto; scrollbar-width: thin; }
a, img, span { display: block; }
[part=card] { color: inherit; text-decoration: none; outline-offset: -2px; }
[part=image] { width: 100%; aspect-ratio: 1; object-fit: contain; background: #7f7f7f17; border-radius: 4px; }
[part=title] { height: 2.7em; line-height: 1.35; margin-top: .5em; overflow: hidden; overflow-wrap: anywhere;
  display: -webkit-box; -webkit-box-orient: vertical; -webkit-line-clamp: 2; }
[part=price] { height: 1.5em; line-height: 1.5; }
a:hover [part=title] { text-decoration: underline; }
`);

const random = () => crypto.randomUUID?.() ?? crypto.getRandomValues(new Uint32Array(4)).join();

function make(name, part, ...children) {
  const made = document.createElement(name);
  if (part) made.setAttribute("part", part);
  made.append(...children);
  return made;
}

/** Only addresses of the web: a catalogue's "javascript:" and "data:" come into no page. */
function webAddress(text) {
  try {
    const url = new URL(text, document.baseURI);
    if (text && /^https?:$/.test(url.protocol)) return url.href;
  } catch {}
}

const outboxes = new Map();
let timer;

function tell(door, event, now) {
  if (!outboxes.has(door.id)) outboxes.set(door.id, { door, events: [] });
  outboxes.get(door.id).events.push(event);
  if (now || document.hidden) send();
  else timer ??= setTimeout(send, COLLECT_MS);
}

function send() {
  clearTimeout(timer);
  timer = undefined;
  for (const { door, events } of outboxes.values())
    while (events.length) post(door, JSON.stringify({ events: events.splice(0, MAX_EVENTS) }));
}

/** Posts what arrives even if the page is left: with a key as text, because browsers then need no preflight.
    Unlike sendBeacon, fetch sends no cookies, and its Origin under every Referrer-Policy. */
function post({ src, key }, text) {
  const url = src + "v1/events" + (key ? "?key=" + key : "");
  const body = new Blob([text], { type: key ? "text/plain" : "application/json" });
  if ("keepalive" in Request.prototype)
    fetch(url, { method: "POST", body, keepalive: true, credentials: "omit" }).catch(() => {});
  else navigator.sendBeacon(url, body);
}

addEventListener("visibilitychange", () => document.hidden && send());

/** Lists that come near the window together share a request; none has an item that another shows. */
const lists = new Set();
let waiting = [];

function ask(list) {
  if (waiting.push(list) === 1) queueMicrotask(askAll);
}

function askAll() {
  const doors = new Map();
  waiting.sort((a, b) => (a.compareDocumentPosition(b) & Node.DOCUMENT_POSITION_FOLLOWING ? -1 : 1));
  for (const list of waiting.splice(0)) {
    const { id } = list.door;
    if (!doors.has(id)) doors.set(id, []);
    doors.get(id).push(list);
  }
  doors.forEach(async (some) => {
    while (some.length) await askFor(some.splice(0, MAX_LISTS));
  });
}

async function askFor(some) {
  const { src, key, shopper, id } = some[0].door;
  const turns = some.map((list) => list.turn);
  const shown = [...lists].flatMap((list) => (list.door.id !== id || some.includes(list) ? [] : list.itemIds));
  const exclude = shown.slice(0, MAX_EXCLUDED);
  const fields = KNOWN.filter((name) => some.some((list) => list.fields.includes(name))).join() || undefined;
  const placements = some.map((list, place) => list.wish(`${place}`));
  let status, found;
  try {
    const answer = await fetch(src + "v1/recommend/page", {
      method: "POST",
      headers: { "Content-Type": "application/json", ...(key && { "X-API-Key": key }) },
      body: JSON.stringify({ ...shopper, fields, exclude, placements }),
      credentials: "omit",
      signal: AbortSignal.timeout(Math.max(...some.map((list) => list.timeout))),
    });
    status = answer.status;
    if (answer.ok) found = (await answer.json()).lists;
  } catch {} // away or too slow
  // One of an unknown item, say, must not take the others with it.
  if (some[1] && (status === 404 || status === 422)) for (const list of some) await askFor([list]);
  else some.forEach((list, place) => list.turn === turns[place] && list.take(found?.[place]));
}

const nearness = new IntersectionObserver((entries) => {
  for (const { isIntersecting, target } of entries)
    if (isIntersecting) {
      nearness.unobserve(target);
      ask(target);
    }
}, { rootMargin: "300px" });

const timers = new WeakMap();
const sight = new IntersectionObserver((entries) => {
  for (const { intersectionRatio, target } of entries) {
    clearTimeout(timers.get(target));
    if (intersectionRatio >= 0.5) timers.set(target, setTimeout(look, SEEN_MS, target));
  }
}, { threshold: 0.5 });

function look(cell) {
  sight.unobserve(cell);
  if (document.hidden) sight.observe(cell); // is told once the page is shown again
  else cell.getRootNode().host?.tell("impression", cell, { seen: true });
}

/** The id of a guest's visit: of this page alone, unless the browser may keep it. */
let visit;

function visitOf(mayStore) {
  try {
    if (mayStore) visit = sessionStorage.getItem("recsvc-visit") ?? visit;
    visit ??= random();
    if (mayStore) sessionStorage.setItem("recsvc-visit", visit);
  } catch {}
  return (visit ??= random());
}

class RecsvcList extends HTMLElement {
  static observedAttributes = ["placement", "user", "session", "items", "category", "n", "consent"];
  turn = 0;
  itemIds = [];
  #shown = new WeakMap(); // cell -> what is in it, as it is told
  #list = make("ul", "list");

  connectedCallback() {
    lists.add(this);
    if (!this.shadowRoot) this.#build();
    this.refresh();
  }

  disconnectedCallback() {
    lists.delete(this);
    nearness.unobserve(this);
  }

  attributeChangedCallback() {
    if (this.shadowRoot && this.isConnected) this.refresh();
  }

  /** Asks when the list is near the window; one that is shown stays until then. */
  refresh() {
    this.turn++;
    if (this.getAttribute("state") !== "ready") {
      this.setAttribute("state", "loading");
      this.#fill(Array(this.count).fill());
    }
    nearness.unobserve(this);
    nearness.observe(this);
  }

  #given(name) {
    return this.getAttribute(name) || undefined;
  }

  get count() {
    return Math.min(MAX_ITEMS, Math.max(1, parseInt(this.#given("n")) || 6));
  }

  get timeout() {
    return parseInt(this.#given("timeout")) || 800;
  }

  get template() {
    return this.querySelector(":scope > template");
  }

  get fields() {
    const slots = this.template?.content.querySelectorAll("[data-field]");
    return slots ? Array.from(slots, (slot) => slot.dataset.field.split(".")[0]) : FIELDS;
  }

  /** Which service makes the list, and for whom: lists of one door share a request. */
  get door() {
    const key = this.#given("api-key");
    const src = new URL(this.#given("src") ?? HOME, document.baseURI).href.replace(/\/?$/, "/");
    const consent = this.getAttribute("consent"), mayStore = consent === "" || consent === "true";
    const user_id = this.#given("user");
    const session_id = this.#given("session") ?? (user_id ? undefined : visitOf(mayStore));
    const shopper = consent === null || mayStore ? { user_id, session_id } : { consent: false };
    return { key, src, shopper, id: JSON.stringify([key, src, shopper]) };
  }

  wish(name) {
    const item_ids = this.#given("items")?.split(",").map((id) => id.trim());
    return { name, placement: this.#given("placement"), category: this.#given("category"), n: this.count, item_ids };
  }

  /** Shows a list; without one, what the shop put into the element. */
  take(list) {
    this.itemIds = list?.items?.map((item) => item.item_id) ?? [];
    if (this.itemIds[0]) {
      this.#fill(list.items, list.recommendation_id);
      const heading = this.querySelector("[slot=heading]")?.textContent.trim();
      this.#list.ariaLabel = heading || this.ariaLabel || list.placement;
      this.setAttribute("state", "ready");
      for (const cell of this.#list.children) {
        this.tell("impression", cell);
        sight.observe(cell);
      }
    } else {
      const isOwn = (node) => node !== this.template && !node.slot && (node.localName || node.data?.trim());
      this.setAttribute("state", [...this.childNodes].some(isOwn) ? "fallback" : "empty");
    }
    this.dispatchEvent(new CustomEvent("recsvc-list", { bubbles: true, detail: list }));
  }

  tell(type, cell, more) {
    const { door } = this;
    if (door.shopper.consent === false) return;
    const event = { type, ...door.shopper, ...this.#shown.get(cell), event_id: random(), ...more };
    tell(door, event, type !== "impression");
  }

  #build() {
    const root = this.attachShadow({ mode: "open" });
    root.adoptedStyleSheets = [STYLE];
    const heading = make("slot");
    heading.name = "heading";
    this.#list.setAttribute("role", "list"); // Safari takes one without bullets for none
    root.append(heading, make("div", "", make("section", "fallback", make("slot")), this.#list));
    this.#list.onclick = this.#list.onauxclick = (event) => {
      const path = event.composedPath(), cell = path.find((node) => this.#shown.has(node));
      const type = path.find((node) => node.dataset?.event)?.dataset.event ?? (path.some((node) => node.href) && "click");
      if (cell && type && event.button < 2) this.tell(type, cell);
    };
  }

  #fill(items, recommendation_id) {
    for (const old of this.querySelectorAll(":scope > [slot^=recsvc-]")) old.remove();
    this.#list.replaceChildren(...items.map((item, place) => {
      const cell = make("li", "item", this.template ? this.#clone(item, "recsvc-" + place) : this.#card(item));
      if (item) this.#shown.set(cell, { item_id: item.item_id, position: item.rank, recommendation_id });
      return cell;
    }));
  }

  #text(item, field) {
    const value = field.split(".").reduce((part, name) => part?.[name], item) ?? undefined;
    if (field !== "price" || value === undefined) return value?.join?.(", ") ?? value;
    const currency = this.#given("currency");
    const style = currency ? { style: "currency", currency } : { minimumFractionDigits: 2 };
    try {
      return new Intl.NumberFormat(this.closest("[lang]")?.lang || undefined, style).format(value);
    } catch {
      return `${value}`;
    }
  }

  /** A card of those shops that give no template; without an item it takes the same room. */
  #card(item = {}) {
    const url = webAddress(item.url), address = webAddress(item.image_url);
    const image = make(address ? "img" : "span", "image");
    if (address) Object.assign(image, { alt: "", loading: "lazy", src: address });
    const texts = ["title", "price"].map((part) => make("span", part, this.#text(item, part) ?? ""));
    const card = make(url ? "a" : "span", "card", image, ...texts);
    if (url) card.href = url;
    return card;
  }

  /** A clone of the shop's template, in the page itself, where the shop's styles reach it. */
  #clone(item, name) {
    const card = make("div", "", this.template.content.cloneNode(true)), place = make("slot");
    place.name = card.slot = name;
    for (const slot of item ? card.querySelectorAll("[data-field]") : []) {
      const name = { a: "href", img: "src" }[slot.localName];
      const text = this.#text(item, slot.dataset.field), value = name ? webAddress(text) : text;
      if (value === undefined) slot.hidden = name !== "href";
      else slot[name ?? "textContent"] = value;
    }
    this.append(card);
    return place;
  }
}

if (!customElements.get("recsvc-list")) customElements.define("recsvc-list", RecsvcList);
