/** Random numbers in [-1, 1), exact in f32: the upper 24 bits of a linear congruential generator, as in torch_golden.py. */
export function* random(seed: number): Generator<number, never> {
  for (let state = seed; ; ) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    yield (state >>> 8) / 2 ** 23 - 1;
  }
}

/** Fills an array with the next numbers of `source`, times `scale`. */
export function fill<A extends Float32Array | Float64Array>(array: A, source: Generator<number, never>, scale = 1): A {
  for (let i = 0; i < array.length; i++) array[i] = source.next().value * scale;
  return array;
}
