import * as log from "./log.js";

export class Failure extends Error {
  constructor(error, cause = "", retryAfterMs = null) {
    super(`${error}: ${cause}`);
    this.name = "Failure";
    this.error = error;
    this.cause = cause;
    this.retryAfterMs = retryAfterMs;
  }
}

// What the contract takes for whatever a task has thrown. Where the task did not name the error,
// it is the class of what was thrown, and the log says where that was.
export function fromThrown(thrown) {
  if (thrown instanceof Failure) {
    return { error: thrown.error, cause: thrown.cause, retryAfterMs: thrown.retryAfterMs };
  }
  if (thrown instanceof Error) {
    const error = thrown.constructor.name || thrown.name;
    log.error(thrown);
    return { error, cause: thrown.message, retryAfterMs: null };
  }
  const cause = log.text(thrown);
  log.error("not an Error was thrown:", cause);
  return { error: "Error", cause, retryAfterMs: null };
}
