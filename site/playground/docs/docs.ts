// What the library's comments say of each rule, written by write.ts.

type Both<T> = { readonly en: T; readonly ko: T };

export interface RuleTexts {
  readonly formula: string;
  readonly summary: Both<string>;
  /** What each hyper-parameter means. */
  readonly meanings: Both<{ readonly [hyper: string]: string }>;
}

export type Docs = { readonly [rule: string]: RuleTexts };

/** The texts of all rules; none if they were not written. */
export async function loadDocs(): Promise<Docs> {
  const [load] = Object.values(import.meta.glob<Docs>("./output/rules.json", { import: "default" }));
  return load ? load() : {};
}
