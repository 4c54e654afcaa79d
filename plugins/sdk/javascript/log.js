import { write } from "stepwell:task/log@0.1.0";

export const trace = (...values) => line("trace", values);
export const debug = (...values) => line("debug", values);
export const info = (...values) => line("info", values);
export const warn = (...values) => line("warn", values);
export const error = (...values) => line("error", values);

// What a value looks like in the log.
export function text(value) {
  if (typeof value === "string") return value;
  if (value instanceof Error) {
    return `${value.name}: ${value.message}\n${value.stack ?? ""}`.trimEnd();
  }
  try {
    return JSON.stringify(value) ?? String(value);
  } catch {
    return String(value);
  }
}

let open = false;

// Lets lines through. The module's own code runs once, when the plugin is built: what it prints
// has no call to belong to.
export function begin() {
  open = true;
}

function line(level, values) {
  if (open) write(level, values.map(text).join(" "));
}
