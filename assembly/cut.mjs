// Cuts the compiled module into modules of few kernels, so that a bundle holds the kernels that it uses.
import binaryen from "assemblyscript/binaryen";

/** The module with these of its exports, and the functions that they call. */
export function cut(/** @type {Uint8Array} */ bytes, /** @type {readonly string[]} */ kernels) {
  const module = binaryen.readBinary(bytes);
  for (const { name } of WebAssembly.Module.exports(new WebAssembly.Module(bytes)))
    if (!kernels.includes(name)) module.removeExport(name);
  module.runPasses(["remove-unused-module-elements"]);
  const result = module.emitBinary();
  module.dispose();
  return result;
}

/**
 * Encodes a module as text; `decode` in src/kernels/wasm.ts decodes it. A byte becomes the character with code byte + 46 if that lies
 * between "$" and "~"; else a space or "!", then the character 91 or 182 further. Codes are modulo 256. Unlike base64, equal bytes give
 * equal characters, so gzip compresses the text well.
 */
export function encode(/** @type {Uint8Array} */ bytes) {
  const character = (/** @type {number} */ byte) => {
    for (const [prefix, more] of /** @type {const} */ ([
      ["", 0],
      [" ", 91],
      ["!", 182],
    ])) {
      const code = (byte + 46 + more) % 256;
      if (code >= 36 && code <= 126) return prefix + String.fromCharCode(code);
    }
  };
  return Array.from(bytes, character).join("");
}
