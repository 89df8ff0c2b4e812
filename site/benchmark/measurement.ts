// What the page and its worker tell each other.
import type { Measured } from "../../bench/interleaved.js";

/** The ways to make a step, in the order of the page. */
export const ways = ["simd", "threads", "scalar", "fast", "paper"] as const;
export type Way = (typeof ways)[number];

export interface Question {
  readonly rule: string;
  readonly parameters: number;
  readonly threads: number;
}

/** Why a way was not measured. */
export type Left = { readonly seconds: number } | { readonly error: string };

/** The measured times of a step, in milliseconds. */
export interface Measurement extends Question {
  readonly ways: { readonly [way in Way]?: Measured };
  readonly left: { readonly [way in Way]?: Left };
}

/** Nanoseconds per parameter. */
export const perParameter = (milliseconds: number, parameters: number) => (milliseconds * 1e6) / parameters;

export type ToWorker = { readonly question: Question } | { readonly hidden: boolean };

/** The first message: what can be measured, and the step of the clock in milliseconds. */
export interface Offer {
  readonly rules: readonly string[];
  readonly sizes: readonly number[];
  readonly clockStep: number;
}

export type FromWorker = Offer | { readonly measurement: Measurement } | { readonly error: string };
