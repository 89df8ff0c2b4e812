// One training, and the sharpness at its end.
import { batches, momentum, sharpness } from "../../src/index.js";
import { type Method, type MethodName, methods, weightDecay } from "./methods.js";
import { type Task, type TaskName, tasks } from "./tasks.js";

export interface Job {
  readonly task: TaskName;
  readonly method: MethodName;
  readonly seed: number;
}

/** The result of a job. */
export interface Outcome {
  /** Mean loss over all training examples. */
  readonly loss: number;
  /** On the test examples, 0 to 1. */
  readonly accuracy: number;
  /** The worst rise of the loss within `near`. */
  readonly worstNear: number;
  /** The worst rise of the loss within `far`. */
  readonly worst: number;
  /** The mean rise at the distance `far`. */
  readonly average: number;
  /** The worst rise within `far` relative to the weights. */
  readonly adaptive: number;
}

/** The distances of measurement: SAM's radius, and ten times that. */
export const near = 0.05;
export const far = 0.5;

export const updatesOf = ({ count, batch, epochs }: Task) => epochs * Math.ceil(count / batch);

export function run({ task: name, method, seed }: Job): Outcome {
  const task: Task = tasks[name];
  const { start, gradient, accuracy } = task.problem(seed);
  const { options: optionsOf }: Method = methods[method];
  const options = optionsOf(updatesOf(task));
  const opt = momentum(start, { weightDecay, ...options });

  for (let epoch = 0; epoch < task.epochs; epoch++) {
    for (const indices of batches(task.count, { size: task.batch, seed, epoch })) {
      opt.zeroGrad();
      gradient(opt, indices);
      if (options.sam) {
        opt.shift();
        opt.zeroGrad();
        gradient(opt, indices);
      }
      opt.step();
    }
  }

  opt.eval();
  const first = (count: number) => Uint32Array.from({ length: count }, (_, i) => i);
  const measured = first(task.measured);
  const loss = () => gradient(opt, measured);
  const { steps, samples } = task;
  const { worst, average } = sharpness(opt, loss, { radius: far, steps, samples });
  return {
    loss: gradient(opt, first(task.count)),
    accuracy: accuracy(opt.params),
    worstNear: sharpness(opt, loss, { radius: near, steps, samples: 1 }).worst,
    worst,
    average,
    adaptive: sharpness(opt, loss, { radius: far, adaptive: true, steps, samples: 1 }).worst,
  };
}
