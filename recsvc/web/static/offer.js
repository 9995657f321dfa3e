// <recsvc-offer>: what is offered to the shopper who is signed in. docs/guides/widget.md says how it is used.

const HOME = new URL(".", import.meta.url).href;
const SEEN_MS = 1000;
const ASKED = ["user", "token", "consent"];

const STYLE = new CSSStyleSheet();
STYLE.replaceSync(`
:host { display: block; }
:host([hidden]), :host(:not([state=ready])) { display: none !important; }
[part=title], [part=code], [part=until] { display: block; overflow-wrap: anywhere; }
[part=title] { font-weight: bold; color: inherit; }
[part=code] { font: 1.1em monospace; user-select: all; margin: .25em 0; }
`);

function make(name, part, text) {
  const made = document.createElement(name);
  made.setAttribute("part", part);
  made.textContent = text;
  return made;
}

/** Only addresses of the web. */
function webAddress(text) {
  try {
    const url = new URL(text, document.baseURI);
    if (text && /^https?:$/.test(url.protocol)) return url.href;
  } catch {}
}

class RecsvcOffer extends HTMLElement {
  static observedAttributes = ASKED;
  #turn = 0;
  #shown;
  #sight = new IntersectionObserver(([{ intersectionRatio }]) => {
    clearTimeout(this.#timer);
    if (intersectionRatio >= 0.5) this.#timer = setTimeout(() => this.#seen(), SEEN_MS);
  }, { threshold: 0.5 });
  #timer;

  connectedCallback() {
    if (!this.shadowRoot) {
      const root = this.attachShadow({ mode: "open" });
      root.adoptedStyleSheets = [STYLE];
      root.addEventListener("click", ({ target }) => target.closest?.("a") && this.#dispatch("recsvc-offer-click"));
    }
    this.refresh();
  }

  disconnectedCallback() {
    this.#sight.disconnect();
    clearTimeout(this.#timer);
  }

  attributeChangedCallback() {
    if (this.shadowRoot && this.isConnected) this.refresh();
  }

  #given(name) {
    return this.getAttribute(name) || undefined;
  }

  /** Asks what is offered; only for a shopper whose token the shop's server signed, and who agreed to be recognised. */
  async refresh() {
    const turn = ++this.#turn, [user_id, token, consent] = ASKED.map((name) => this.#given(name));
    this.setAttribute("state", "loading");
    const offer = user_id && token && consent !== "false" ? await this.#ask({ user_id, token }) : null;
    if (turn === this.#turn) this.#show(offer);
  }

  async #ask(shopper) {
    const key = this.#given("api-key");
    const src = new URL(this.#given("src") ?? HOME, document.baseURI).href.replace(/\/?$/, "/");
    try {
      const answer = await fetch(src + "v1/offers", {
        method: "POST",
        headers: { "Content-Type": "application/json", ...(key && { "X-API-Key": key }) },
        body: JSON.stringify(shopper),
        credentials: "omit",
        signal: AbortSignal.timeout(parseInt(this.#given("timeout")) || 800),
      });
      if (answer.ok) return (await answer.json()).offer;
    } catch {} // away or too slow
    return null;
  }

  #show(offer) {
    this.#shown = offer;
    this.#sight.disconnect();
    this.shadowRoot.replaceChildren(...(offer ? this.#parts(offer) : []));
    this.setAttribute("state", offer ? "ready" : "empty");
    if (offer) this.#sight.observe(this);
    this.#dispatch("recsvc-offer");
  }

  #parts({ title, code, url, valid_until }) {
    const link = webAddress(url), heading = make(link ? "a" : "span", "title", title);
    if (link) heading.href = link;
    const label = make("slot", "until-label", "Valid until");
    label.name = "until";
    const until = make("span", "until", "");
    until.append(label, " ", this.#day(valid_until));
    return [heading, ...(code ? [make("code", "code", code)] : []), until];
  }

  #day(text) {
    const day = new Date(text);
    try {
      return day.toLocaleDateString(this.closest("[lang]")?.lang || undefined, { dateStyle: "medium" });
    } catch {
      return day.toLocaleDateString();
    }
  }

  #seen() {
    this.#sight.disconnect();
    if (document.hidden) this.#sight.observe(this);
    else this.#dispatch("recsvc-offer-seen");
  }

  /** Tells the shop's own scripts; that it was taken, the shop's server says. */
  #dispatch(name) {
    this.dispatchEvent(new CustomEvent(name, { bubbles: true, detail: this.#shown }));
  }
}

if (!customElements.get("recsvc-offer")) customElements.define("recsvc-offer", RecsvcOffer);
