import { elements, type Shape } from "../numerics/shape.js";
import type { Slot } from "./spec.js";

/** The shape of a state array for a tensor of this shape. */
export const slotShape = (slot: Slot | undefined, shape: Shape): Shape =>
  (typeof slot === "object" ? slot.shape?.(shape) : undefined) ?? shape;

/** The number of its elements. */
export const slotLength = (slot: Slot | undefined, shape: Shape): number => elements(slotShape(slot, shape));
