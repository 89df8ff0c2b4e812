// Colors of SVG pictures in light and dark mode. An SVG that a page shows as an image follows the reader's system.

/** A color on the light background, and on the dark one. */
export type Color = readonly [light: string, dark: string];

export const background: Color = ["#ffffff", "#16191d"];
export const ink: Color = ["#222222", "#e4e6e8"];
/** Text beside the main text. */
export const grey: Color = ["#5b6670", "#a3adb5"];
/** Grid lines and frames. */
export const faint: Color = ["#dddddd", "#3a3f45"];
export const blue: Color = ["#0072b2", "#4db2f0"];
export const orange: Color = ["#d55e00", "#ff8a3d"];
export const red: Color = ["#d00000", "#ff6b6b"];

/** A style and a background. Colors are attributes for the light mode. In the dark mode, the style replaces each by its partner. */
export function darkMode(svg: string, colors: readonly Color[]): string {
  const replaced = [background, ink, ...colors].map(([light, dark]) =>
    ["fill", "stroke"].map((name) => `${svg} [${name}="${light}"]{${name}:${dark}}`).join(""),
  );
  return (
    `<style>${svg}{color:${ink[0]}}@media (prefers-color-scheme:dark){${svg}{color:${ink[1]}}${replaced.join("")}}</style>` +
    `<rect width="100%" height="100%" fill="${background[0]}"/>`
  );
}
