/** Bytes of a buffer. */
export interface Span {
  readonly begin: number;
  readonly end: number;
  /** Spans of different buffers do not overlap; undefined where there is one only. */
  readonly buffer?: ArrayBufferLike;
}

/** Two spans that overlap though they may not, the one that begins first first; undefined when there are none. */
export function findOverlap<S extends Span>(
  spans: readonly S[],
  may: (one: S, other: S) => boolean = () => false,
): readonly [S, S] | undefined {
  // Those of each buffer that reach beyond the begin of the last.
  const open = new Map<ArrayBufferLike | undefined, S[]>();
  for (const span of [...spans].sort((a, b) => a.begin - b.begin)) {
    const others = (open.get(span.buffer) ?? []).filter(({ end }) => end > span.begin);
    if (span.end > span.begin) for (const other of others) if (!may(other, span)) return [other, span];
    others.push(span);
    open.set(span.buffer, others);
  }
  return undefined;
}
