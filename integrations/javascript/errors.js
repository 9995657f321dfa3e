// What can go wrong between a shop and the service; no message names a shopper or a key.

export class RecsvcError extends Error {
  /** @param {string} message @param {unknown} [cause] */
  constructor(message, cause) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = new.target.name;
  }
}

export class ServiceAway extends RecsvcError {
  /** @param {string} message @param {{ status?: number, retryAfterMs?: number, cause?: unknown }} more */
  constructor(message, { status, retryAfterMs, cause } = {}) {
    super(message, cause);
    this.status = status;
    this.retryAfterMs = retryAfterMs;
  }
}

export class RequestRefused extends RecsvcError {
  /** @param {number} status @param {any} problem */
  constructor(status, problem) {
    /** @type {Array<{ field: string, message: string }>} */
    const errors = Array.isArray(problem?.errors) ? problem.errors : [];
    const kind = String(problem?.type ?? "about:blank"), fields = errors.map((/** @type {any} */ one) => one?.field);
    super(`refused with ${status} (${kind})` + (fields.length ? ` for ${[...new Set(fields)].sort().join(", ")}` : ""));
    this.status = status;
    this.kind = kind;
    this.detail = String(problem?.detail ?? "");
    this.errors = errors;
  }
}
