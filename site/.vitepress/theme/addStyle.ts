const added = new Set<string>();

/** Adds a style to the page, once. */
export function addStyle(text: string): void {
  if (added.has(text)) return;
  added.add(text);
  document.head.append(Object.assign(document.createElement("style"), { textContent: text }));
}
