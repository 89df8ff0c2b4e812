// The weights of the first layer as pictures: one of 28 × 28 pixels for each hidden unit.
import { pixelsPerImage } from "../../data/digits.js";
import { isDark } from "../draw/palette.js";
import { hiddenUnits } from "./network.js";

const side = 28;
const across = 8;
const down = hiddenUnits / across;
/** With a line between two pictures. */
const cell = side + 1;

export const canvasSize = { width: across * cell + 1, height: down * cell + 1 };

type Colour = readonly [red: number, green: number, blue: number];

/** From negative over zero to positive; the ends differ in lightness from the middle, and in hue from each other. */
const scales: { readonly [theme in "light" | "dark"]: readonly [Colour, Colour, Colour] } = {
  light: [
    [11, 92, 173],
    [255, 255, 255],
    [179, 71, 11],
  ],
  dark: [
    [109, 179, 255],
    [27, 27, 31],
    [255, 162, 94],
  ],
};

/** The largest size of a weight, or of most weights: the highest thousandth is left out. */
export function largest(weights: Float32Array): number {
  const sizes = weights.map(Math.abs).sort();
  return sizes[Math.floor(0.999 * (sizes.length - 1))];
}

/** Draws weights between −most and most. */
export function drawWeights(context: CanvasRenderingContext2D, pixelToHidden: Float32Array, most: number): void {
  const [negative, zero, positive] = scales[isDark() ? "dark" : "light"];
  const { width, height } = canvasSize;
  const image = context.createImageData(width, height); // transparent between the pictures
  for (let unit = 0; unit < hiddenUnits; unit++) {
    const left = 1 + cell * (unit % across);
    const top = 1 + cell * Math.floor(unit / across);
    for (let pixel = 0; pixel < pixelsPerImage; pixel++) {
      const weight = pixelToHidden[pixel * hiddenUnits + unit];
      const share = most > 0 ? Math.min(Math.abs(weight) / most, 1) : 0;
      const end = weight < 0 ? negative : positive;
      const at = 4 * ((top + Math.floor(pixel / side)) * width + left + (pixel % side));
      for (let channel = 0; channel < 3; channel++)
        image.data[at + channel] = zero[channel] + share * (end[channel] - zero[channel]);
      image.data[at + 3] = 255;
    }
  }
  context.putImageData(image, 0, 0);
}
