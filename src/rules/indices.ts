/** Array indices by name, for an array in the order of these names. */
export function indicesOf<const Name extends string>(...names: readonly Name[]): { readonly [name in Name]: number } {
  return Object.fromEntries(names.map((name, i) => [name, i])) as { [name in Name]: number };
}
