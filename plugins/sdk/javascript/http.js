// The build puts the namespace `wasi` in the place of `wa5i` when the engine is done with it: see
// host/build/src/language/javascript.rs.
import { handle } from "wa5i:http/outgoing-handler@0.2.4";
import { Fields, OutgoingBody, OutgoingRequest, RequestOptions } from "wa5i:http/types@0.2.4";

import { Failure } from "./failure.js";
import { TextDecoder, TextEncoder } from "./text.js";

const METHODS = "GET HEAD POST PUT DELETE CONNECT OPTIONS TRACE PATCH".split(" ");

export class Response {
  #bytes;

  constructor(status, headers, bytes) {
    this.status = status;
    this.ok = status >= 200 && status < 300;
    this.headers = headers;
    this.#bytes = bytes;
  }

  bytes() {
    return this.#bytes;
  }

  text() {
    return new TextDecoder().decode(this.#bytes);
  }

  json() {
    return JSON.parse(this.text());
  }
}

export function request(url, { method, headers = {}, body, json, timeoutMs } = {}) {
  const sent = content(headers, body, json);
  const outgoing = head(url, method ?? (sent.bytes ? "POST" : "GET"), sent.headers);
  const writer = outgoing.body();
  const future = attempt(() => handle(outgoing, options(timeoutMs)));
  try {
    write(writer, sent.bytes);
  } catch {
    // The answer, or its absence, says more.
  }
  return attempt(() => receive(future));
}

// Headers and bytes of what is sent.
function content(headers, body, json) {
  if (json !== undefined) {
    const named = Object.keys(headers).some((name) => name.toLowerCase() === "content-type");
    return {
      headers: named ? headers : { ...headers, "content-type": "application/json" },
      bytes: new TextEncoder().encode(JSON.stringify(json)),
    };
  }
  return { headers, bytes: typeof body === "string" ? new TextEncoder().encode(body) : body };
}

function head(url, method, headers) {
  const parts = /^(https?):\/\/([^/?#]+)([^#]*)/i.exec(url);
  if (!parts) throw new Failure("Http.InvalidUrl", `${url} is no URL of http or https`);
  const [, scheme, authority, path] = parts;
  const encoder = new TextEncoder();
  const fields = Object.entries(headers).map(([name, value]) => [
    name,
    encoder.encode(String(value)),
  ]);
  try {
    const outgoing = new OutgoingRequest(Fields.fromList(fields));
    const tag = method.toLowerCase();
    const known = METHODS.includes(method.toUpperCase());
    outgoing.setMethod(known ? { tag } : { tag: "other", val: method });
    outgoing.setScheme({ tag: scheme.toUpperCase() });
    outgoing.setAuthority(authority);
    outgoing.setPathWithQuery(path.startsWith("/") ? path : `/${path}`);
    return outgoing;
  } catch {
    const cause = `${method} ${url} with its headers is no valid request`;
    throw new Failure("Http.InvalidRequest", cause);
  }
}

function options(timeoutMs) {
  if (timeoutMs === undefined) return null;
  const nanoseconds = timeoutMs * 1e6;
  const options = new RequestOptions();
  options.setConnectTimeout(nanoseconds);
  options.setFirstByteTimeout(nanoseconds);
  options.setBetweenBytesTimeout(nanoseconds);
  return options;
}

function write(body, bytes = new Uint8Array()) {
  const stream = body.write();
  // The host takes 4,096 bytes at one go.
  for (let start = 0; start < bytes.length; start += 4096) {
    stream.blockingWriteAndFlush(bytes.subarray(start, start + 4096));
  }
  // The body cannot be finished while its stream is there.
  stream[Symbol.dispose]();
  OutgoingBody.finish(body, null);
}

function receive(future) {
  const ready = future.subscribe();
  ready.block();
  ready[Symbol.dispose]();
  const { val: answer } = future.get();
  if (answer.tag === "err") throw failed(answer.val);
  const incoming = answer.val;
  const decoder = new TextDecoder();
  const headers = {};
  for (const [name, value] of incoming.headers().entries()) {
    const text = decoder.decode(value);
    const key = name.toLowerCase();
    headers[key] = key in headers ? `${headers[key]}, ${text}` : text;
  }
  return new Response(incoming.status(), headers, read(incoming.consume().stream()));
}

function read(stream) {
  const chunks = [];
  for (;;) {
    try {
      chunks.push(stream.blockingRead(65536));
    } catch (thrown) {
      if (thrown.payload?.tag === "closed") break;
      throw thrown;
    }
  }
  const bytes = new Uint8Array(chunks.reduce((length, chunk) => length + chunk.length, 0));
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}

function attempt(step) {
  try {
    return step();
  } catch (thrown) {
    const code = thrown.payload;
    if (code?.tag === "last-operation-failed") {
      throw new Failure("Http.ConnectionBroken", code.val.toDebugString());
    }
    throw code?.tag ? failed(code) : thrown;
  }
}

// `connection-refused` as `Http.ConnectionRefused`, `HTTP-request-denied` as
// `Http.RequestDenied`.
function failed({ tag, val }) {
  const words = tag.toLowerCase().replace(/^http-/, "").split("-");
  const name = words.map((word) => word[0].toUpperCase() + word.slice(1)).join("");
  const detail = val === undefined || val === null ? "" : `: ${JSON.stringify(val)}`;
  return new Failure(`Http.${name}`, `the request failed: ${words.join(" ")}${detail}`);
}
