import { Failure, fromThrown } from "./failure.js";
import { provideGlobals } from "./globals.js";
import * as log from "./log.js";

const EFFECTS = ["pure", "idempotent", "at-most-once"];

// How deep the input may be nested. What goes deeper exhausts the stack where it is read or walked,
// which nobody can catch.
const DEEPEST = 128;

provideGlobals();

export const task = (definition) => definition;

export function definePlugin({ name, version, summary = "", wants = {}, tasks }) {
  for (const [name, { effect = "at-most-once" }] of Object.entries(tasks)) {
    if (!EFFECTS.includes(effect)) {
      throw new TypeError(`the effect of ${name} is ${effect}, not one of ${EFFECTS.join(", ")}`);
    }
  }
  return {
    describe() {
      log.begin();
      return {
        name,
        version,
        summary,
        tasks: Object.entries(tasks).map(([name, task]) => ({
          name,
          summary: task.summary ?? "",
          effect: task.effect ?? "at-most-once",
          inputSchema: schema(task.input),
          outputSchema: schema(task.output),
        })),
        wants: {
          http: [],
          secrets: [],
          config: [],
          directories: [],
          keyValue: [],
          ...wants,
        },
      };
    },

    run(task, input) {
      log.begin();
      try {
        if (!Object.hasOwn(tasks, task)) {
          throw new Failure("NoSuchTask", `there is no task ${task}`);
        }
        if (depth(input) > DEEPEST) {
          throw new Failure("InvalidInput", `the input is nested more than ${DEEPEST} deep`);
        }
        return output(task, tasks[task].run(JSON.parse(input)));
      } catch (thrown) {
        throw fromThrown(thrown, name);
      }
    },
  };
}

// How deep arrays and objects are nested in JSON text.
function depth(text) {
  let deepest = 0;
  let depth = 0;
  let isText = false;
  // Most documents have fewer brackets than that, and these are counted quickly.
  const count = (bracket) => text.split(bracket, DEEPEST + 2).length - 1;
  if (count("[") + count("{") <= DEEPEST) return deepest;
  for (const [mark] of text.matchAll(/\\.|["[\]{}]/gs)) {
    if (mark === '"') isText = !isText;
    else if (isText || mark.length > 1) continue;
    else if (mark === "[" || mark === "{") deepest = Math.max(deepest, ++depth);
    else depth--;
    if (deepest > DEEPEST) break;
  }
  return deepest;
}

function schema(value) {
  return value === undefined ? null : JSON.stringify(value);
}

function output(name, value) {
  if (typeof value?.then === "function") {
    throw new TypeError(
      `the task ${name} returned a promise. A call has nobody to wait for it: make the task an ` +
        "ordinary function. What the SDK offers, http.request too, returns when it is done",
    );
  }
  return JSON.stringify(value ?? null);
}
