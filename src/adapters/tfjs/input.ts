// Checks the arguments of an optimizer's methods.

import { engine, type Scalar, Tensor, Variable } from "@tensorflow/tfjs-core";
import { checkFunction } from "../../checks/check.js";
import { show, wrongKind, wrongValue } from "../../checks/errors.js";
import { type Gradients, registered } from "./host.js";

/** Whether a value is an object with named properties, and not an array, Map or other collection. */
export const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  Object.prototype.toString.call(value) === "[object Object]";

/** The pairs of an array of `{ name, tensor }`. */
function readNamed(where: string, given: readonly unknown[]): (readonly [name: string, tensor: unknown])[] {
  return Array.from(given, (named, i) => {
    if (!isRecord(named) || typeof named.name !== "string" || !("tensor" in named))
      throw wrongKind(`${where}: [${i}]`, "{ name, tensor }", named);
    return [named.name, named.tensor];
  });
}

function checkTensor(where: string, tensor: unknown): asserts tensor is Tensor {
  if (!(tensor instanceof Tensor)) throw wrongKind(where, "a tensor", tensor);
  if (tensor.isDisposed) throw new Error(`${where} expected a tensor that is not disposed`);
}

/** The gradients by variable name. Skips null and undefined. */
export function readGradients(where: string, given: unknown): Gradients {
  if (!Array.isArray(given) && !isRecord(given))
    throw wrongKind(where, "gradients by name, or an array of { name, tensor }", given);
  const gradients = new Map<string, Tensor>();
  for (const [name, gradient] of Array.isArray(given) ? readNamed(where, given) : Object.entries(given)) {
    if (gradient === undefined || gradient === null) continue;
    const variable = registered(name);
    if (!variable) throw wrongValue(where, "names of variables", name);
    checkTensor(`${where}: ${show(name)}`, gradient);
    for (const { dtype } of [variable, gradient])
      if (dtype !== "float32") throw wrongKind(`${where}: ${show(name)}`, "float32", dtype);
    if (String(gradient.shape) !== String(variable.shape))
      throw wrongValue(`${where}: ${show(name)}`, `a gradient of shape [${variable.shape}]`, gradient.shape);
    if (gradients.has(name)) throw wrongValue(where, "each variable once", name);
    if (variable.size > 0) gradients.set(name, gradient);
  }
  return gradients;
}

/** The tensors of `setWeights()`, by name. */
export function readWeights(where: string, given: unknown): Map<string, Tensor> {
  if (!Array.isArray(given)) throw wrongKind(where, "an array of { name, tensor }", given);
  const weights = new Map<string, Tensor>();
  for (const [name, tensor] of readNamed(where, given)) {
    checkTensor(`${where}: ${show(name)}`, tensor);
    if (weights.has(name)) throw wrongValue(where, "each name once", name);
    weights.set(name, tensor);
  }
  return weights;
}

/** The loss f, with a check that its result is a scalar. */
export function readLoss(where: string, f: unknown): () => Scalar {
  checkFunction(`${where}: f`, f);
  const loss = f as () => unknown;
  return () => {
    const value = loss();
    if (!(value instanceof Tensor)) throw wrongKind(`${where}: the result of f()`, "a scalar", value);
    if (value.rank > 0) throw wrongValue(`${where}: the result of f()`, "a scalar, of shape []", value.shape);
    return value as Scalar;
  };
}

/** Throws unless a variable is trainable: one of the list or, without a list, any. */
export function checkVariables(where: string, list: unknown): void {
  if (list !== undefined && list !== null) {
    if (!Array.isArray(list)) throw wrongKind(`${where}: varList`, "an array of variables", list);
    for (const [i, variable] of Array.from(list as unknown[]).entries()) {
      if (!(variable instanceof Variable)) throw wrongKind(`${where}: varList[${i}]`, "a variable", variable);
      if (variable.isDisposed) throw new Error(`${where}: varList[${i}] expected a variable that is not disposed`);
    }
  }
  const variables = (list as Variable[] | undefined | null) ?? Object.values(engine().registeredVariables);
  if (!variables.some(({ trainable }) => trainable))
    throw new Error(`${where}: varList expected a variable that is trainable, got none`);
}
