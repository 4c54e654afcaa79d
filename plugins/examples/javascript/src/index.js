// Patches for JSON documents, as RFC 6902 has them.

import { definePlugin, Failure } from "stepwell";

import { apply } from "./apply.js";
import { diff } from "./diff.js";

const patch = {
  type: "array",
  items: {
    type: "object",
    required: ["op", "path"],
    properties: {
      op: { enum: ["add", "remove", "replace", "move", "copy", "test"] },
      path: { type: "string" },
      from: { type: "string" },
      value: {},
    },
  },
};

export const plugin = definePlugin({
  name: "json-patch",
  version: "0.1.0",
  summary: "Changes and compares JSON documents",
  tasks: {
    apply: {
      summary: "Applies a patch (RFC 6902) to a document",
      effect: "pure",
      input: {
        type: "object",
        required: ["document", "patch"],
        properties: { document: {}, patch },
      },
      output: { type: "object", required: ["document"] },
      run(input) {
        const { document, patch } = members(input, "document", "patch");
        check(patch);
        return { document: apply(document, patch) };
      },
    },
    diff: {
      summary: "The patch that makes one document of another",
      effect: "pure",
      input: { type: "object", required: ["from", "to"] },
      output: { type: "object", required: ["patch"], properties: { patch } },
      run(input) {
        const { from, to } = members(input, "from", "to");
        return { patch: diff(from, to) };
      },
    },
  },
});

// The input, which must have these members.
function members(input, ...names) {
  const isObject = input !== null && typeof input === "object" && !Array.isArray(input);
  const missing = names.find((name) => !isObject || !Object.hasOwn(input, name));
  if (missing) throw invalid(`there is no ${missing}`);
  return input;
}

// That a patch is a list of operations. Which there are is known where they are applied.
function check(patch) {
  if (!Array.isArray(patch)) throw invalid("the patch is no list");
  for (const step of patch) {
    members(step, "op", "path");
    const isText = (name) => !Object.hasOwn(step, name) || typeof step[name] === "string";
    if (!isText("path") || !isText("from")) throw invalid("a path is no text");
  }
}

function invalid(cause) {
  return new Failure("InvalidInput", cause);
}
