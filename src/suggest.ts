// What a misspelt name was meant to be.

/** Names that other libraries have for an option, in lower case without `_` and `-`. Of several options the first counts. */
const aliases = Object.entries({
  rho: "alpha decayrate gamma",
  lr: "learningrate initiallearningrate stepsize eta alpha",
  eps: "epsilon",
  beta1: "b1 beta momentum",
  beta2: "b2",
  momentum: "beta mu",
  weightDecay: "wd l2 regularization",
  initialAccumulator: "initialaccumulatorvalue",
  clipNorm: "maxnorm maxgradnorm globalclipnorm gradclip",
  threads: "workers numthreads pool",
  batch: "batchsize size",
  size: "batchsize batch",
  epochs: "numepochs iterations",
  gradient: "grad loss closure",
  validation: "validationdata",
  onStep: "callback onbatchend",
  onEpoch: "callbacks onepochend",
  iterations: "maxiter maxiterations steps",
  evaluations: "maxeval maxfun maxfev",
  gradientTolerance: "gtol tol tolerancegrad tolerance",
  changeTolerance: "ftol tolerancechange",
  history: "historysize maxcor",
  lineSearch: "linesearchfn",
  optimizer: "method",
  steps: "maxiter maxiterations iterations tmax t0 totalsteps decaysteps totaliters transitionsteps",
  warmup: "warmupsteps",
  every: "stepsize k syncperiod",
  rate: "alpha decayrate",
  factor: "gamma decayrate",
  end: "etamin endvalue minlr",
  stretch: "tmult",
  peak: "maxlr peakvalue",
  up: "stepsizeup",
  down: "stepsizedown",
  min: "minlr",
  radius: "rho",
}).map(([name, others]) => [name, others.split(" ")] as const);

/** Rules that elsewhere are options of another rule. */
const rules = ["momentum", "nesterov", "amsgrad"];

const plain = (name: string) => name.toLowerCase().replace(/[_-]/g, "");

/** Characters to be put in, taken out, replaced, or to change places with their neighbour, that make one name of the other. */
function distance(a: string, b: string): number {
  let before: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const costs = [last[j], row[j - 1], last[j - 1]].map((cost) => (cost as number) + 1);
      if (a[i - 1] === b[j - 1]) costs.push(last[j - 1] as number);
      if (a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) costs.push((before[j - 2] as number) + 1);
      row.push(Math.min(...costs));
    }
    [before, last] = [last, row];
  }
  return last[b.length] as number;
}

/** Which of the names was meant, or all where there are several; undefined where none is like it. */
export function closest(given: string, names: readonly string[]): string | undefined {
  if (given.length > 40) return undefined;
  const meant = plain(given);
  const betas = meant === "betas" ? names.filter((name) => /^beta\d$/.test(name)) : [];
  if (betas.length > 0) return betas.join(" and ");
  const alias = aliases.find(([name, others]) => others.includes(meant) && names.includes(name));
  const near = names.map((name) => [distance(plain(name), meant), name] as const).sort(([a], [b]) => a - b)[0];
  // Short names are like many.
  const alike = near && near[0] <= meant.length / 3 ? near[1] : undefined;
  return (near?.[0] === 0 ? alike : alias?.[0]) ?? alike ?? (rules.includes(meant) ? `the rule ${meant}` : undefined);
}
