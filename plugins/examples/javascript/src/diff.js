import { equal } from "./apply.js";
import * as pointer from "./pointer.js";

/** A patch that makes one document of another. */
export function diff(from, to, path = []) {
  if (equal(from, to)) return [];
  if (isObject(from) && isObject(to)) return members(from, to, path);
  if (Array.isArray(from) && Array.isArray(to)) return elements(from, to, path);
  return [{ op: "replace", path: pointer.format(path), value: to }];
}

function members(from, to, path) {
  const patch = [];
  for (const key of Object.keys(from)) {
    if (Object.hasOwn(to, key)) patch.push(...diff(from[key], to[key], [...path, key]));
    else patch.push({ op: "remove", path: pointer.format([...path, key]) });
  }
  for (const key of Object.keys(to)) {
    if (!Object.hasOwn(from, key)) {
      patch.push({ op: "add", path: pointer.format([...path, key]), value: to[key] });
    }
  }
  return patch;
}

// Elements are compared place by place; what is too many goes from the end.
function elements(from, to, path) {
  const both = Math.min(from.length, to.length);
  const patch = [];
  for (let at = 0; at < both; at++) patch.push(...diff(from[at], to[at], [...path, at]));
  for (let at = from.length - 1; at >= both; at--) {
    patch.push({ op: "remove", path: pointer.format([...path, at]) });
  }
  for (const value of to.slice(both)) {
    patch.push({ op: "add", path: pointer.format([...path, "-"]), value });
  }
  return patch;
}

function isObject(value) {
  return value !== null && typeof value === "object" && !Array.isArray(value);
}
