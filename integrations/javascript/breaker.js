// Stops asking a service that is away, so that not each page waits for it.

const MOST_WAIT_MS = 30_000;

/** Lets requests pass until several in a row failed; then one at a time tries, ever more rarely. */
export class Breaker {
  #failures; #firstMs;
  #failed = 0;
  #openings = 0;
  #round = 0;
  #tryAt = 0;

  constructor(failures = 3, firstMs = 1_000) {
    this.#failures = failures;
    this.#firstMs = firstMs;
  }

  /** The ticket of a request that may be sent now, or null. */
  enter() {
    if (!this.#openings) return this.#round;
    const now = performance.now();
    if (now < this.#tryAt) return null;
    this.#tryAt = now + this.#wait(); // who tries next waits as if this try had failed: it may never come back
    return ++this.#round;
  }

  /** @param {number} ticket @returns {boolean} whether that closed it */
  succeeded(ticket) {
    if (ticket !== this.#round) return false;
    const wasOpen = this.#openings > 0;
    this.#failed = this.#openings = 0;
    return wasOpen;
  }

  /** Requests that were under way when it opened say nothing new.
      @param {number} ticket @param {number} [retryAfterMs] @returns {boolean} whether that opened it */
  failed(ticket, retryAfterMs = 0) {
    if (ticket !== this.#round || (++this.#failed < this.#failures && !this.#openings)) return false;
    this.#round++;
    this.#openings++;
    this.#tryAt = performance.now() + Math.max(this.#wait(), Math.min(retryAfterMs, MOST_WAIT_MS));
    return this.#openings === 1;
  }

  #wait() {
    return jitter(Math.min(this.#firstMs * 2 ** Math.min(this.#openings - 1, 20), MOST_WAIT_MS));
  }
}

/** So that processes do not all try at once.
    @param {number} ms */
export function jitter(ms) {
  return ms * (0.8 + 0.4 * Math.random());
}
