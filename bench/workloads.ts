// The workloads: numbers of parameters, and the shapes of well-known models.
import type { Spec } from "../src/engine/spec.js";

export type Shapes = Readonly<Record<string, readonly number[]>>;

export const elements = (shape: readonly number[]) => shape.reduce((product, size) => product * size, 1);

export const count = (shapes: Shapes) => Object.values(shapes).reduce((sum, shape) => sum + elements(shape), 0);

export const sizes = [1024, 16_384, 262_144, 1_048_576, 4_194_304, 16_777_216];

const maxSide = 512;

/** n parameters: one vector. With `perTensor`, square matrices of at most 512 × 512. */
export function tensors({ perTensor }: Pick<Spec, "perTensor">, n: number): Shapes {
  const side = Math.min(Math.sqrt(n), maxSide);
  if (!perTensor || !Number.isInteger(side) || n % side ** 2 !== 0) return { x: [n] };
  return Object.fromEntries(Array.from({ length: n / side ** 2 }, (_, i) => [`x${i}`, [side, side]]));
}

/** A network of dense layers. */
function mlp(...widths: number[]): Shapes {
  const layers = widths.slice(1).flatMap((width, i) => [
    [`layer${i}.weight`, [width, widths[i]]],
    [`layer${i}.bias`, [width]],
  ]);
  return Object.fromEntries(layers);
}

/** He et al. 2016, https://arxiv.org/abs/1512.03385, for ImageNet. */
function resnet18(): Shapes {
  const shapes: Record<string, number[]> = {};
  const convolution = (name: string, to: number, from: number, side: number) => {
    shapes[`${name}.weight`] = [to, from, side, side];
    shapes[`${name}.norm.weight`] = [to];
    shapes[`${name}.norm.bias`] = [to];
  };
  convolution("conv1", 64, 3, 7);
  for (const [stage, width] of [64, 128, 256, 512].entries()) {
    const before = stage === 0 ? width : width / 2;
    for (const block of [0, 1]) {
      const name = `layer${stage + 1}.${block}`;
      convolution(`${name}.conv1`, width, block === 0 ? before : width, 3);
      convolution(`${name}.conv2`, width, width, 3);
      if (block === 0 && stage > 0) convolution(`${name}.downsample`, width, before, 1);
    }
  }
  return { ...shapes, "fc.weight": [1000, 512], "fc.bias": [1000] };
}

/** Radford et al. 2019, the small model: 12 layers of width 768, 50,257 tokens, 1,024 positions. The output shares the embedding. */
function gpt2(): Shapes {
  const width = 768;
  const shapes: Record<string, number[]> = { wte: [50_257, width], wpe: [1024, width] };
  const dense = (name: string, from: number, to: number) => {
    shapes[`${name}.weight`] = [from, to];
    shapes[`${name}.bias`] = [to];
  };
  const norm = (name: string) => {
    shapes[`${name}.weight`] = [width];
    shapes[`${name}.bias`] = [width];
  };
  for (let layer = 0; layer < 12; layer++) {
    norm(`h${layer}.ln1`);
    dense(`h${layer}.attn.qkv`, width, 3 * width);
    dense(`h${layer}.attn.proj`, width, width);
    norm(`h${layer}.ln2`);
    dense(`h${layer}.mlp.fc`, width, 4 * width);
    dense(`h${layer}.mlp.proj`, 4 * width, width);
  }
  norm("lnf");
  return shapes;
}

export const models: Readonly<Record<string, Shapes>> = {
  "MLP 784-13-10": mlp(784, 13, 10),
  "ResNet-18": resnet18(),
  "GPT-2 small": gpt2(),
};
