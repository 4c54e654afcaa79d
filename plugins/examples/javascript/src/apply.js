import { Failure } from "stepwell";

import * as pointer from "./pointer.js";

/** The document that a patch (RFC 6902) makes of a document. All of it is applied or nothing. */
export function apply(document, patch) {
  return patch.reduce(step, document);
}

function step(document, { op, path, from, value }) {
  const to = pointer.parse(path);
  switch (op) {
    case "add":
      return add(document, to, value);
    case "remove":
      return remove(document, to);
    case "replace":
      return replace(document, to, value);
    case "move": {
      if (path.startsWith(`${from}/`)) {
        throw new Failure("JsonPatch.InvalidMove", `${from} cannot be moved into itself`);
      }
      const source = pointer.parse(from);
      const moved = get(document, source);
      return add(remove(document, source), to, moved);
    }
    case "copy":
      return add(document, to, get(document, pointer.parse(from)));
    case "test":
      if (equal(get(document, to), value)) return document;
      throw new Failure(
        "JsonPatch.TestFailed",
        `the value at ${path} is not ${JSON.stringify(value)}`,
      );
    default:
      throw new Failure("JsonPatch.UnknownOperation", `there is no operation ${op}`);
  }
}

function get(document, parts) {
  return parts.reduce(
    (value, part, depth) => child(value, part, parts.slice(0, depth + 1)),
    document,
  );
}

function child(parent, part, path) {
  const found = isObject(parent)
    ? Object.hasOwn(parent, part)
    : index(parent, part) in (parent ?? []);
  if (!found)
    throw new Failure("JsonPatch.NoSuchPath", `there is nothing at ${pointer.format(path)}`);
  return parent[part];
}

function add(document, path, value) {
  return change(
    document,
    path,
    (parent, part, whole) => {
      if (isObject(parent)) return { ...parent, [part]: value };
      const at = part === "-" ? parent.length : index(parent, part);
      if (!(at <= parent.length))
        throw new Failure("JsonPatch.NoSuchPath", `there is no place ${whole}`);
      return parent.toSpliced(at, 0, value);
    },
    value,
  );
}

function remove(document, path) {
  return change(
    document,
    path,
    (parent, part) => {
      child(parent, part, path);
      if (Array.isArray(parent)) return parent.toSpliced(index(parent, part), 1);
      const { [part]: _, ...rest } = parent;
      return rest;
    },
    null,
  );
}

function replace(document, path, value) {
  return change(
    document,
    path,
    (parent, part) => {
      child(parent, part, path);
      return isObject(parent)
        ? { ...parent, [part]: value }
        : parent.with(index(parent, part), value);
    },
    value,
  );
}

/** The document with the parent of a path changed, or `whole` where the path is the document. */
function change(document, path, edit, whole) {
  if (path.length === 0) return whole;
  const descend = (value, depth) => {
    const part = path[depth];
    if (depth === path.length - 1) {
      if (value === null || typeof value !== "object") {
        const place = pointer.format(path.slice(0, depth));
        throw new Failure("JsonPatch.NoSuchPath", `the value at ${place} has no members`);
      }
      return edit(value, part, pointer.format(path));
    }
    const changed = descend(child(value, part, path.slice(0, depth + 1)), depth + 1);
    return isObject(value)
      ? { ...value, [part]: changed }
      : value.with(index(value, part), changed);
  };
  return descend(document, 0);
}

function index(array, part) {
  return Array.isArray(array) && /^(0|[1-9][0-9]*)$/.test(part) ? Number(part) : NaN;
}

function isObject(value) {
  return value !== null && typeof value === "object" && !Array.isArray(value);
}

/** Whether two JSON values are the same; the order of members does not matter. */
export function equal(one, other) {
  if (one === null || typeof one !== "object") return one === other;
  if (other === null || typeof other !== "object") return false;
  if (Array.isArray(one) !== Array.isArray(other)) return false;
  const keys = Object.keys(one);
  return (
    keys.length === Object.keys(other).length &&
    keys.every((key) => Object.hasOwn(other, key) && equal(one[key], other[key]))
  );
}
