"""Writes torch2.json: parameters and state after 100 steps of PyTorch's newer optimizers, in float64 on the CPU.

How to run it: README.md.
"""
import torch

from golden import SHAPES, write
from torch_run import ADAM, run

torch.set_default_dtype(torch.float64)
torch.bfloat16 = torch.float64  # Muon orthogonalizes in bfloat16, which keeps only two or three digits.
SHAPES["tall"] = [9, 5]


class Muon:
    """PyTorch's Muon for matrices and its AdamW for the rest, with the same weight decay."""

    def __init__(self, params, lr, weight_decay, scale=1, match=False, betas=(0.9, 0.999), adam_eps=1e-8, **rest):
        params = list(params)
        adjust = "match_rms_adamw" if match else "original"
        matrices = [p for p in params if p.dim() == 2]
        others = [p for p in params if p.dim() != 2]
        self.parts = [
            torch.optim.Muon(matrices, lr=lr, weight_decay=weight_decay, adjust_lr_fn=adjust, **rest),
            torch.optim.AdamW(others, lr=0, betas=betas, eps=adam_eps, weight_decay=weight_decay),
        ]
        self.param_groups = self.parts[0].param_groups
        self.scale = scale

    def step(self):
        self.parts[1].param_groups[0]["lr"] = self.param_groups[0]["lr"] * self.scale
        for part in self.parts:
            part.step()

    @property
    def state(self):
        return {p: state for part in self.parts for p, state in part.state.items()}


def adafactor(params, decay=0.8, **rest):
    """Its default eps1 is this one in float32."""
    return torch.optim.Adafactor(params, beta2_decay=-decay, **{"eps": (2**-23, 1e-3), **rest})


# name: (PyTorch's optimizer, fixed arguments, {our option: PyTorch's}, configurations)
# An "lr" of [start, rate] is start / (1 + rate * t).
RULES = {
    "sgd": (torch.optim.SGD, {}, {"lr": "lr", "weightDecay": "weight_decay"}, [
        {"lr": 0.05, "weightDecay": 0.1, "clipNorm": 2},
    ]),
    "adam": (torch.optim.Adam, {}, ADAM, [
        {"lr": 0.01, "weightDecay": 0.1, "eps": 1e-3, "clipNorm": 0.5},
        {"lr": [0.02, 0.02], "clipNorm": 7.2},
    ]),
    "adafactor": (adafactor, {}, {"lr": "lr", "beta2Decay": "decay", "eps1": "eps.0", "eps2": "eps.1", "d": "d",
        "weightDecay": "weight_decay"}, [
        {},
        {"lr": 0.5, "beta2Decay": 0.5, "d": 1.1, "weightDecay": 0.1},
        {"lr": [0.2, 0.02], "eps1": 0.6, "eps2": 2, "d": 2},
    ]),
    "muon": (Muon, {},
        {**ADAM, "momentum": "momentum", "nesterov": "nesterov", "matchRms": "match",
         "adamScale": "scale", "eps": "adam_eps", "normEps": "eps"}, [
        {"lr": 0.01, "adamScale": 0.3, "weightDecay": 0.1},
        {"lr": 0.02, "momentum": 0.8, "nesterov": False, "adamScale": 0.5, "beta1": 0.8, "beta2": 0.99,
         "eps": 1e-3, "weightDecay": 0},
        {"lr": [0.05, 0.02], "momentum": 0.5, "matchRms": True, "adamScale": 0.2, "weightDecay": 0.3},
        {"lr": 0.02, "momentum": 0.9, "normEps": 5, "adamScale": 0.05, "weightDecay": 0.01},
    ]),
}


write("torch2", torch.__version__.partition("+")[0], RULES, run)
