import { fromThrown } from "./failure.js";
import * as globals from "./globals.js";
import * as log from "./log.js";

globals.provide();

export const task = (definition) => definition;

export function definePlugin({ name, version, summary = "", wants = {}, tasks }) {
  return {
    describe() {
      begin();
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
      begin();
      try {
        return output(name, tasks[name].run(JSON.parse(input)));
      } catch (thrown) {
        throw fromThrown(thrown);
      }
    },
  };
}

function begin() {
  globals.begin();
  log.begin();
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
