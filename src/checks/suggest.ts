// "Did you mean …?" for misspelled names.

/** Options, each with its names in other libraries, in lower case without `_` and `-`. The first match wins. */
const aliases = (
  "rho,alpha lr,learningrate,stepsize,eta,alpha eps,epsilon beta1,momentum weightDecay,wd " +
  "size,batchsize onEpoch,callbacks iterations,maxiter steps,maxiter,tmax gradientTolerance,gtol changeTolerance,ftol " +
  "optimizer,method every,stepsize,k factor,gamma end,etamin stretch,tmult peak,maxlr radius,rho"
)
  .split(" ")
  .map((words) => words.split(","));

const plain = (name: string) => name.toLowerCase().replace(/[_-]/g, "");

/** The characters of a name, its pairs of neighboring characters, and its first character marked with `^`. */
const pieces = (name: string) => [`^${name[0]}`, ...[...name].flatMap((character, i) => [character, name.slice(i, i + 2)])];

/** Dice's coefficient of the pieces of two names, from 0 to 1. High, too, if one name contains the other or reorders its words. */
function likeness(a: string, b: string): number {
  const [ours, theirs] = [pieces(a), pieces(b)];
  const all = ours.length + theirs.length;
  for (const piece of ours) if (theirs.includes(piece)) theirs.splice(theirs.indexOf(piece), 1);
  return (2 * (all - ours.length - theirs.length)) / all;
}

/** The name that was probably meant; undefined if none is similar. */
export function closest(given: string, names: readonly string[]): string | undefined {
  if (given.length > 40) return undefined;
  const meant = plain(given);
  const betas = meant === "betas" && names.filter((name) => /^beta\d$/.test(name)).join(" and ");
  if (betas) return betas;
  const alias = aliases.find((words) => words.indexOf(meant) > 0 && names.includes(words[0] as string))?.[0];
  const likenesses = names.map((name) => likeness(plain(name), meant));
  const most = Math.max(...likenesses);
  if (most < 1 && alias) return alias;
  if (most > 0.6) return names[likenesses.indexOf(most)];
  return /^(momentum|nesterov|amsgrad)$/.test(meant) ? `the rule ${meant}` : undefined;
}
