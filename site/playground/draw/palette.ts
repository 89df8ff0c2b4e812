// Colours of up to eight racers, in light and dark. Dashes and labels tell them apart, too.

export interface Stroke {
  readonly light: string;
  readonly dark: string;
  /** Lengths of dashes and gaps; none for a continuous line. */
  readonly dash: readonly number[];
}

/** Each colour has a contrast of at least 3 to the lightest and darkest contour band. */
export const strokes: readonly Stroke[] = [
  { light: "#0b5cad", dark: "#6db3ff", dash: [] },
  { light: "#b3470b", dark: "#ffa25e", dash: [8, 3] },
  { light: "#0d6e4f", dark: "#4fd6a5", dash: [2, 2] },
  { light: "#9c2a8a", dark: "#f28fe0", dash: [8, 3, 2, 3] },
  { light: "#c01f2f", dark: "#ff8a8f", dash: [14, 3] },
  { light: "#6b5200", dark: "#e3c54a", dash: [4, 4] },
  { light: "#006a7a", dark: "#4ed3e6", dash: [12, 3, 2, 3, 2, 3] },
  { light: "#4a4a55", dark: "#c4c4cf", dash: [1, 3] },
];

export const isDark = (): boolean => document.documentElement.classList.contains("dark");

/** The colour of a racer in the current theme. */
export const colourOf = (racer: number): string => strokes[racer % strokes.length][isDark() ? "dark" : "light"];

export const dashOf = (racer: number): number[] => [...strokes[racer % strokes.length].dash];

/** Calls `listener` when the theme changes, until the returned function is called. */
export function onTheme(listener: () => void): () => void {
  let dark = isDark();
  const observer = new MutationObserver(() => {
    if (dark !== isDark()) {
      dark = isDark();
      listener();
    }
  });
  observer.observe(document.documentElement, { attributes: true, attributeFilter: ["class"] });
  return () => observer.disconnect();
}

/** The value of a CSS variable, such as `--vp-c-text-2`. */
export const cssColour = (variable: string, fallback: string): string =>
  getComputedStyle(document.documentElement).getPropertyValue(variable).trim() || fallback;
