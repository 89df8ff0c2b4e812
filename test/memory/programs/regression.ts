// AssemblyScript: another program than the library's kernels, with its own memory, runtime and allocator. It knows a linear model
// y = weight · x + offset and the gradients of its squared error, and leaves it to somebody else to move the parameters.

const features = 5;
const examples = 40;

const x = new StaticArray<f32>(examples * features);
const y = new StaticArray<f32>(examples);
const weight = new StaticArray<f32>(features);
const offset = new StaticArray<f32>(1);
const weightGradient = new StaticArray<f32>(features);
const offsetGradient = new StaticArray<f32>(1);
const hoard: StaticArray<u8>[] = [];

let state: u32 = 1;
function random(): f32 {
  state = state * 1664525 + 1013904223;
  return <f32>(state >>> 8) / 8388608 - 1;
}

/** Data of the model weight = 1, 2, 3 …, offset = -1. */
export function begin(): void {
  for (let i = 0; i < examples; i++) {
    let sum: f32 = -1;
    for (let j = 0; j < features; j++) {
      const xij = random();
      x[i * features + j] = xij;
      sum += <f32>(j + 1) * xij;
    }
    y[i] = sum;
  }
}

/** Fills the gradients, and returns the mean squared error. */
export function gradient(): f64 {
  memory.fill(changetype<usize>(weightGradient), 0, features << 2);
  offsetGradient[0] = 0;
  let loss: f64 = 0;
  for (let i = 0; i < examples; i++) {
    let error = offset[0] - y[i];
    for (let j = 0; j < features; j++) error += weight[j] * x[i * features + j];
    loss += <f64>error * <f64>error;
    const slope = (<f32>2 * error) / <f32>examples;
    for (let j = 0; j < features; j++) weightGradient[j] += slope * x[i * features + j];
    offsetGradient[0] += slope;
  }
  return loss / <f64>examples;
}

export function allocate(bytes: usize): usize {
  return heap.alloc(bytes);
}

/** Takes a megabyte for itself, for which its memory grows. */
export function grow(): void {
  hoard.push(new StaticArray<u8>(1 << 20));
}

export function weightAddress(): usize {
  return changetype<usize>(weight);
}

export function offsetAddress(): usize {
  return changetype<usize>(offset);
}

export function weightGradientAddress(): usize {
  return changetype<usize>(weightGradient);
}

export function offsetGradientAddress(): usize {
  return changetype<usize>(offsetGradient);
}
