// One request to the service, and what its answer means.

import { RecsvcError, RequestRefused, ServiceAway } from "./errors.js";

const TRIES = 4, FIRST_WAIT_MS = 500, MOST_WAIT_MS = 30_000;
const CUT = ["ECONNRESET", "EPIPE", "UND_ERR_SOCKET"];

export class Service {
  #base; #headers;

  /** @param {string} baseUrl @param {string} [key] */
  constructor(baseUrl, key) {
    const url = new URL(baseUrl);
    if (!/^https?:$/.test(url.protocol) || url.search || url.hash)
      throw new TypeError(`baseUrl must be like http://127.0.0.1:8000, got ${url.protocol}//${url.host}`);
    if (url.username || url.password) throw new TypeError("baseUrl must have no user in it: give the key as options.key");
    if (key !== undefined && !/^[\x21-\x7e]+$/.test(key))
      throw new TypeError("key must be one line without blanks; was it read with the end of its line?");
    this.#base = url.href.replace(/\/+$/, "");
    /** @type {Record<string, string>} */
    this.#headers = { Accept: "application/json", ...(key && { Authorization: `Bearer ${key}` }) };
  }

  /** One request, all of whose steps are over in time.
      @param {string} method @param {string} path @param {unknown} body a text is sent as it is
      @param {number} timeoutMs @param {AbortSignal} [signal] @returns {Promise<any>} */
  async call(method, path, body, timeoutMs, signal) {
    signal?.throwIfAborted();
    const abort = new AbortController(), give = () => abort.abort();
    const timer = setTimeout(give, timeoutMs);
    signal?.addEventListener("abort", give);
    const request = {
      method,
      headers: body === undefined ? this.#headers : { ...this.#headers, "Content-Type": "application/json" },
      body: body === undefined || typeof body === "string" ? body : JSON.stringify(body),
      redirect: /** @type {const} */ ("manual"), // the key is for this service alone
      signal: abort.signal,
    };
    try {
      // A connection that was kept open may be closed just as a request is on its way: that one is sent again.
      const send = () => fetch(this.#base + path, request);
      const answer = await send().catch((error) => (CUT.includes(error?.cause?.code) ? send() : Promise.reject(error)));
      return valueOf(answer, await answer.text());
    } catch (error) {
      if (error instanceof RecsvcError) throw error;
      signal?.throwIfAborted();
      const message = abort.signal.aborted ? `no answer within ${timeoutMs} ms` : `${nameOf(error)}: ${causeOf(error)}`;
      throw new ServiceAway(message, { cause: error });
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener("abort", give);
    }
  }

  /** What may be sent several times, as all that the service takes.
      @param {string} method @param {string} path @param {unknown} body @param {number} timeoutMs of each try
      @returns {Promise<any>} */
  async insist(method, path, body, timeoutMs) {
    for (let tries = 1; ; tries++) {
      try {
        return await this.call(method, path, body, timeoutMs);
      } catch (error) {
        if (!(error instanceof ServiceAway) || tries === TRIES) throw error;
        await pause(Math.max(FIRST_WAIT_MS * 2 ** (tries - 1), Math.min(error.retryAfterMs ?? 0, MOST_WAIT_MS)));
      }
    }
  }
}

/** @param {Response} answer @param {string} text @returns {any} */
function valueOf(answer, text) {
  const { status } = answer;
  if (status === 429 || status >= 500) {
    const after = Number(answer.headers.get("Retry-After") ?? NaN);
    throw new ServiceAway(`answered ${status}`, { status, retryAfterMs: after >= 0 ? after * 1000 : undefined });
  }
  let value = null;
  try {
    value = text ? JSON.parse(text) : null;
  } catch {
    if (answer.ok) throw new ServiceAway("the answer is not JSON", { status });
  }
  if (!answer.ok) throw new RequestRefused(status, value);
  return value;
}

/** @param {Record<string, unknown>} fields */
export function queryOf(fields) {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(fields))
    if (value !== undefined && value !== null)
      for (const one of Array.isArray(value) ? value : [value]) query.append(name, String(one));
  return query.toString();
}

/** @param {number} ms @returns {Promise<void>} */
export function pause(ms) {
  return new Promise((done) => setTimeout(done, Math.max(ms, 0)));
}

/** @param {unknown} error */
export function nameOf(error) {
  return error instanceof Error ? error.name : typeof error;
}

/** @param {any} error */
function causeOf(error) {
  return error?.cause?.code ?? error?.message ?? "";
}
