// Asks a recsvc service for lists within a deadline, and tells it what shoppers do. docs/guides/clients.md

import { Breaker } from "./breaker.js";
import { RecsvcError, RequestRefused, ServiceAway } from "./errors.js";
import { identified, MAX_BATCH, Outbox } from "./outbox.js";
import { queryOf, Service } from "./service.js";

export { RecsvcError, RequestRefused, ServiceAway };

const PAGE_MS = 200, OTHER_MS = 30_000, EVENTS_MS = 10_000, CLOSE_MS = 5_000;
const MAX_QUERY = 2000; // a longer question is asked with POST
const SAID_AGAIN_MS = 60_000;

/** @typedef {import("./recsvc.js").Recsvc} Calls */

/** @implements {Calls} */
export class Recsvc {
  #service; #timeoutMs; #otherTimeoutMs; #log; #outbox;
  #breaker = new Breaker();
  /** @type {Map<string, number>} */
  #said = new Map();

  /** @param {string} baseUrl @param {import("./recsvc.js").Options} [options] */
  constructor(baseUrl, options = {}) {
    this.#service = new Service(baseUrl, options.key);
    this.#timeoutMs = options.timeoutMs ?? PAGE_MS;
    this.#otherTimeoutMs = options.otherTimeoutMs ?? OTHER_MS;
    this.#log = options.log ?? ((/** @type {string} */ message) => console.warn(message));
    const post = (/** @type {string} */ body, /** @type {AbortSignal} */ signal) =>
      this.#service.call("POST", "/v1/events", body, EVENTS_MS, signal);
    this.#outbox = new Outbox(post, this.#log, options);
  }

  /** @param {import("./recsvc.js").ListQuery} query
      @param {import("./recsvc.js").Waiting & { fallback?: import("./recsvc.js").Fallback }} options */
  async recommend(query, { fallback, ...waiting } = {}) {
    const { item_ids, fields, consent, ...rest } = query;
    const asked = { ...rest, item_id: item_ids, fields: fields?.join() || undefined };
    const text = queryOf({ ...asked, consent: consent === false ? "false" : undefined });
    try {
      const answer = await (text.length <= MAX_QUERY
        ? this.#waitFor("GET", `/v1/recommend?${text}`, "items", undefined, waiting)
        : this.#waitFor("POST", "/v1/recommend", "items", { ...asked, ...texts(asked), consent }, waiting));
      return shown(answer);
    } catch (trouble) {
      if (!fallback || !(trouble instanceof RecsvcError)) throw trouble;
      return instead(fallback, query.n ?? 10, [...(item_ids ?? []), ...(query.exclude ?? [])], trouble);
    }
  }

  /** @param {import("./recsvc.js").PageQuery} query
      @param {import("./recsvc.js").Waiting & { fallback?: Record<string, import("./recsvc.js").Fallback> }} options */
  async page(query, { fallback, ...waiting } = {}) {
    const { lists, fields, ...rest } = query;
    /** @type {Record<string, import("./recsvc.js").Shown>} */
    const found = {};
    try {
      const body = { ...rest, placements: lists, fields: fields?.join() || undefined };
      const answer = await this.#waitFor("POST", "/v1/recommend/page", "lists", body, waiting);
      for (const one of answer.lists) found[one.name] = shown(one);
    } catch (trouble) {
      if (!fallback || !(trouble instanceof RecsvcError)) throw trouble;
      const hidden = [...(query.exclude ?? [])];
      for (const { name, n = 10, item_ids = [] } of lists) {
        found[name] = instead(fallback[name] ?? [], n, [...hidden, ...item_ids], trouble);
        hidden.push(...found[name].items.map((item) => item.item_id));
      }
    }
    return found;
  }

  /** @param {import("./recsvc.js").RankQuery} query @param {import("./recsvc.js").Waiting} [waiting]
      @returns {Promise<import("./recsvc.js").Ranked>} */
  async rank(query, waiting = {}) {
    try {
      const answer = await this.#waitFor("POST", "/v1/rank", "item_ids", query, waiting);
      return { item_ids: answer.item_ids, recommendation_id: answer.recommendation_id, answer, trouble: null };
    } catch (trouble) {
      if (!(trouble instanceof RecsvcError)) throw trouble;
      return { item_ids: [...new Set(query.item_ids)], recommendation_id: null, answer: null, trouble };
    }
  }

  /** @param {string} user_id @param {import("./recsvc.js").Waiting} [waiting] */
  async offer(user_id, waiting = {}) {
    try {
      return (await this.#waitFor("GET", `/v1/offers?${queryOf({ user_id })}`, "offer", undefined, waiting)).offer;
    } catch (trouble) {
      if (!(trouble instanceof RecsvcError)) throw trouble;
      return null;
    }
  }

  get waitingEvents() {
    return this.#outbox.waiting;
  }

  get lostEvents() {
    return this.#outbox.lost;
  }

  /** @param {import("./schemas.js").EventFields} event */
  tell(event) {
    return this.#outbox.add(event);
  }

  flush(timeoutMs = CLOSE_MS) {
    return this.#outbox.flush(timeoutMs);
  }

  close(timeoutMs = CLOSE_MS) {
    return this.#outbox.close(timeoutMs);
  }

  /** @param {readonly import("./schemas.js").EventFields[]} events */
  async postEvents(events) {
    /** @type {import("./schemas.js").EventsResponse} */
    const found = { accepted: 0, duplicates: 0, ignored: 0, rejected: [] };
    await this.#inParts("/v1/events", "events", events.map(identified), (answer, rejected) => {
      found.accepted += answer.accepted ?? 0;
      found.duplicates += answer.duplicates ?? 0;
      found.ignored += answer.ignored ?? 0;
      found.rejected?.push(...rejected);
    });
    return found;
  }

  /** @param {string} user_id */
  exportUser(user_id) {
    return this.#find(`/v1/users?${queryOf({ user_id })}`);
  }

  /** @param {string} user_id */
  eraseUser(user_id) {
    return this.#insist("DELETE", `/v1/users?${queryOf({ user_id })}`);
  }

  /** @param {string} user_id @param {{ from_session_id?: string, from_user_id?: string }} from */
  mergeUser(user_id, from) {
    return this.#insist("POST", `/v1/users/${encodeURIComponent(user_id)}/merge`, from);
  }

  /** @param {string} user_id @param {boolean} allowed */
  allowProfiling(user_id, allowed) {
    return this.#insist("PUT", `/v1/users/${encodeURIComponent(user_id)}/profiling`, { allowed });
  }

  /** @param {string} user_id @param {string} [at] */
  moment(user_id, at) {
    return this.#find(`/v1/users/${encodeURIComponent(user_id)}/moment?${queryOf({ at })}`);
  }

  /** @param {string} offer_id @param {number} [cost] */
  takeOffer(offer_id, cost) {
    return this.#insist("POST", `/v1/offers/${encodeURIComponent(offer_id)}/taken`, { cost });
  }

  /** @param {string} item_id @param {import("./schemas.js").ItemFields} fields */
  putItem(item_id, fields) {
    return this.#insist("PUT", `/v1/items/${encodeURIComponent(item_id)}`, fields);
  }

  /** @param {string} item_id @param {import("./schemas.js").ItemPatch} fields */
  patchItem(item_id, fields) {
    return this.#insist("PATCH", `/v1/items/${encodeURIComponent(item_id)}`, fields);
  }

  /** @param {string} item_id */
  async withdrawItem(item_id) {
    await this.#insist("DELETE", `/v1/items?${queryOf({ item_id })}`);
  }

  /** @param {readonly import("./schemas.js").ItemEntry[]} items */
  async putItems(items) {
    /** @type {import("./schemas.js").ItemsResponse} */
    const found = { accepted: 0, rejected: [] };
    await this.#inParts("/v1/items", "items", items, (answer, rejected) => {
      found.accepted += answer.accepted ?? 0;
      found.rejected?.push(...rejected);
    });
    return found;
  }

  /** @param {{ item_ids?: readonly string[], category?: string, n?: number, precision?: number }} query */
  audience(query) {
    return this.#insist("POST", "/v1/audiences", query);
  }

  /** Sends many entries and tells `take` of each answer. A part none of whose entries is as it should be keeps no other
      one from being sent: it is told as rejected. Rejects where nothing was taken of any part.
      @param {string} path @param {string} name @param {readonly unknown[]} entries
      @param {(answer: any, rejected: Array<{ index: number, detail: string }>) => void} take */
  async #inParts(path, name, entries, take) {
    let refusal, isTaken = false;
    for (let start = 0; start < entries.length; start += MAX_BATCH) {
      const part = entries.slice(start, start + MAX_BATCH);
      /** @type {any} */
      let answer;
      try {
        answer = await this.#insist("POST", path, { [name]: part });
        isTaken = true;
      } catch (error) {
        const said = error instanceof RequestRefused ? reasonsIn(error, name) : null;
        if (!said) throw error;
        refusal = error;
        answer = { rejected: part.map((_, index) => ({ index, detail: said.get(index) ?? /** @type {RequestRefused} */ (error).detail })) };
      }
      take(answer, answer.rejected.map((/** @type {any} */ one) => ({ ...one, index: one.index + start })));
    }
    if (refusal && !isTaken) throw refusal;
  }

  /** What a page waits for: an object with `member`, in time, or RecsvcError.
      @param {string} method @param {string} path @param {string} member @param {unknown} body
      @param {import("./recsvc.js").Waiting} waiting @returns {Promise<any>} */
  async #waitFor(method, path, member, body, { timeoutMs = this.#timeoutMs, signal } = {}) {
    const ticket = this.#breaker.enter(), route = path.replace(/\?.*/s, "");
    if (ticket === null) throw new ServiceAway("not asked: several requests in a row had no answer");
    try {
      const answer = await this.#service.call(method, path, body, timeoutMs, signal);
      if (answer === null || typeof answer !== "object" || !(member in answer)) throw new ServiceAway(`the answer has no ${member}`);
      if (this.#breaker.succeeded(ticket)) this.#log("recsvc: the service answers again");
      return answer;
    } catch (error) {
      if (error instanceof RequestRefused) {
        this.#breaker.succeeded(ticket);
        if (error.status !== 404) this.#say(`${route} ${error.message}`);
      } else if (error instanceof ServiceAway) {
        this.#say(`${route}: ${error.message}`);
        if (this.#breaker.failed(ticket, error.retryAfterMs)) this.#log("recsvc: the service is away; pages go without until it answers again");
      }
      throw error;
    }
  }

  /** @param {string} method @param {string} path @param {unknown} [body] @returns {Promise<any>} */
  #insist(method, path, body) {
    return this.#service.insist(method, path, body, this.#otherTimeoutMs);
  }

  /** @param {string} path @returns {Promise<any>} */
  async #find(path) {
    try {
      return await this.#insist("GET", path);
    } catch (error) {
      if (error instanceof RequestRefused && error.status === 404) return null;
      throw error;
    }
  }

  /** Logs what went wrong, but the same not again and again.
      @param {string} text */
  #say(text) {
    const now = performance.now();
    if (now - (this.#said.get(text) ?? -Infinity) < SAID_AGAIN_MS) return;
    if (this.#said.size >= 100) this.#said.clear();
    this.#said.set(text, now);
    this.#log(`recsvc: ${text}`);
  }
}

/** Ids as a query string has them, whatever they were: a long question is understood as a short one is.
    @param {Record<string, any>} asked */
function texts({ user_id, session_id, item_id, exclude }) {
  return { user_id: text(user_id), session_id: text(session_id), item_id: item_id?.map(String), exclude: exclude?.map(String) };
}

/** @param {unknown} id */
function text(id) {
  return id === undefined || id === null ? undefined : String(id);
}

/** Why each entry of a batch was refused, by its place; null where the batch itself was.
    @param {RequestRefused} refusal @param {string} name */
function reasonsIn(refusal, name) {
  const places = refusal.errors.map(({ field }) => new RegExp(`^${name}\\.(\\d+)$`).exec(field)?.[1]);
  if (!places.length || places.some((place) => place === undefined)) return null;
  return new Map(refusal.errors.map(({ message }, at) => [Number(places[at]), message]));
}

/** @param {any} answer @returns {import("./recsvc.js").Shown} */
function shown(answer) {
  return { items: answer.items, recommendation_id: answer.recommendation_id, answer, trouble: null };
}

/** @param {import("./recsvc.js").Fallback} fallback @param {number} n @param {string[]} without @param {RecsvcError} trouble
    @returns {import("./recsvc.js").Shown} */
function instead(fallback, n, without, trouble) {
  const hidden = new Set(without), items = [];
  for (const one of fallback) {
    const item = typeof one === "string" ? { item_id: one } : one;
    if (hidden.has(item.item_id) || items.length >= n) continue;
    hidden.add(item.item_id);
    items.push({ ...item, rank: items.length + 1 });
  }
  return { items, recommendation_id: null, answer: null, trouble };
}
