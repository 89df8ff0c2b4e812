// Schedules that stretch over all updates of a training. The playground's other schedules have lengths of their own.
import { cosineDecay, inverseTimeDecay, linear, oneCycle, type Schedule, stepDecay, warmup } from "simdescent";

export const commonSchedules = {
  constant: (lr) => lr,
  linear: (lr, updates) => linear(lr, { end: 0, steps: updates }),
  cosine: (lr, updates) => cosineDecay(lr, { steps: updates }),
  /** Two drops to a tenth, after each third. */
  step: (lr, updates) => stepDecay(lr, { every: Math.ceil(updates / 3) }),
  /** A tenth at the end. */
  inverse: (lr, updates) => inverseTimeDecay(lr, { rate: 9 / updates }),
  /** The rate rises over a twentieth of the updates. */
  warmup(lr, updates) {
    const rise = Math.ceil(updates / 20);
    return warmup(cosineDecay(lr, { steps: Math.max(1, updates - rise) }), { steps: rise });
  },
  oneCycle: (lr, updates) => oneCycle(lr, { steps: Math.max(2, updates) }).lr,
} satisfies { readonly [name: string]: (lr: number, updates: number) => number | Schedule };

export type CommonSchedule = keyof typeof commonSchedules;

export const commonScheduleNames = Object.keys(commonSchedules) as CommonSchedule[];
