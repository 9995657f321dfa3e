// Events on their way to the service: a page leaves them here and goes on.

import { jitter } from "./breaker.js";
import { RecsvcError, RequestRefused, ServiceAway } from "./errors.js";
import { nameOf, pause } from "./service.js";

export const MAX_BATCH = 500;
const MAX_BATCH_CHARACTERS = 2 ** 20, MAX_WAITING = 10_000;
const LINGER_MS = 1_000, FIRST_WAIT_MS = 500, MOST_WAIT_MS = 30_000, LOOK_MS = 10;
const OF_THE_BATCH = [400, 413]; // of which one event may be the cause: nested too deep for the service, or too large
const OF_THE_EVENTS = [409, 415, 422, ...OF_THE_BATCH]; // any other refusal may be over by the next try

/** Holds events until the service has them; each keeps its id and its moment, so that it is stored once. */
export class Outbox {
  #post; #log; #onRejected; #maxWaiting;
  /** Events as JSON, oldest first.
      @type {string[]} */
  #waiting = [];
  #added = 0;
  #gone = 0;
  #lost = 0;
  #tries = 0;
  #notBefore = 0;
  #maxBatch = MAX_BATCH;
  #ended = new AbortController();
  #isSending = false;
  /** @type {any} */
  #timer;

  /** @param {(body: string, signal: AbortSignal) => Promise<any>} post @param {(message: string) => void} log
      @param {import("./recsvc.js").Options} options */
  constructor(post, log, { onRejected, maxWaitingEvents = MAX_WAITING }) {
    this.#post = post;
    this.#log = log;
    this.#onRejected = onRejected;
    this.#maxWaiting = maxWaitingEvents;
  }

  get waiting() {
    return this.#waiting.length;
  }

  get lost() {
    return this.#lost;
  }

  /** Takes an event as it is now, and returns its id; never throws.
      @param {import("./schemas.js").EventFields} event */
  add(event) {
    try {
      const made = identified(event), text = JSON.stringify(made);
      if (this.#ended.signal.aborted || this.#waiting.length >= this.#maxWaiting)
        this.#lose(1, "too many wait, or the client was closed");
      else {
        this.#added++;
        this.#plan(this.#waiting.push(text) >= this.#maxBatch ? 0 : LINGER_MS);
      }
      return String(made.event_id);
    } catch (error) {
      this.#lose(1, `one is no object of JSON: ${nameOf(error)}`);
      return "";
    }
  }

  /** Waits until the service has what was added so far; returns whether it has.
      @param {number} timeoutMs */
  async flush(timeoutMs) {
    const until = performance.now() + timeoutMs, wanted = this.#added;
    this.#notBefore = 0;
    while (this.#gone < wanted && performance.now() < until) {
      if (performance.now() >= this.#notBefore) void this.#send();
      await pause(LOOK_MS);
    }
    return this.#gone >= wanted;
  }

  /** Flushes, and takes no more.
      @param {number} timeoutMs */
  async close(timeoutMs) {
    const done = await this.flush(timeoutMs);
    this.#ended.abort();
    clearTimeout(this.#timer);
    if (!done) this.#lose(this.#waiting.length, "the service did not take them before the end");
    this.#waiting = [];
    return done;
  }

  /** @param {number} ms */
  #plan(ms) {
    if (this.#isSending || this.#ended.signal.aborted) return;
    if (!ms) clearTimeout(this.#timer);
    else if (this.#timer !== undefined) return;
    this.#timer = setTimeout(() => void this.#send(), ms);
    // Events that were not tried yet keep a program running until they are; after that it may end.
    if (this.#tries) this.#timer.unref?.();
  }

  /** Sends batch after batch, until nothing waits or the service does not take it. */
  async #send() {
    if (this.#isSending) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#isSending = true;
    while (this.#waiting.length && !this.#ended.signal.aborted && (await this.#sendBatch())) ;
    this.#isSending = false;
    if (this.#waiting.length) this.#plan(Math.max(this.#notBefore - performance.now(), 1));
  }

  /** Returns whether the service has dealt with a batch; never rejects. */
  async #sendBatch() {
    const batch = this.#firstBatch();
    /** @type {Map<number, string>} */
    let reasons;
    try {
      const answer = await this.#post(`{"events":[${batch.join()}]}`, this.#ended.signal);
      if (!answer || !("accepted" in answer)) throw new ServiceAway("the answer has no accepted");
      reasons = new Map((answer.rejected ?? []).map((/** @type {any} */ one) => [one.index, one.detail]));
    } catch (error) {
      if (!(error instanceof RequestRefused) || !OF_THE_EVENTS.includes(error.status)) return this.#tryLater(error);
      if (OF_THE_BATCH.includes(error.status) && batch.length > 1) {
        this.#maxBatch = batch.length >> 1; // until the one that is the matter is alone
        return true;
      }
      this.#maxBatch = MAX_BATCH;
      const { detail, errors } = error, said = new Map(errors.map(({ field, message }) => [Number(String(field).split(".")[1]), message]));
      reasons = new Map(batch.map((_, place) => [place, said.get(place) ?? detail]));
    }
    this.#waiting.splice(0, batch.length);
    this.#gone += batch.length;
    this.#tries = this.#notBefore = 0;
    this.#tellRejected(batch, reasons);
    return true;
  }

  #firstBatch() {
    const batch = [];
    let length = 0;
    for (const one of this.#waiting.slice(0, this.#maxBatch)) {
      length += one.length;
      if (batch.length && length > MAX_BATCH_CHARACTERS) break;
      batch.push(one);
    }
    return batch;
  }

  /** @param {unknown} error */
  #tryLater(error) {
    const wait = Math.min(FIRST_WAIT_MS * 2 ** Math.min(this.#tries, 20), MOST_WAIT_MS);
    const asked = error instanceof ServiceAway ? Math.min(error.retryAfterMs ?? 0, MOST_WAIT_MS) : 0;
    const why = error instanceof RecsvcError ? error.message : nameOf(error);
    if (!this.#tries++ && !this.#ended.signal.aborted) this.#log(`recsvc: events wait, the service did not take them: ${why}`);
    this.#notBefore = performance.now() + jitter(Math.max(wait, asked));
    return false;
  }

  /** @param {string[]} batch @param {Map<number, string>} reasons */
  #tellRejected(batch, reasons) {
    if (!reasons.size) return;
    this.#log(`recsvc: ${reasons.size} of ${batch.length} events were rejected; onRejected is told which`);
    for (const [place, reason] of reasons)
      try {
        this.#onRejected?.(JSON.parse(batch[place]), reason);
      } catch (error) {
        this.#log(`recsvc: onRejected failed: ${nameOf(error)}`);
      }
  }

  /** @param {number} n @param {string} why */
  #lose(n, why) {
    if (n && !this.#lost) this.#log(`recsvc: events are lost, ${why}; lostEvents counts them`);
    this.#lost += n;
  }
}

/** An event with an id and with when it happened: these stay the same however often it is sent.
    @param {import("./schemas.js").EventFields} event */
export function identified(event) {
  if (typeof event !== "object" || !event) throw new TypeError("an event is an object");
  return { ...event, event_id: event.event_id ?? randomId(), occurred_at: event.occurred_at ?? new Date().toISOString() };
}

function randomId() {
  const found = globalThis.crypto?.randomUUID?.();
  return found ?? Array.from({ length: 4 }, () => Math.random().toString(36).slice(2)).join(""); // Node 18
}
