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

// What the contract takes for whatever a task of a plugin has thrown. Where the task did not name
// the error, it is the class of what was thrown, and the log says where that was.
export function fromThrown(thrown, plugin) {
  const { error, cause, retryAfterMs } = described(thrown);
  return { error: qualified(error, plugin), cause, retryAfterMs };
}

// A name without a dot gets the plugin's in front.
function qualified(error, plugin) {
  if (error.includes(".")) return error;
  const words = plugin.split(/[-_.]/).filter((word) => word !== "");
  return `${words.map((word) => word[0].toUpperCase() + word.slice(1)).join("")}.${error}`;
}

function described(thrown) {
  if (thrown instanceof Failure) return thrown;
  if (thrown instanceof Error) {
    const error = thrown.constructor.name || thrown.name;
    log.error(thrown);
    return { error, cause: thrown.message, retryAfterMs: null };
  }
  const cause = log.text(thrown);
  log.error("not an Error was thrown:", cause);
  return { error: "Error", cause, retryAfterMs: null };
}
