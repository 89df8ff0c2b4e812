// Random files in the format safetensors, most of them with errors. The same number gives the same file, on every machine.

import { file } from "./safetensors.js";

const dtypes = (
  "F32 F32 F32 F32 F64 F16 BF16 BOOL U8 I8 I16 U16 I32 U32 I64 U64 C64 F4 F6_E2M3 F6_E3M2 F8_E5M2 F8_E4M3 F8_E8M0 " +
  "F8_E4M3FNUZ F8_E5M2FNUZ"
).split(" ");

/** Bits per element. */
const bits = new Map(dtypes.map((dtype) => [dtype, dtype === "BOOL" ? 8 : Number(/\d+/.exec(dtype))]));

const names = ["a", "b", "weight", "10", "2", "", "__proto__", "é", "😀", 'quo"te', "back\\slash", "nul\0", "a\n", "constructor"];

/** Tokens that replace others: JSON that the format forbids, and text that is not JSON. */
const tokens = [
  ..."{}[]:,",
  ...'0 1 4 8 -0 -1 -4 4.0 4e0 0.5 1E1 00 04 +1 .5 1. 1e 1e999 NaN Infinity null true false tru // /**/ "" "0"'.split(" "),
  ..."9007199254740991 9007199254740992 9007199254740993 4294967296 18446744073709551615 18446744073709551616".split(" "),
  ...'"F32" "f32" "FLOAT" "F4" "F64" "\\u0046\\u0033\\u0032" {"F32":null} {"F32":1} ["F32"]'.split(" "),
  ...'"dtype" "shape" "data_offsets" "\\u0064type" "__metadata__" "\\u005f_metadata__" "extra"'.split(" "),
  ...'"\\ud83d\\ude00" "\\ud83d" "\\ude00" "\\ud83d\\u0041" "\\uD83D" "\\x" "\\/" "\\u00" "\\b\\f\\n\\r\\t" "\\"" "\\\\" "'.split(
    " ",
  ),
  ...[" ", "\n", "\t", "\r", "\v", "\f", "\0", "\u00a0", "\ufeff", "\u2028", '"\u2028"', '"\u007f"', '"\u0001"', '"\n"'],
  ...[
    "[[]]",
    "[{}]",
    "{}",
    "[]",
    '{"a":1}',
    '{"a":"b"}',
    '{"a":"b","a":"c"}',
    '{"a":null}',
    "[0,4,8]",
    "[0]",
    '["F32",[1],[0,4]]',
  ],
  "[".repeat(200) + "]".repeat(200),
];

/** Bytes that are put into the header. */
const inserted = [...'{}[]:,"\\ \n\t\0-+.0123456789eEuabF'].map((character) => character.charCodeAt(0));
inserted.push(0x7f, 0x80, 0xbf, 0xc0, 0xc3, 0xe2, 0xed, 0xef, 0xf0, 0xf4, 0xff);

/** Random integers: mulberry32. */
function source(seed: number) {
  let state = Math.imul(seed + 1, 0x9e3779b1);
  return (limit: number): number => {
    state = (state + 0x6d2b79f5) | 0;
    let bits = Math.imul(state ^ (state >>> 15), state | 1);
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61);
    return Math.floor((((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32) * limit);
  };
}

type Random = ReturnType<typeof source>;

const pick = <T>(list: readonly T[], random: Random) => list[random(list.length)] as T;

function shuffle<T>(list: T[], random: Random): T[] {
  for (let i = list.length - 1; i > 0; i--) {
    const j = random(i + 1);
    [list[i], list[j]] = [list[j] as T, list[i] as T];
  }
  return list;
}

/** The tokens of a header without errors, and the bytes of its data. */
function good(random: Random): { readonly header: string[]; readonly size: number } {
  const entries: string[][] = [];
  const free = [...names];
  let at = 0;
  for (let count = pick([0, 1, 1, 1, 2, 2, 3, 4], random); count > 0; count--) {
    const dtype = pick(dtypes, random);
    const width = bits.get(dtype) ?? 0;
    const shape = width < 8 ? [8] : [];
    for (let dimensions = random(4); dimensions > 0; dimensions--) shape.push(pick([1, 1, 2, 3, 4, 0], random));
    const end = at + shape.reduce((a, b) => a * b, width) / 8;
    const fields = [
      ['"dtype"', ":", `"${dtype}"`],
      [
        '"shape"',
        ":",
        "[",
        ...shape
          .join(" , ")
          .split(" ")
          .slice(shape.length > 0 ? 0 : 1),
        "]",
      ],
      ['"data_offsets"', ":", "[", `${at}`, ",", `${end}`, "]"],
    ];
    if (random(4) === 0) shuffle(fields, random);
    const [name = ""] = free.splice(random(free.length), 1);
    const [first = [], ...others] = fields;
    entries.push([JSON.stringify(name), ":", "{", ...first, ...others.flatMap((field) => [",", ...field]), "}"]);
    at = end;
  }
  if (random(3) === 0) shuffle(entries, random);
  if (random(2) === 0) {
    const pairs = [['"format"', ":", '"pt"'], [",", '"k"', ":", '"v"'], []].slice(0, random(3));
    const metadata = ['"__metadata__"', ":", "{", ...pairs.flat(), "}"];
    entries.splice(random(entries.length + 1), 0, metadata);
  }
  const header = ["{", ...entries.flatMap((entry, i) => (i > 0 ? [",", ...entry] : entry)), "}"];
  return { header, size: at };
}

/** The end of the value that begins at a token. */
function endOf(header: readonly string[], begin: number): number {
  let depth = 0;
  for (let i = begin; i < header.length; i++) {
    if (header[i] === "{" || header[i] === "[") depth++;
    if (header[i] === "}" || header[i] === "]") depth--;
    if (depth <= 0) return i + 1;
  }
  return header.length;
}

/** Changes of tokens. */
const edits: readonly ((header: string[], random: Random) => void)[] = [
  // Another token in place of one, or beside it.
  (header, random) => header.splice(random(header.length + 1), 1, pick(tokens, random)),
  (header, random) => header.splice(random(header.length + 1), 0, pick(tokens, random)),
  (header, random) => header.splice(random(header.length + 1), 1),
  // Another value in place of one.
  (header, random) => {
    const colons = header.flatMap((token, i) => (token === ":" ? [i + 1] : []));
    const begin = colons.length > 0 ? pick(colons, random) : 0;
    header.splice(begin, endOf(header, begin) - begin, pick(tokens, random));
  },
  // Another number in place of one.
  (header, random) => {
    const numbers = header.flatMap((token, i) => (/^\d/.test(token) ? [i] : []));
    if (numbers.length > 0) header[pick(numbers, random)] = random(2) === 0 ? `${random(40)}` : pick(tokens, random);
  },
  // A pair of name and value once more, elsewhere or changed.
  (header, random) => {
    const colons = header.flatMap((token, i) => (token === ":" && i > 0 ? [i] : []));
    if (colons.length === 0) return;
    const colon = pick(colons, random);
    const pair = header.slice(colon - 1, endOf(header, colon + 1));
    if (random(2) === 0) edits[random(4)]?.(pair, random);
    const places = random(2) === 0 ? [colon - 1] : colons.map((i) => i - 1);
    header.splice(pick(places, random), 0, ...pair, ",");
  },
  // A field that the format does not have.
  (header, random) => {
    const opening = header.flatMap((token, i) => (token === "{" && header[i + 1] !== "}" ? [i + 1] : []));
    if (opening.length > 0) header.splice(pick(opening, random), 0, '"extra"', ":", pick(tokens, random), ",");
  },
  // Space.
  (header, random) => header.splice(random(header.length + 1), 0, pick([" ", "\n", "\t", "\r", "  ", "\n\n"], random)),
  // A letter of a name as an escape.
  (header, random) => {
    const strings = header.flatMap((token, i) => (/^"\w/.test(token) ? [i] : []));
    if (strings.length === 0) return;
    const i = pick(strings, random);
    const token = header[i] as string;
    header[i] = `"\\u${token.charCodeAt(1).toString(16).padStart(4, "0")}${token.slice(2)}`;
  },
  // Two tokens change places.
  (header, random) => {
    const [i, j] = [random(header.length), random(header.length)];
    [header[i], header[j]] = [header[j] as string, header[i] as string];
  },
];

/** Changes of the bytes of a header. */
function editBytes(header: Uint8Array, random: Random): Uint8Array {
  if (header.length === 0) return header;
  const at = random(header.length);
  const kind = random(4);
  const byte = kind === 0 ? (header[at] as number) ^ (1 << random(8)) : pick(inserted, random);
  if (kind === 1) {
    header.copyWithin(at, at + 1);
    return header.subarray(0, -1);
  }
  if (kind !== 2) {
    header[at] = byte;
    return header;
  }
  const longer = new Uint8Array(header.length + 1);
  longer.set(header.subarray(0, at));
  longer[at] = byte;
  longer.set(header.subarray(at), at + 1);
  return longer;
}

const encoder = new TextEncoder();

/** Mutants of one file without errors. */
const litter = 8;

/** The last file without errors. */
let parent = { number: -1, ...good(source(0)) };

function parentOf(number: number) {
  if (parent.number !== number) parent = { number, ...good(source(~number)) };
  return parent;
}

/** File number `seed`. */
export function mutant(seed: number): Uint8Array {
  const random = source(seed);
  let { header, size } = parentOf(Math.floor(seed / litter));
  header = [...header];
  let inBytes = 0;
  for (let count = pick([0, 1, 1, 1, 1, 2, 3], random); count > 0; count--) {
    if (random(4) === 0) inBytes++;
    else pick(edits, random)(header, random);
  }
  if (random(8) === 0) header = header.flatMap((token) => (",:".includes(token) ? [token, " "] : [token]));
  let bytes: Uint8Array = encoder.encode(header.join(""));
  for (; inBytes > 0; inBytes--) bytes = editBytes(bytes, random);
  let length: number | bigint = bytes.length;
  if (random(16) === 0) size = Math.max(0, size + pick([-8, -4, -1, 1, 4, 8], random));
  if (random(64) === 0) length += pick([-8, -2, -1, 1, 2, size], random);
  if (random(256) === 0)
    length = pick([0n, 1n, 100_000_000n, 100_000_001n, 2n ** 32n, BigInt(length) + 2n ** 32n, 2n ** 63n], random);
  const data = new Uint8Array(size);
  for (let i = 0; i < size; i++) data[i] = random(256);
  return file(bytes, data, length < 0 ? 0 : length);
}
