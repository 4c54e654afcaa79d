// UTF-8, and no other encoding.
export class TextEncoder {
  encoding = "utf-8";

  encode(text = "") {
    const binary = unescape(encodeURIComponent(String(text).toWellFormed()));
    return Uint8Array.from(binary, (char) => char.charCodeAt(0));
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
    let binary = "";
    // A function takes so many arguments and no more.
    for (let start = 0; start < array.length; start += 4096) {
      binary += String.fromCharCode(...array.subarray(start, start + 4096));
    }
    try {
      return decodeURIComponent(escape(binary));
    } catch {
      throw new TypeError("the bytes are no UTF-8");
    }
  }
}
