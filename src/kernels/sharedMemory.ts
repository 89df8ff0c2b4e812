// The module for shared memory differs from the module for plain memory in the import of the memory alone: the kernels use no atomics.

/** Section number of imports in a module. */
const importSection = 2;

/** Of an import: it is a memory. Its limits: shared, from 0 to 65,536 pages. */
const memoryKind = 2;
const sharedLimits = [3, 0, 0x80, 0x80, 4];

/** A module whose only import is a memory, for a shared memory instead. */
export function withSharedMemory(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  let at = 8; // after magic number and version
  /** An unsigned integer: 7 bits a byte, the lowest first. */
  const read = () => {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = bytes[at++] as number;
      value += (byte & 127) * factor;
      if (byte < 128) return value;
    }
  };
  /** Skips a name or the content of a section. */
  const skip = () => {
    const size = read();
    at += size;
  };
  while (at < bytes.length && bytes[at] !== importSection) {
    at += 1;
    skip();
  }
  const before = bytes.subarray(0, at);
  at += 1;
  const size = read();
  const after = bytes.subarray(at + size);
  read(); // the number of imports
  const first = at;
  skip(); // the name of the module
  skip(); // the name of the import
  const content = [1, ...bytes.subarray(first, at), memoryKind, ...sharedLimits];
  return Uint8Array.from([...before, importSection, content.length, ...content, ...after]);
}
