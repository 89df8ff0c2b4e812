// Files made by hand, at the limits of the format safetensors.
import { file, stored } from "./safetensors.js";

/** A file. */
interface Case {
  readonly name: string;
  readonly bytes: () => Uint8Array;
  /** Whether the library safetensors takes it. */
  readonly library: boolean;
  /** Why our reader refuses what the library takes: a name in safetensorsVerdict.ts. */
  readonly refused?: string;
}

type Row = readonly [name: string, bytes: () => Uint8Array];

const header = (...entries: string[]) => `{${entries.join()}}`;
const one = (text: string, data = 4) => file(header(`"a":${text}`), data);
const good = stored("F32", "[1]", 0, 4);
const meta = (text: string) => file(header(`"__metadata__":${text}`, `"a":${good}`), 4);
const named = (name: string) => file(header(`${name}:${good}`), 4);
const bytesOf = (text: string) => new TextEncoder().encode(text);
const spaces = (text: string, length: number) => bytesOf(text.padEnd(length));

const taken: readonly Row[] = [
  ["one tensor", () => one(good)],
  ["no tensor", () => file("{}")],
  ["metadata alone", () => file('{"__metadata__":{"format":"pt"}}')],
  ["metadata last", () => file(header(`"a":${good}`, '"__metadata__":{"format":"pt"}'), 4)],
  ["empty metadata", () => meta("{}")],
  ["metadata null", () => meta("null")],
  ["a metadata key and value of no characters", () => meta('{"":""}')],
  ["a header of 100,000,000 bytes", () => file(spaces("{}", 1e8))],
  ["a header not padded to 8", () => file(`{"a":${good}} `, 4)],
  ["spaces, tabs and newlines inside", () => file(`{ "a" :\t${good.replaceAll(",", " ,\r\n ")} }`, 4)],
  ["a space after }", () => file(`${header(`"a":${good}`)} `, 4)],
  ["a tab after }", () => file(`${header(`"a":${good}`)}\t`, 4)],
  ["a newline after }", () => file(`${header(`"a":${good}`)}\n`, 4)],
  ["tensors in another order than their data", () => file(header(`"b":${stored("F32", "[1]", 4, 8)}`, `"a":${good}`), 8)],
  ["fields in another order", () => one('{"data_offsets":[0,4],"shape":[1],"dtype":"F32"}')],
  ["F32 at an odd byte", () => file(header(`"a":${stored("U8", "[1]", 0, 1)}`, `"b":${stored("F32", "[1]", 1, 5)}`), 5)],
  ["shape []", () => one(stored("F32", "[]", 0, 4))],
  ["shape [0]", () => one(stored("F32", "[0]", 0, 0), 0)],
  ["shape [3,0,5]", () => one(stored("F32", "[3,0,5]", 0, 0), 0)],
  [
    "an empty tensor in the middle",
    () => file(header(`"a":${good}`, `"b":${stored("F32", "[0]", 4, 4)}`, `"c":${stored("F32", "[1]", 4, 8)}`), 8),
  ],
  ["two empty tensors at one byte", () => file(header(`"a":${stored("F32", "[0]", 0, 0)}`, `"b":${stored("U8", "[0]", 0, 0)}`))],
  ["a shape of 2^80 elements after a 0", () => one(stored("F32", "[0,1099511627776,1099511627776]", 0, 0), 0)],
  ["F4, two a byte", () => one(stored("F4", "[8]", 0, 4))],
  ["F6_E2M3, four in three bytes", () => one(stored("F6_E2M3", "[4]", 0, 3), 3)],
  ["C64", () => one(stored("C64", "[1]", 0, 8), 8)],
  ["a dtype of escapes", () => one(stored("\\u00463\\u0032", "[1]", 0, 4))],
  ["name of no characters", () => named('""')],
  ["name __proto__", () => named('"__proto__"')],
  ["name with NUL", () => named('"\\u0000"')],
  ["name with quotes and backslashes", () => named('"\\"\\\\\\/"')],
  ["name é", () => named('"é"')],
  ["name with a pair of surrogates", () => named('"\\ud83d\\ude00"')],
  ["name with DEL", () => named('"\u007f"')],
];

const refused: readonly Row[] = [
  ["no bytes", () => new Uint8Array()],
  ["7 bytes", () => new Uint8Array(7)],
  ["a header of 0 bytes", () => file("")],
  ["a header past the end", () => file("{}", 0, 3)],
  ["a header of 100,000,001 bytes", () => file(spaces("{}", 1e8 + 1))],
  ["a header of 2^32 + 2 bytes", () => file("{}", 0, 2n ** 32n + 2n)],
  ["a header of 2^64 - 1 bytes", () => file("{}", 0, 2n ** 64n - 1n)],
  ["a gap", () => file(header(`"a":${good}`, `"b":${stored("F32", "[1]", 5, 9)}`), 9)],
  ["an overlap", () => file(header(`"a":${good}`, `"b":${stored("F32", "[1]", 3, 7)}`), 7)],
  ["the same range twice", () => file(header(`"a":${good}`, `"b":${good}`), 4)],
  ["data that does not begin at 0", () => one(stored("F32", "[1]", 1, 5), 5)],
  ["bytes after the end", () => one(good, 5)],
  ["truncated data", () => one(good, 3)],
  ["an end before the beginning", () => file(header(`"a":${good}`, `"b":${stored("F32", "[1]", 4, 0)}`), 4)],
  ["a range longer than the shape", () => one(stored("F32", "[1]", 0, 8), 8)],
  ["a range shorter than the shape", () => one(stored("F32", "[2]", 0, 4))],
  ["a shape of 2^80 elements before a 0", () => one(stored("F32", "[1099511627776,1099511627776,0]", 0, 0), 0)],
  ["F4 with half a byte", () => one(stored("F4", "[3]", 0, 1), 1)],
  ["4.0 in a shape", () => one(stored("F32", "[1.0]", 0, 4))],
  ["4e0 in an offset", () => one(stored("F32", "[1]", 0, "4e0"))],
  ["-0 in an offset", () => one(stored("F32", "[1]", "-0", 4))],
  ["-4 in a shape", () => one(stored("F32", "[-1,-1]", 0, 4))],
  ["a string in an offset", () => one(stored("F32", "[1]", '"0"', 4))],
  ["2^64 in a shape", () => one(stored("F32", "[0,18446744073709551616]", 0, 0), 0)],
  ["01 in a shape", () => one(stored("F32", "[01]", 0, 4))],
  ["three offsets", () => one('{"dtype":"F32","shape":[1],"data_offsets":[0,4,4]}')],
  ["one offset", () => one('{"dtype":"F32","shape":[1],"data_offsets":[4]}')],
  ["a byte order mark", () => file(`\ufeff${header(`"a":${good}`)}`, 4)],
  ["NUL after }", () => file(`${header(`"a":${good}`)}\0`, 4)],
  ["a vertical tab inside", () => file(`{\v"a":${good}}`, 4)],
  ["a second }", () => file(`${header(`"a":${good}`)}}`, 4)],
  ["a comma before }", () => file(`{"a":${good},}`, 4)],
  ["metadata twice", () => file(header('"__metadata__":{}', '"__metadata__":{}', `"a":${good}`), 4)],
  ["dtype twice", () => one('{"dtype":"F32","dtype":"F32","shape":[1],"data_offsets":[0,4]}')],
  ["no dtype", () => one('{"shape":[1],"data_offsets":[0,4]}')],
  ["no shape", () => one('{"dtype":"F32","data_offsets":[0,4]}')],
  ["no offsets", () => one('{"dtype":"F32","shape":[1]}')],
  ["a number in the metadata", () => meta('{"a":1}')],
  ["an object in the metadata", () => meta('{"a":{}}')],
  ["a list for the metadata", () => meta("[]")],
  ["null for a tensor", () => one("null")],
  ["null for a dtype", () => one('{"dtype":null,"shape":[1],"data_offsets":[0,4]}')],
  ["dtype f32", () => one(stored("f32", "[1]", 0, 4))],
  ["dtype FLOAT", () => one(stored("FLOAT", "[1]", 0, 4))],
  ["dtype constructor", () => one(stored("constructor", "[1]", 0, 4))],
  ["bytes that are not UTF-8", () => file(Uint8Array.of(...bytesOf('{"'), 0xff, ...bytesOf(`":${good}}`)), 4)],
  ["an overlong character", () => file(Uint8Array.of(...bytesOf('{"'), 0xc0, 0x80, ...bytesOf(`":${good}}`)), 4)],
  [
    "half a pair of surrogates as bytes",
    () => file(Uint8Array.of(...bytesOf('{"'), 0xed, 0xa0, 0x80, ...bytesOf(`":${good}}`)), 4),
  ],
  ["half a pair of surrogates in a name", () => named('"\\ud800"')],
  ["half a pair of surrogates in the metadata", () => meta('{"a":"\\ude00"}')],
  ["a newline in a name", () => named('"\n"')],
  ["an unknown escape", () => named('"\\x"')],
  ["a string without an end", () => file('{"a')],
  ["a string that ends with an escape", () => file('{"a\\')],
  ["a header that ends early", () => file(`{"a":${good}`, 4)],
  ["200 lists in one another", () => one(`{"x":${"[".repeat(200)}${"]".repeat(200)},${good.slice(1)}`)],
  ["NaN", () => one(stored("F32", "[NaN]", 0, 4))],
  ["a comment", () => file(`{/**/"a":${good}}`, 4)],
  ["a list for the header", () => file("[]")],
];

/** What only our reader refuses. */
const strict: readonly (readonly [...Row, refused: string])[] = [
  ["a space before {", () => file(` ${header(`"a":${good}`)}`, 4), "space before {"],
  ["a newline before {", () => file(`\n${header(`"a":${good}`)}`, 4), "space before {"],
  ["the same name twice", () => file(header(`"a":${good}`, `"a":${good}`), 4), "name twice"],
  ["the same name twice, once with an escape", () => file(header(`"a":${good}`, `"\\u0061":${good}`), 4), "name twice"],
  ["a key of the metadata twice", () => meta('{"a":"1","a":"2"}'), "name twice"],
  ["an unknown field", () => one(`{"x":1,${good.slice(1)}`), "unknown field"],
  ["2^53 in a shape after a 0", () => one(stored("F32", "[0,9007199254740992]", 0, 0), 0), "2^53 or more"],
  ["a shape of 2^53 bits before a 0", () => one(stored("F32", "[281474976710656,0]", 0, 0), 0), "2^53 or more"],
  ["a list for a tensor", () => one('["F32",[1],[0,4]]'), "list for a tensor"],
  ["an object for a dtype", () => one('{"dtype":{"F32":null},"shape":[1],"data_offsets":[0,4]}'), "object for a dtype"],
];

export const cases: readonly Case[] = [
  ...taken.map(([name, bytes]) => ({ name, bytes, library: true })),
  ...refused.map(([name, bytes]) => ({ name, bytes, library: false })),
  ...strict.map(([name, bytes, refused]) => ({ name, bytes, library: true, refused })),
];
