// Patches for JSON documents, as RFC 6902 has them.

import { definePlugin } from "stepwell";

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
      run({ document, patch }) {
        return { document: apply(document, patch) };
      },
    },
    diff: {
      summary: "The patch that makes one document of another",
      effect: "pure",
      input: { type: "object", required: ["from", "to"] },
      output: { type: "object", required: ["patch"], properties: { patch } },
      run({ from, to }) {
        return { patch: diff(from, to) };
      },
    },
  },
});
