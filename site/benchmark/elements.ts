// Makes elements of the page.

type Properties<T extends keyof HTMLElementTagNameMap> = Partial<Omit<HTMLElementTagNameMap[T], "style">>;

export function make<T extends keyof HTMLElementTagNameMap>(
  tag: T,
  properties: Properties<T> = {},
  ...children: (Node | string)[]
): HTMLElementTagNameMap[T] {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
}

/** A list to choose from, under its label. `choices`: the value and the text of each. */
export function choice(label: string, choices: readonly (readonly [value: string, text: string])[], chosen: string) {
  const select = make(
    "select",
    {},
    ...choices.map(([value, text]) => new Option(text, value, value === chosen, value === chosen)),
  );
  return { select, field: make("label", {}, label, select) };
}
