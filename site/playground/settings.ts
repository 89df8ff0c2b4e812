/** Settings of surfaces and views by name, as texts. Unknown names are ignored by everyone. */
export type Settings = Pick<ReadonlyMap<string, string>, "get">;

/** A setting as a number; `fallback` if it is missing, no number, or outside min … max. */
export function numberSetting(settings: Settings, name: string, fallback: number, min: number, max: number): number {
  const text = settings.get(name);
  const value = text ? Number(text) : Number.NaN;
  return value >= min && value <= max ? value : fallback;
}

/** A setting that is on or off: "1" or "0". */
export function flagSetting(settings: Settings, name: string, fallback = false): boolean {
  const text = settings.get(name);
  return text === "1" || text === "0" ? text === "1" : fallback;
}
