// Numbers as the reader's language writes them.

export interface Numbers {
  whole(x: number): string;
  /** Three digits. */
  short(x: number): string;
}

export function numbersIn(locale: string): Numbers {
  const whole = new Intl.NumberFormat(locale);
  const short = new Intl.NumberFormat(locale, { maximumSignificantDigits: 3 });
  return { whole: (x) => whole.format(x), short: (x) => short.format(x) };
}
