/** A range of bytes in a buffer. */
export interface Span {
  readonly begin: number;
  readonly end: number;
  /** Undefined if all spans are in one buffer. Spans in different buffers do not overlap. */
  readonly buffer?: ArrayBufferLike;
}

/** The first two spans, sorted by `begin`, that overlap although `may` forbids it; undefined if there are none. */
export function findOverlap<S extends Span>(
  spans: readonly S[],
  may: (one: S, other: S) => boolean = () => false,
): readonly [S, S] | undefined {
  // For each buffer, the spans that did not end before the last one began.
  const open = new Map<ArrayBufferLike | undefined, S[]>();
  for (const span of [...spans].sort((a, b) => a.begin - b.begin)) {
    const others = (open.get(span.buffer) ?? []).filter(({ end }) => end > span.begin);
    if (span.end > span.begin) for (const other of others) if (!may(other, span)) return [other, span];
    others.push(span);
    open.set(span.buffer, others);
  }
  return undefined;
}
