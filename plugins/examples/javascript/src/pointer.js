import { Failure } from "stepwell";

/** The parts of a JSON Pointer (RFC 6901). */
export function parse(pointer) {
  if (pointer === "") return [];
  if (!pointer.startsWith("/")) {
    throw new Failure("JsonPatch.InvalidPointer", `${pointer} does not begin with /`);
  }
  const parts = pointer.slice(1).split("/");
  return parts.map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"));
}

/** The pointer of these parts. */
export function format(parts) {
  const escaped = parts.map((part) => String(part).replaceAll("~", "~0").replaceAll("/", "~1"));
  return escaped.map((part) => `/${part}`).join("");
}
