// The formulas of the docstrings as trees: sums, products, fractions, roots, powers, calls, and words between them.
import { type Token, tokensOf } from "./tokens.js";

export type Tree =
  | { readonly is: "name" | "number" | "words" | "sign"; readonly text: string }
  /** Parts one after the other. */
  | { readonly is: "row"; readonly parts: readonly Tree[] }
  /** Parts between brackets or bars. */
  | { readonly is: "group"; readonly open: string; readonly close: string; readonly inside: Tree }
  | { readonly is: "fraction"; readonly over: Tree; readonly under: Tree }
  | { readonly is: "root"; readonly cubic: boolean; readonly of: Tree }
  | { readonly is: "script"; readonly base: Tree; readonly above?: Tree; readonly below?: string };

const brackets: Readonly<Record<string, string>> = { "(": ")", "|": "|", "‖": "‖", "⟨": "⟩" };
const functions = new Set(["max", "min", "clamp", "sign", "RMS", "eval", "observe"]);

const number = (text: string): Tree => ({ is: "number", text });
const name = (text: string): Tree => ({ is: "name", text });
const sign = (text: string): Tree => ({ is: "sign", text });

const raised: Readonly<Record<string, Tree>> = {
  "²": number("2"),
  "³": number("3"),
  "¼": number("1/4"),
  ᵗ: name("t"),
  ʳ: name("r"),
  ᵀ: name("T"),
  "'": sign("′"),
};
const lowered: Readonly<Record<string, string>> = { ₜ: "t", "₊": "+" };
const plain = (script: string) =>
  script.replace(/[₀-₉]/g, (digit) => String(digit.charCodeAt(0) - "₀".charCodeAt(0))).replace(/[ₜ₊]/g, (sign) => lowered[sign]);

const row = (parts: readonly Tree[]): Tree => (parts.length === 1 ? parts[0] : { is: "row", parts });

/** Reads one line. `names` are those of more than one letter that stand for numbers: options, state. Other such names are words. */
class Reader {
  readonly #tokens: readonly Token[];
  readonly #names: ReadonlySet<string>;
  #at = 0;

  constructor(line: string, names: ReadonlySet<string>) {
    this.#tokens = tokensOf(line);
    this.#names = names;
  }

  #next(ahead = 0): Token | undefined {
    return this.#tokens[this.#at + ahead];
  }

  #take(...texts: string[]): string | undefined {
    const text = this.#next()?.text;
    if (text === undefined || !texts.includes(text)) return undefined;
    this.#at += 1;
    return text;
  }

  #touches(text: string, ahead = 1): boolean {
    const token = this.#next(ahead);
    return token?.text === text && !token.spaced;
  }

  /** Whether the token is a word of a sentence, not a name in the formula. */
  #isWord(ahead = 0): boolean {
    const token = this.#next(ahead);
    if (token?.kind !== "name" || this.#touches("/", ahead + 1) || this.#touches("(", ahead + 1)) return false;
    const { text } = token;
    if (text === "a") return this.#next(ahead + 1)?.spaced === true && this.#isWord(ahead + 1);
    return /^[A-Za-z]{2,}('s)?$/.test(text) && !this.#names.has(text);
  }

  /** The line, or the inside of brackets: terms, words and signs. */
  mixed(close?: string): Tree {
    const parts: Tree[] = [];
    for (let token = this.#next(); token && token.text !== close; token = this.#next()) {
      if (this.#isWord()) parts.push(this.#words());
      else if (/^[←=<>≤≥,:]$/.test(token.text)) parts.push(sign(this.#take(token.text) as string));
      else parts.push(this.#sum());
    }
    return row(parts);
  }

  #words(): Tree {
    const words: string[] = [];
    for (; this.#isWord(); this.#at += 1) words.push(this.#next()?.text as string);
    return { is: "words", text: words.join(" ") };
  }

  #sum(): Tree {
    const parts: Tree[] = [];
    do {
      const operator = this.#take("+", "−", "±");
      if (operator) parts.push(sign(operator));
      parts.push(this.#product());
    } while (/^[+−±]$/.test(this.#next()?.text ?? ""));
    return row(parts);
  }

  /** Factors. A fraction has all factors since the last fraction above its line, and one factor below: a·b/c·d is (a·b/c)·d. */
  #product(): Tree {
    const done: Tree[] = [];
    let run: Tree[] = [this.#factor()];
    for (;;) {
      if (this.#take("/")) {
        done.push({ is: "fraction", over: row(run), under: this.#factor() });
        run = [];
      } else if (this.#take("·")) {
        (run.length > 0 ? run : done).push(sign("·"));
        run.push(this.#factor());
      } else if (this.#multiplies()) run.push(this.#factor());
      else return row([...done, ...run]);
    }
  }

  /** Whether a factor follows without a sign and without a space: 2t, (ρ − 4)(ρ − 2). */
  #multiplies(): boolean {
    const token = this.#next();
    if (!token || token.spaced) return false;
    return token.kind === "name" || token.kind === "number" || /^[(√∛…]$/.test(token.text);
  }

  #factor(): Tree {
    if (this.#take("Σ")) return row([sign("Σ"), this.#factor()]);
    const root = this.#take("√", "∛");
    if (root) return { is: "root", cubic: root === "∛", of: this.#factor() };
    const base = this.#atom();
    let above: Tree | undefined;
    let below: string | undefined;
    for (let token = this.#next(); token && !token.spaced; token = this.#next()) {
      if (this.#take("^")) above = this.#exponent();
      else if (this.#take("∞")) below = "∞";
      else if (token.kind !== "script") break;
      else if (token.text in raised) above = this.#exponent();
      else {
        below = plain(token.text);
        this.#at += 1;
      }
    }
    return above || below ? { is: "script", base, above, below } : base;
  }

  #exponent(): Tree {
    const exponent = raised[this.#next()?.text ?? ""];
    if (!exponent) return this.#atom();
    this.#at += 1;
    return exponent;
  }

  #atom(): Tree {
    const token = this.#next();
    if (!token) throw new Error("formula: expected a factor, got the end of the line");
    this.#at += 1;
    const { kind, text } = token;
    if (kind === "number") return number(text);
    if (kind === "name" && this.#touches("(", 0) && functions.has(text)) return row([name(text), this.#atom()]);
    if (kind === "name") return name(text);
    if (text === "…") return sign(text);
    const close = brackets[text];
    if (!close) throw new Error(`formula: expected a factor, got ${text}`);
    const inside = this.mixed(close);
    if (!this.#take(close)) throw new Error(`formula: expected ${close}`);
    return { is: "group", open: text, close, inside };
  }
}

/** The tree of a line. @throws Error if the line does not follow the grammar. */
export function treeOf(line: string, names: ReadonlySet<string>): Tree {
  try {
    return new Reader(line, names).mixed();
  } catch (error) {
    throw new Error(`${(error as Error).message}, in ${line}`);
  }
}
