import { fromThrown } from "./failure.js";
import { provideGlobals } from "./globals.js";
import * as log from "./log.js";

const EFFECTS = ["pure", "idempotent", "at-most-once"];

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

    run(name, input) {
      log.begin();
      try {
        return output(name, tasks[name].run(JSON.parse(input)));
      } catch (thrown) {
        throw fromThrown(thrown);
      }
    },
  };
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
