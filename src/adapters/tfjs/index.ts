// All rules, for TensorFlow.js.

import * as rules from "../../rules/index.js";
import { wrap } from "./optimizer.js";

export type { TfjsOptimizer, TfjsRule } from "./optimizer.js";
export type { TfjsOptions } from "./options.js";

export const adabelief = wrap(rules.adabelief);
export const adadelta = wrap(rules.adadelta);
export const adafactor = wrap(rules.adafactor);
export const adagrad = wrap(rules.adagrad);
export const adam = wrap(rules.adam);
export const adamax = wrap(rules.adamax);
export const adamw = wrap(rules.adamw);
export const adan = wrap(rules.adan);
export const ademamix = wrap(rules.ademamix);
export const adopt = wrap(rules.adopt);
export const amsgrad = wrap(rules.amsgrad);
export const asgd = wrap(rules.asgd);
export const dog = wrap(rules.dog);
export const ftrl = wrap(rules.ftrl);
export const lamb = wrap(rules.lamb);
export const lars = wrap(rules.lars);
export const lion = wrap(rules.lion);
export const madgrad = wrap(rules.madgrad);
export const momentum = wrap(rules.momentum);
export const muon = wrap(rules.muon);
export const nadam = wrap(rules.nadam);
export const nesterov = wrap(rules.nesterov);
export const novograd = wrap(rules.novograd);
export const prodigy = wrap(rules.prodigy);
export const qhm = wrap(rules.qhm);
export const radam = wrap(rules.radam);
export const rmsprop = wrap(rules.rmsprop);
export const rprop = wrap(rules.rprop);
export const scheduleFreeAdamw = wrap(rules.scheduleFreeAdamw);
export const scheduleFreeSgd = wrap(rules.scheduleFreeSgd);
export const sgd = wrap(rules.sgd);
export const signum = wrap(rules.signum);
export const sm3 = wrap(rules.sm3);
export const sophia = wrap(rules.sophia);
export const yogi = wrap(rules.yogi);
