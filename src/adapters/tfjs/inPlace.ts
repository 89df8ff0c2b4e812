// Steps in the WebAssembly memory of TensorFlow.js's wasm backend. `findBackend` first checks the private fields that this uses.

import { dispose, engine, keep, type Tensor, tensor, tidy, zeros } from "@tensorflow/tfjs-core";
import type { Optimizer } from "../../engine/optimizer.js";
import { foreignMemory } from "../../memory/foreign.js";
import { elements, float, type Shape } from "../../numerics/shape.js";
import { type Build, type Gradients, type Host, registered, type Variables } from "./host.js";

/** A tensor's data: the byte address, and the id in the backend's C++ code. */
interface Data {
  readonly id: number;
  readonly memoryOffset: number;
}

/** The part of the backend that this uses. */
interface WasmBackend {
  readonly wasm: {
    /** The memory in builds without threads. */
    readonly asm?: { readonly memory?: WebAssembly.Memory };
    /** The shared memory in builds with threads. */
    readonly wasmMemory?: WebAssembly.Memory;
    readonly tfjs: { registerTensor(id: number, size: number, memoryOffset: number): void; disposeData(id: number): void };
  };
  /** Data by id. `get` moves data here from other backends. */
  readonly dataIdMap: { get(dataId: object): Data | undefined };
  /** Number of tensors that share the data. */
  refCount(dataId: object): number;
}

const isMemory = (value: unknown) => Object.prototype.toString.call(value) === "[object WebAssembly.Memory]";

const memoryOf = ({ wasm }: Partial<WasmBackend>) => [wasm?.asm?.memory, wasm?.wasmMemory].find(isMemory);

/** The current backend, if it has the expected fields and holds these tensors. */
function findBackend(tensors: Iterable<Tensor>): WasmBackend | undefined {
  const backend = engine().backend as unknown as Partial<WasmBackend>;
  const { wasm, dataIdMap } = backend;
  const functions = [backend.refCount, dataIdMap?.get, wasm?.tfjs?.registerTensor, wasm?.tfjs?.disposeData];
  if (!memoryOf(backend) || functions.some((method) => typeof method !== "function")) return undefined;
  for (const { dataId } of tensors) {
    const { id, memoryOffset } = dataIdMap?.get(dataId) ?? {};
    if (typeof id !== "number" || typeof memoryOffset !== "number") return undefined;
  }
  return backend as WasmBackend;
}

type Addresses = Record<string, number>;

/** Works on TensorFlow.js's own variables and gradients. Gradients are copied if steps write into them. The state is in a tensor. */
class InPlace implements Host {
  readonly optimizer: Optimizer;
  readonly #backend: WasmBackend;
  readonly #memory: WebAssembly.Memory;
  readonly #shapes: ReadonlyMap<string, Shape>;
  readonly #copiesGradients: boolean;
  readonly #held: Tensor[] = [];
  // Tensors in place of disposed variables.
  readonly #standIns = new Map<string, Tensor>();
  // Zeros, in place of missing gradients.
  #zeros: Tensor | undefined;

  constructor(backend: WasmBackend, build: Build, variables: Variables, gradients: Gradients, writesGradients: boolean) {
    this.#backend = backend;
    this.#shapes = new Map(Array.from(variables, ([name, { shape }]) => [name, shape]));
    this.#copiesGradients = writesGradients;
    const memory = memoryOf(backend) as WebAssembly.Memory;
    this.#memory = memory;
    const allocate = (bytes: number) => this.#addressOf(this.#hold([bytes / float]));
    const copies: Tensor[] = [];
    try {
      this.optimizer = build(foreignMemory({ memory, allocate, ...this.#locate(gradients, copies) }));
    } catch (error) {
      this.dispose();
      throw error;
    } finally {
      dispose(copies);
    }
  }

  run(variables: Variables, gradients: Gradients, act: (optimizer: Optimizer) => void): void {
    const copies: Tensor[] = [];
    try {
      this.optimizer.relocate(this.#locate(gradients, copies));
      if (this.#copiesGradients) {
        const { grads } = this.optimizer;
        const { buffer } = this.#memory;
        for (const [name, gradient] of gradients)
          grads[name]?.set(new Float32Array(buffer, this.#addressOf(gradient), gradient.size));
      }
      act(this.optimizer);
    } finally {
      for (const variable of variables.values()) this.#renew(variable);
      dispose(copies);
    }
  }

  dispose(): void {
    dispose(this.#held);
  }

  /** The current addresses. Copies each gradient that shares its data with a parameter. */
  #locate(gradients: Gradients, copies: Tensor[]): { params: Addresses; grads?: Addresses } {
    const params = Object.create(null) as Addresses;
    for (const [name, shape] of this.#shapes) params[name] = this.#addressOf(this.#parameter(name, shape));
    if (this.#copiesGradients) return { params };
    const grads = Object.create(null) as Addresses;
    const taken = new Set(Object.values(params));
    for (const name of this.#shapes.keys()) {
      const gradient = gradients.get(name) ?? this.#zeroGradient();
      let address = this.#addressOf(gradient);
      if (taken.has(address)) {
        const copy = tensor(gradient.dataSync(), gradient.shape);
        copies.push(copy);
        address = this.#addressOf(copy);
      }
      grads[name] = address;
    }
    return { params, grads };
  }

  /** The variable of this name. If other tensors share its data, it first gets a copy of its own. */
  #parameter(name: string, shape: Shape): Tensor {
    const variable = registered(name);
    if (!variable || String(variable.shape) !== String(shape)) {
      const standIn = this.#standIns.get(name) ?? this.#hold(shape);
      this.#standIns.set(name, standIn);
      return standIn;
    }
    this.#dataOf(variable.dataId); // moves the data to this backend, which then counts references
    if (this.#backend.refCount(variable.dataId) > 1) tidy(() => variable.assign(tensor(variable.dataSync(), variable.shape)));
    return variable;
  }

  /** Makes the backend drop what it cached for the data: XNNPACK keeps rearranged copies of weights by id. */
  #renew({ dataId, size }: Tensor): void {
    const { id, memoryOffset } = this.#dataOf(dataId);
    const { tfjs } = this.#backend.wasm;
    tfjs.disposeData(id); // frees no memory
    tfjs.registerTensor(id, size, memoryOffset);
  }

  /** Zeros in place of a missing gradient. Their length is that of the longest variable. */
  #zeroGradient(): Tensor {
    this.#zeros ??= this.#hold([Math.max(...Array.from(this.#shapes.values(), elements))]);
    return this.#zeros;
  }

  #hold(shape: Shape): Tensor {
    const held = keep(zeros([...shape]));
    this.#held.push(held);
    return held;
  }

  #dataOf(dataId: object): Data {
    return this.#backend.dataIdMap.get(dataId) as Data;
  }

  #addressOf({ dataId }: Tensor): number {
    return this.#dataOf(dataId).memoryOffset;
  }
}

/** A host that works in place; undefined if the current backend does not allow it. */
export function inPlace(build: Build, variables: Variables, gradients: Gradients, writesGradients: boolean): Host | undefined {
  const backend = findBackend([...variables.values(), ...gradients.values()]);
  return backend && new InPlace(backend, build, variables, gradients, writesGradients);
}
