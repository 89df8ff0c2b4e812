// The sections of a WebAssembly module, and the change of its memory: plain or shared. The kernels use no atomics, so the module for shared
// memory differs from the one for plain memory in the import of the memory alone.

/** Numbers of sections. */
export const importSection = 2;
export const startSection = 8;
export const dataSection = 11;

/** Of an import: it is a memory. */
const memoryKind = 2;
/** Limits of a memory: plain, of any size; shared, of at most 65,536 pages. */
const limits = { plain: [0, 0], shared: [3, 0, 0x80, 0x80, 4] };

/** A section: its number, and its content from byte `begin` to byte `end`. `start` is the byte of its number. */
export interface Section {
  readonly id: number;
  readonly start: number;
  readonly begin: number;
  readonly end: number;
}

/** An unsigned integer in 7 bits per byte, the lowest first, and the byte after it. */
function readInteger(bytes: Uint8Array, at: number): [value: number, after: number] {
  let value = 0;
  for (let factor = 1; ; factor *= 128) {
    const byte = bytes[at++] as number;
    value += (byte & 127) * factor;
    if (byte < 128) return [value, at];
  }
}

/** The sections of a valid module. */
export function sectionsOf(bytes: Uint8Array): Section[] {
  const sections: Section[] = [];
  for (let start = 8; start < bytes.length; ) {
    const [size, begin] = readInteger(bytes, start + 1);
    sections.push({ id: bytes[start] as number, start, begin, end: begin + size });
    start = begin + size;
  }
  return sections;
}

/** A module whose only import is a memory, for plain or shared memory. */
export function importing(bytes: Uint8Array<ArrayBuffer>, shared: boolean): Uint8Array<ArrayBuffer> {
  const { start, begin, end } = sectionsOf(bytes).find(({ id }) => id === importSection) as Section;
  // After the number of imports, two names, of the module and of the import.
  const [, first] = readInteger(bytes, begin);
  const skipName = (at: number) => {
    const [size, after] = readInteger(bytes, at);
    return after + size;
  };
  const names = bytes.subarray(first, skipName(skipName(first)));
  const content = [1, ...names, memoryKind, ...(shared ? limits.shared : limits.plain)];
  return Uint8Array.from([...bytes.subarray(0, start), importSection, content.length, ...content, ...bytes.subarray(end)]);
}
