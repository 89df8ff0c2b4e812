// The header of a safetensors file is JSON of one form:
//   {"__metadata__": {string: string, …}, name: {"dtype": string, "shape": [integers], "data_offsets": [begin, end]}, …}
// JSON.parse would take names twice, and numbers such as 4.0, which the format forbids. So the parser reads this form alone.
import type { Shape } from "../numerics/shape.js";
import { called, problem } from "./checkpointError.js";

/** A tensor in a file. @internal */
export interface StoredTensor {
  /** The type of the elements, such as "F32". */
  readonly dtype: string;
  readonly shape: Shape;
  /** The range of its bytes. */
  readonly begin: number;
  readonly end: number;
}

/** The contents of a header. @internal */
export interface Header {
  readonly tensors: Map<string, StoredTensor>;
  readonly metadata: Map<string, string>;
}

/** Greatest number of bytes of a header, as in the library safetensors. @internal */
export const maxHeader = 100_000_000;

/** The name that no tensor may have. @internal */
export const metadataName = "__metadata__";

/** Matches half a character, which UTF-8 cannot represent. */
const loneSurrogate = /\p{Surrogate}/u;

/** Whether UTF-8 can represent a text. @internal */
export const isWellFormed = (text: string) => !loneSurrogate.test(text);

const integer = /0|[1-9]\d*/y;

/** Parses a header. Ranges of bytes are as in the header, from its end. @throws CheckpointError that names the byte. @internal */
export function parseHeader(text: string): Header {
  let at = 0;

  function fail(expected: string, position = at): never {
    const byte = 8 + new TextEncoder().encode(text.slice(0, position)).length;
    throw problem("format", `the header at byte ${byte}`, expected, text.slice(position, position + 20));
  }

  function skipSpace() {
    while (at < text.length && " \t\n\r".includes(text[at] as string)) at++;
  }

  function takes(token: string): boolean {
    skipSpace();
    if (!text.startsWith(token, at)) return false;
    at += token.length;
    return true;
  }

  function take(token: string) {
    if (!takes(token)) fail(`"${token}"`);
  }

  function takeString(): string {
    skipSpace();
    const begin = at;
    if (!takes('"')) fail("a string");
    while (at < text.length && text[at] !== '"') at += text[at] === "\\" ? 2 : 1;
    at++;
    let string: string | undefined;
    try {
      string = JSON.parse(text.slice(begin, at));
    } catch {}
    return string !== undefined && isWellFormed(string) ? string : fail("a string", begin);
  }

  function takeInteger(): number {
    skipSpace();
    integer.lastIndex = at;
    const value = Number(integer.exec(text)?.[0]);
    if (!Number.isSafeInteger(value)) fail("an integer from 0 to 2^53 − 1");
    at = integer.lastIndex;
    return value;
  }

  function takeList(open: string, close: string, takeItem: () => void) {
    take(open);
    if (takes(close)) return;
    do takeItem();
    while (takes(","));
    if (!takes(close)) fail(`"," or "${close}"`);
  }

  function takeIntegers(): number[] {
    const integers: number[] = [];
    takeList("[", "]", () => integers.push(takeInteger()));
    return integers;
  }

  function takeObject(takeValue: (key: string) => void) {
    const keys = new Set<string>();
    takeList("{", "}", () => {
      skipSpace();
      const begin = at;
      const key = takeString();
      if (keys.has(key)) fail("each name once", begin);
      keys.add(key);
      take(":");
      takeValue(key);
    });
  }

  function takeTensor(name: string): StoredTensor {
    const found: { dtype?: string; shape?: number[]; data_offsets?: number[] } = {};
    takeObject((key) => {
      if (key === "dtype") found.dtype = takeString();
      else if (key === "shape" || key === "data_offsets") found[key] = takeIntegers();
      else fail(`dtype, shape and data_offsets alone in ${called(name)}`);
    });
    const { dtype, shape, data_offsets } = found;
    if (dtype === undefined || !shape || data_offsets?.length !== 2) {
      throw problem("format", called(name), "dtype, shape and two data_offsets", [dtype, shape, data_offsets]);
    }
    const [begin, end] = data_offsets as [number, number];
    return { dtype, shape, begin, end };
  }

  const header: Header = { tensors: new Map(), metadata: new Map() };
  if (text[0] !== "{") fail('"{"');
  takeObject((name) => {
    if (name !== metadataName) header.tensors.set(name, takeTensor(name));
    else if (!takes("null")) takeObject((key) => header.metadata.set(key, takeString()));
  });
  skipSpace();
  if (at < text.length) fail("nothing more");
  return header;
}
