// The engine goes from bytes to text and back in base64 alone, so that is the way taken here: a
// loop in the script would take ten times as many instructions.

// Most text is, and needs no more.
const ASCII = /^[\x00-\x7f]*$/;

// A character for each byte.
export const latin1 = (bytes) => atob(bytes.toBase64());

// UTF-8, and no other encoding.
export class TextEncoder {
  encoding = "utf-8";

  encode(text = "") {
    let binary = String(text);
    if (!ASCII.test(binary)) binary = unescape(encodeURIComponent(binary.toWellFormed()));
    return Uint8Array.fromBase64(btoa(binary));
  }
}

// UTF-8, and no other encoding. Bytes that are no UTF-8 are an error.
export class TextDecoder {
  encoding = "utf-8";

  constructor(label = "utf-8") {
    if (!/^utf-?8$/i.test(label)) throw new RangeError(`the encoding ${label} is not supported`);
  }

  decode(bytes = new Uint8Array()) {
    const array = ArrayBuffer.isView(bytes)
      ? new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength)
      : new Uint8Array(bytes);
    const binary = latin1(array);
    if (ASCII.test(binary)) return binary;
    try {
      return decodeURIComponent(escape(binary));
    } catch {
      throw new TypeError("the bytes are no UTF-8");
    }
  }
}
