/**
 * The words of a text, for the search. Neighbouring Korean words are words together, too: Korean may leave out the space between them, so
 * 경사하강법 finds 경사 하강법. The build copies the text of this function into the pages: it may use nothing from outside.
 */
export function tokenize(text: string): string[] {
  const words = text.split(/[^\p{L}\p{N}]+/u).filter((word) => word !== "");
  const joined = words.slice(1).map((word, i) => `${words[i]}${word}`);
  return [...words, ...joined.filter((word) => /^\p{Script=Hangul}+$/u.test(word))];
}
