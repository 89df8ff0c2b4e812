"""Writes torch.json: parameters and state after 100 steps of PyTorch's own optimizers and others for it, on the CPU.

In float32; Prodigy in float64.

How to run it: README.md.
"""
import dog
import madgrad
import prodigyopt
import qhoptim.pyt
import schedulefree
import sophia_opt
import torch

torch.optim.lr_scheduler.LRScheduler = torch.optim.lr_scheduler._LRScheduler  # its name in newer versions
from pytorch_optimizer.optimizer.adan import Adan  # noqa: E402

from golden import write  # noqa: E402
from torch_run import ADAM, run  # noqa: E402


class ASGD(torch.optim.ASGD):
    """PyTorch computes eta one step ahead: it needs each rate one step early, and its first eta before the first step."""

    ahead = 1

    def __init__(self, params, lr=1e-2, **rest):
        super().__init__(params, lr=lr, **rest)
        for p in self.param_groups[0]["params"]:
            start = {"step": 0.0, "eta": lr, "mu": 1.0}
            self.state[p] = {**{name: torch.tensor(x) for name, x in start.items()}, "ax": torch.zeros_like(p)}


class SophiaG(sophia_opt.SophiaG):
    """Observes the gradients of every tenth step, right before that step."""

    observe = 10

    def __init__(self, params, batch=5120, **rest):
        super().__init__(params, **rest)
        self.batch, self.t = batch, 0

    def step(self):
        if self.t % self.observe == 0:
            self.update_hessian()
        super().step(bs=self.batch)
        self.t += 1


class Prodigy(prodigyopt.Prodigy):
    dtype = torch.float64  # its sum of g · (p0 - p) cancels.
    carry = ["d"]


class DoG(dog.DoG):
    """Its starting point is kept with the group."""

    def step(self):
        super().step()
        for group in self.param_groups:
            for p, start in zip(group["params"], group["init_buffer"]):
                self.state[p]["p0"] = start


# name: (PyTorch's optimizer, fixed arguments, {our option: PyTorch's}, configurations)
# An "lr" of [start, rate] is start / (1 + rate * t).
FREE = {"warmup": "warmup_steps", "r": "r", "weightPower": "weight_lr_power"}
RULES = {
    "sgd": (torch.optim.SGD, {}, {"lr": "lr", "weightDecay": "weight_decay"}, [
        {"lr": 0.01},
        {"lr": 0.05, "weightDecay": 0.1},
        {"lr": [0.1, 0.05], "weightDecay": 0.01},
    ]),
    "momentum": (torch.optim.SGD, {},
        {"lr": "lr", "momentum": "momentum", "dampening": "dampening", "weightDecay": "weight_decay"}, [
        {"lr": 0.01, "momentum": 0.9},
        {"lr": 0.02, "momentum": 0.5, "dampening": 0.3, "weightDecay": 0.05},
        {"lr": [0.05, 0.02], "momentum": 0.95, "dampening": 0.95},
    ]),
    "nesterov": (torch.optim.SGD, {"nesterov": True},
        {"lr": "lr", "momentum": "momentum", "weightDecay": "weight_decay"}, [
        {"lr": 0.01, "momentum": 0.9},
        {"lr": 0.02, "momentum": 0.5, "weightDecay": 0.05},
        {"lr": [0.05, 0.02], "momentum": 0.8, "weightDecay": 0.01},
    ]),
    "adagrad": (torch.optim.Adagrad, {},
        {"lr": "lr", "lrDecay": "lr_decay", "eps": "eps", "initialAccumulator": "initial_accumulator_value",
         "weightDecay": "weight_decay"}, [
        {},
        {"lr": 0.1, "lrDecay": 0.01, "eps": 1e-3, "initialAccumulator": 0.1},
        {"lr": [0.05, 0.02], "weightDecay": 0.1},
    ]),
    "adadelta": (torch.optim.Adadelta, {}, {"lr": "lr", "rho": "rho", "eps": "eps", "weightDecay": "weight_decay"}, [
        {},
        {"lr": 0.5, "rho": 0.95, "eps": 1e-4, "weightDecay": 0.1},
        {"lr": [2.0, 0.02], "rho": 0.6, "eps": 1e-3},
    ]),
    "rmsprop": (torch.optim.RMSprop, {},
        {"lr": "lr", "rho": "alpha", "eps": "eps", "momentum": "momentum", "centered": "centered",
         "weightDecay": "weight_decay"}, [
        {},
        {"lr": 0.005, "rho": 0.9, "eps": 1e-4, "momentum": 0.9, "weightDecay": 0.05},
        {"lr": [0.02, 0.02], "rho": 0.95, "centered": True},
        {"lr": 0.005, "rho": 0.9, "momentum": 0.7, "centered": True, "weightDecay": 0.1},
    ]),
    "adam": (torch.optim.Adam, {}, ADAM, [
        {},
        {"lr": 0.01, "beta1": 0.8, "beta2": 0.99, "eps": 1e-3, "weightDecay": 0.1},
        {"lr": [0.02, 0.02], "beta1": 0.5, "beta2": 0.9},
        {"lr": 0.003, "beta1": 0, "beta2": 0.95},
    ]),
    "adamw": (torch.optim.AdamW, {}, ADAM, [
        {},
        {"lr": 0.01, "beta1": 0.8, "beta2": 0.99, "eps": 1e-3, "weightDecay": 0},
        {"lr": [0.02, 0.02], "beta1": 0.5, "beta2": 0.9, "weightDecay": 0.3},
    ]),
    "amsgrad": (torch.optim.Adam, {"amsgrad": True}, ADAM, [
        {},
        {"lr": 0.01, "beta1": 0.8, "beta2": 0.9, "eps": 1e-3, "weightDecay": 0.1},
        {"lr": [0.02, 0.02], "beta1": 0.5, "beta2": 0.6},
    ]),
    "adamax": (torch.optim.Adamax, {}, ADAM, [
        {},
        {"lr": 0.01, "beta1": 0.8, "beta2": 0.9, "eps": 1e-3, "weightDecay": 0.1},
        {"lr": [0.02, 0.02], "beta1": 0.5, "beta2": 0.6},
    ]),
    "radam": (torch.optim.RAdam, {}, ADAM, [
        {},
        {"lr": 0.01, "beta1": 0.8, "beta2": 0.99, "eps": 1e-3, "weightDecay": 0.1},
        {"lr": [0.02, 0.02], "beta1": 0.5, "beta2": 0.7},
    ]),
    # This version's loop over single tensors multiplies one mu too many into the next product; its foreach path does not.
    "nadam": (torch.optim.NAdam, {"foreach": True}, {**ADAM, "momentumDecay": "momentum_decay"}, [
        {},
        {"lr": 0.01, "beta1": 0.8, "beta2": 0.99, "eps": 1e-3, "momentumDecay": 0.1, "weightDecay": 0.1},
        {"lr": [0.02, 0.02], "beta1": 0.5, "beta2": 0.9, "momentumDecay": 1},
    ]),
    "qhm": (qhoptim.pyt.QHM, {},
        {"lr": "lr", "momentum": "momentum", "nu": "nu", "weightDecay": "weight_decay"}, [
        {"lr": 0.001, "momentum": 0.999, "nu": 0.7},
        {"lr": 0.05, "momentum": 0.9, "nu": 0.5, "weightDecay": 0.05},
        {"lr": [0.1, 0.02], "momentum": 0.95, "nu": 0.9},
    ]),
    "adan": (Adan, {}, {**ADAM, "beta3": "betas.2"}, [
        {},
        {"lr": 0.01, "beta1": 0.8, "beta2": 0.7, "beta3": 0.95, "eps": 1e-3, "weightDecay": 0.3},
        {"lr": [0.02, 0.02], "beta1": 0.9, "beta2": 0.5, "beta3": 0.9},
    ]),
    "rprop": (torch.optim.Rprop, {},
        {"lr": "lr", "etaMinus": "etas.0", "etaPlus": "etas.1", "stepMin": "step_sizes.0", "stepMax": "step_sizes.1"}, [
        {},
        {"lr": 0.05, "etaMinus": 0.6, "etaPlus": 1.1, "stepMin": 0.02, "stepMax": 0.07},
        {"lr": 0.001, "etaMinus": 0.8, "etaPlus": 1.7, "stepMin": 1e-4, "stepMax": 0.5},
    ]),
    "asgd": (ASGD, {},
        {"lr": "lr", "lambd": "lambd", "alpha": "alpha", "t0": "t0", "weightDecay": "weight_decay"}, [
        {},
        {"lr": 0.05, "lambd": 0.5, "alpha": 0.5, "t0": 20, "weightDecay": 0.1},
        {"lr": [0.1, 0.05], "lambd": 0.1, "alpha": 0.9, "t0": 50},
    ]),
    "madgrad": (madgrad.MADGRAD, {},
        {"lr": "lr", "momentum": "momentum", "eps": "eps", "weightDecay": "weight_decay"}, [
        {},
        {"lr": 0.003, "momentum": 0.5, "eps": 0.01, "weightDecay": 0.1},
        {"lr": [0.02, 0.02], "momentum": 0.8},
    ]),
    # This version lacks the foreach function that these want.
    "scheduleFreeSgd": (schedulefree.SGDScheduleFree, {"foreach": False},
        {"lr": "lr", "momentum": "momentum", "weightDecay": "weight_decay", **FREE}, [
        {},
        {"lr": 0.05, "momentum": 0.8, "warmup": 10, "r": 1, "weightPower": 1, "weightDecay": 0.1},
        {"lr": [0.5, 0.02], "momentum": 0.95, "warmup": 20},
    ]),
    "scheduleFreeAdamw": (schedulefree.AdamWScheduleFree, {"foreach": False}, {**ADAM, **FREE}, [
        {},
        {"lr": 0.01, "beta1": 0.8, "beta2": 0.99, "eps": 1e-3, "warmup": 10, "r": 1, "weightPower": 1, "weightDecay": 0.1},
        {"lr": [0.02, 0.02], "beta1": 0.95, "beta2": 0.9, "warmup": 20},
    ]),
    "sophia": (SophiaG, {}, {**ADAM, "rho": "rho", "batchSize": "batch"}, [
        {},
        {"lr": 0.01, "beta1": 0.8, "beta2": 0.9, "rho": 0.1, "batchSize": 10, "weightDecay": 0},
        {"lr": [0.02, 0.02], "beta1": 0.9, "beta2": 0.5, "batchSize": 50, "weightDecay": 0.3},
    ]),
    "prodigy": (Prodigy, {}, {**ADAM, "d0": "d0", "dCoef": "d_coef", "growth": "growth_rate"}, [
        # The default d0 moves p so little that float32 loses the distance p0 - p.
        {"d0": 0.05},
        {"lr": 0.5, "beta1": 0.8, "beta2": 0.99, "eps": 1e-3, "d0": 0.05, "dCoef": 2, "weightDecay": 0.1},
        {"d0": 0.05, "dCoef": 5, "growth": 1.02},
        {"lr": [1.0, 0.02], "beta1": 0.5, "beta2": 0.9, "d0": 0.02, "dCoef": 3},
    ]),
    "dog": (DoG, {}, {"lr": "lr", "reps": "reps_rel", "eps": "eps", "weightDecay": "weight_decay"}, [
        {},
        {"lr": 0.5, "reps": 0.01, "eps": 10, "weightDecay": 0.1},
        {"lr": [1.0, 0.02], "reps": 1e-3},
    ]),
}


write("torch", torch.__version__, RULES, run)
