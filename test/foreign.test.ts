// Every rule and all machinery over memory that another program owns: the same bits as over memory of the optimizer's own.
import { describe, expect, test } from "vitest";
import { type Optimizer, rules } from "../src/index.js";
import { relativeError } from "./compare.js";
import { type AnyRule, allRules, elementwise, table } from "./configurations.js";
import { fill, random } from "./random.js";

const shapes = { matrix: [9, 7], vector: [5], cube: [3, 4, 5], scalar: [1] } as const;
type Name = keyof typeof shapes;
const names = Object.keys(shapes) as Name[];
const lengthOf = (name: Name) => shapes[name].reduce((product: number, size) => product * size, 1);
const page = 65_536;

/** What the bytes of the other program are, where nobody else has written. */
const pattern = (address: number) => (address * 31 + 7) & 255;

/** Another program, without a program: a memory, and a bump allocator at addresses that no alignment asks for. */
class Owner {
  readonly memory: WebAssembly.Memory;
  /** Bytes that were given away. */
  readonly taken: { readonly address: number; readonly bytes: number }[] = [];
  #next: number;

  constructor(shared = false) {
    this.memory = new WebAssembly.Memory({ initial: 1, maximum: 64, shared });
    this.#next = 1024 + 4;
    this.#paint(0);
  }

  allocate(bytes: number): number {
    const address = this.#next;
    this.#next += Math.ceil(bytes / 4) * 4 + 12; // room that is nobody's
    while (this.#next > this.memory.buffer.byteLength) this.grow();
    this.taken.push({ address, bytes });
    return address;
  }

  /** An array of each tensor, in the order that is given. */
  arrays(order: readonly Name[]): Record<Name, number> {
    return Object.fromEntries(order.map((name) => [name, this.allocate(lengthOf(name) * 4)])) as Record<Name, number>;
  }

  grow(): void {
    this.#paint(this.memory.grow(1) * page);
  }

  #paint(from: number): void {
    const bytes = new Uint8Array(this.memory.buffer);
    for (let address = from; address < bytes.length; address++) bytes[address] = pattern(address);
  }

  /** The first byte that somebody has written where nothing was given away. */
  spoilt(): number | undefined {
    const bytes = new Uint8Array(this.memory.buffer).slice();
    for (const { address, bytes: length } of this.taken) for (let i = address; i < address + length; i++) bytes[i] = pattern(i);
    const found = bytes.findIndex((byte, address) => byte !== pattern(address));
    return found < 0 ? undefined : found;
  }
}

type Options = Record<string, unknown>;

const ownOptimizer = (rule: AnyRule, options: Options, names: readonly Name[]) =>
  rule(Object.fromEntries(names.map((name) => [name, shapes[name]])), options);

function foreignOptimizer(rule: AnyRule, options: Options, names: readonly Name[], owner: Owner, grads: boolean): Optimizer {
  const params = owner.arrays([...names].reverse());
  const memory = {
    memory: owner.memory,
    allocate: (bytes: number) => owner.allocate(bytes) | 0,
    params,
    ...(grads && { grads: owner.arrays([...names.slice(1), ...names.slice(0, 1)]) }),
  };
  const optimizer = ownOptimizer(rule, { ...options, memory }, names);
  for (const name of names) new Float32Array(owner.memory.buffer, params[name], lengthOf(name)).fill(0);
  return optimizer;
}

/** All that an optimizer has, as bits. */
function bits(optimizer: Optimizer): Record<string, number[]> {
  const arrays = { params: optimizer.params, average: optimizer.average, slow: optimizer.slow, ...optimizer.state };
  return Object.fromEntries(
    Object.entries(arrays).flatMap(([array, views]) =>
      Object.entries<Float32Array>(views ?? {}).map(([name, view]) => [
        `${array} ${name}`,
        [...new Uint32Array(view.slice().buffer)],
      ]),
    ),
  );
}

/** A few steps with all that goes with the options, from the same numbers each time; `between` is called between them. */
function train(optimizer: Optimizer, between: (step: number) => void = () => undefined): Record<string, number[]> {
  const source = random(7);
  for (const name of Object.keys(optimizer.params)) fill(optimizer.params[name] as Float32Array, source);
  const gradient = () => {
    for (const name of Object.keys(optimizer.grads)) fill(optimizer.grads[name] as Float32Array, source, 3);
  };
  for (let step = 0; step < 5; step++) {
    if (optimizer.accumulates) {
      gradient();
      optimizer.accumulate(2);
    }
    if (optimizer.spec.observe && step % 2 === 0) {
      gradient();
      optimizer.observe();
    }
    gradient();
    if (optimizer.accumulates) optimizer.accumulate();
    if (optimizer.sam || (optimizer.spec.twoPhase && step % 2 === 1)) {
      optimizer.shift();
      between(step);
      gradient();
    } else between(step);
    optimizer.step();
  }
  optimizer.eval();
  const evaluated = bits(optimizer);
  between(5);
  optimizer.train();
  return { ...bits(optimizer), ...Object.fromEntries(Object.entries(evaluated).map(([key, x]) => [`eval ${key}`, x])) };
}

const kinds = [
  { kind: "plain", shared: false, grads: true },
  { kind: "shared", shared: true, grads: false },
];

// Sums over several tensors are added up in another order: one tensor in each group, and all bits are the same.
const alone = names.map((name) => ({ match: [name] }));

describe.each(kinds)("$kind memory of another program, gradients theirs: $grads", ({ shared, grads }) => {
  test.each(table)("$title: the same bits, and no other byte", ({ rule, options }) => {
    const groups = elementwise(rule.spec) || rule.spec.perTensor ? [] : alone;
    const owner = new Owner(shared);
    const optimizer = foreignOptimizer(rule, { ...options, groups }, names, owner, grads);
    const theirs = train(optimizer, (step) => {
      if (step === 1 || step === 5) owner.grow();
    });
    expect(theirs).toEqual(train(ownOptimizer(rule, { ...options, groups }, names)));
    expect(owner.spoilt()).toBeUndefined();
  });

  const machinery: Options[] = [
    { clipValue: 0.7 },
    { clipAdaptive: 0.3 },
    { clipTensorNorm: 0.9 },
    { clipNorm: 0.4 },
    { centralize: true },
    { noise: { eta: 0.1, seed: 3 } },
    { ema: true, zeroGrad: true },
    { swa: { start: 1 }, decay: "proximal", weightDecay: 0.1 },
    { lookahead: { every: 2 } },
    { accumulate: true, clipNorm: 2, noise: { eta: 0.01 } },
    { sam: true },
    { sam: { adaptive: true, radius: 0.5 }, maximize: true },
    { lossScale: { initial: 4, interval: 2 }, zeroGrad: true },
    { lr: (t: number) => 0.01 / (t + 1) },
  ];
  const chosen = [rules.adam, rules.muon, rules.scheduleFreeSgd, rules.nesterov, rules.prodigy, rules.adafactor];
  const rows = chosen.flatMap((rule) =>
    machinery.map((options) => ({ rule: rule as unknown as AnyRule, options, title: `${rule.name} ${JSON.stringify(options)}` })),
  );

  test.each(rows)("$title", ({ rule, options }) => {
    const groups = [{ match: ["vector"], frozen: true }, ...alone.slice(0, 1), ...alone.slice(2)];
    const owner = new Owner(shared);
    const theirs = train(foreignOptimizer(rule, { ...options, groups }, names, owner, grads), (step) => {
      if (step === 2) owner.grow();
    });
    expect(theirs).toEqual(train(ownOptimizer(rule, { ...options, groups }, names)));
    expect(owner.spoilt()).toBeUndefined();
  });
});

test.each(allRules.filter(({ spec }) => !elementwise(spec) && !spec.perTensor))(
  "$name sums over tensors apart as over one row, but for rounding",
  (rule) => {
    const floats = (all: Record<string, number[]>) =>
      Object.entries(all).map(([key, words]) => [key, new Float32Array(Uint32Array.from(words).buffer)] as const);
    const options = rule.spec.name === "prodigy" ? { d0: 0.05 } : {};
    const theirs = floats(train(foreignOptimizer(rule, options, names, new Owner(), true)));
    const own = new Map(floats(train(ownOptimizer(rule, options, names))));
    expect(theirs.length).toBe(own.size);
    // Sums in f64 differ by some 1e-16, and the f32 scalars made of them by one rounding, 6e-8, which five steps carry on.
    for (const [key, array] of theirs) expect(relativeError(array, own.get(key) as Float32Array)).toBeLessThanOrEqual(2e-6);
  },
);
