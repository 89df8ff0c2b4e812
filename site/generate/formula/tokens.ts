// The formulas of the docstrings as tokens.

export interface Token {
  readonly kind: "script" | "name" | "number" | "sign";
  readonly text: string;
  /** Whether white space is before the token. */
  readonly spaced: boolean;
}

/** Raised and lowered characters come first, because some of them are letters for Unicode. */
const patterns: { readonly [kind in Token["kind"]]: RegExp } = {
  script: /[²³ᵗʳᵀ¼']|[₀-₉ₜ₊]+/u,
  // A letter can have a hat, a word can be possessive: "the element's indices".
  name: /[A-Za-z][A-Za-z0-9]*(?:'s\b)?\u0302?|\p{L}/u,
  number: /\d+(?:\.\d+)?(?:e-?\d+)?/u,
  sign: /[←=<>≤≥+−±·/^√∛Σ()|‖⟨⟩,:…∞]/u,
};

const pattern = new RegExp(
  Object.entries(patterns)
    .map(([kind, { source }]) => `(?<${kind}>${source})`)
    .join("|"),
  "uy",
);

/** Splits a line of a formula. @throws Error at a character that no formula has. */
export function tokensOf(line: string): Token[] {
  const text = line.normalize("NFD");
  const tokens: Token[] = [];
  let spaced = false;
  for (let at = 0; at < text.length; ) {
    pattern.lastIndex = at;
    const { groups } = pattern.exec(text) ?? {};
    const [kind, token] = Object.entries(groups ?? {}).find(([, found]) => found !== undefined) ?? [];
    if (kind && token) tokens.push({ kind: kind as Token["kind"], text: token, spaced });
    else if (text[at] !== " ") throw new Error(`formula: unexpected ${JSON.stringify(text.slice(at))} in ${line}`);
    spaced = !token;
    at += token?.length ?? 1;
  }
  return tokens;
}
