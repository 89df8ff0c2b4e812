"""Writes checkpoints.json: checkpoints of PyTorch, and parameters of PyTorch after 50 steps from these and from checkpoints of ours.

How to run it: README.md.
"""
import base64
import json
import pathlib
import subprocess
import zlib

import safetensors.torch
import torch
from torch.distributed.checkpoint.state_dict import StateDictOptions, get_optimizer_state_dict, set_optimizer_state_dict

from golden import digits, numbers

BEFORE, AFTER = 100, 50
SHAPES = {"body.weight": [3, 4], "body.bias": [5], "head": [2, 3, 2]}
FLAT = StateDictOptions(flatten_optimizer_state_dict=True)

torch.bfloat16 = torch.float32  # Muon orthogonalizes in bfloat16, which keeps only two or three digits.
optim = torch.optim


class Model(torch.nn.Module):
    def __init__(self, source):
        super().__init__()
        self.body = torch.nn.Linear(1, 1)
        tensors = {name: torch.tensor([next(source) for _ in range(torch.Size(shape).numel())]).reshape(shape)
                   for name, shape in SHAPES.items()}
        self.body.weight = torch.nn.Parameter(tensors["body.weight"])
        self.body.bias = torch.nn.Parameter(tensors["body.bias"])
        self.head = torch.nn.Parameter(tensors["head"])


def muon(params):
    params = list(params)
    matrices = [p for p in params if p.dim() == 2]
    others = [p for p in params if p.dim() != 2]
    return [optim.Muon(matrices, lr=0.01, weight_decay=0.1), optim.AdamW(others, lr=0.003, weight_decay=0.1)]


def one(make, **options):
    return lambda params: [make(params, **options)]


# rule, our options, PyTorch's optimizers
CASES = [
    ("sgd", {"lr": 0.05, "weightDecay": 0.01}, one(optim.SGD, lr=0.05, weight_decay=0.01)),
    ("momentum", {"lr": 0.01, "momentum": 0.9}, one(optim.SGD, lr=0.01, momentum=0.9)),
    ("nesterov", {"lr": 0.01, "momentum": 0.9}, one(optim.SGD, lr=0.01, momentum=0.9, nesterov=True)),
    ("adam", {"lr": 0.01}, one(optim.Adam, lr=0.01)),
    ("adamw", {"lr": 0.01, "weightDecay": 0.1}, one(optim.AdamW, lr=0.01, weight_decay=0.1)),
    ("amsgrad", {"lr": 0.01}, one(optim.Adam, lr=0.01, amsgrad=True)),
    ("radam", {"lr": 0.01}, one(optim.RAdam, lr=0.01)),
    ("adamax", {"lr": 0.01}, one(optim.Adamax, lr=0.01)),
    ("nadam", {"lr": 0.01}, one(optim.NAdam, lr=0.01)),
    ("adagrad", {"lr": 0.05, "initialAccumulator": 0.1}, one(optim.Adagrad, lr=0.05, initial_accumulator_value=0.1)),
    ("adadelta", {"lr": 1}, one(optim.Adadelta, lr=1)),
    ("rmsprop", {"lr": 0.005}, one(optim.RMSprop, lr=0.005)),
    ("rmsprop", {"lr": 0.005, "momentum": 0.9, "centered": True},
     one(optim.RMSprop, lr=0.005, momentum=0.9, centered=True)),
    ("rprop", {"lr": 0.01, "etaMinus": 0.8, "stepMin": 1e-3},
     one(optim.Rprop, lr=0.01, etas=(0.8, 1.2), step_sizes=(1e-3, 50))),
    ("asgd", {"lr": 0.05, "lambd": 0.01, "t0": 60}, one(optim.ASGD, lr=0.05, lambd=0.01, t0=60)),
    ("adafactor", {"lr": 0.05}, one(optim.Adafactor, lr=0.05, eps=(2**-23, 1e-3))),
    ("muon", {"lr": 0.01, "adamScale": 0.3, "weightDecay": 0.1}, muon),
]


def advance(model, optimizers, begin, end):
    """Steps of these numbers, counted from 0. The random numbers are first the parameters, then the gradients of each step."""
    source = numbers()
    named = dict(model.named_parameters())  # in another order
    params = [named[name] for name in SHAPES]
    for _ in range((begin + 1) * sum(p.numel() for p in params)):
        next(source)
    for _ in range(begin, end):
        for p in params:
            p.grad = torch.tensor([next(source) for _ in range(p.numel())]).reshape(p.shape)
        for optimizer in optimizers:
            optimizer.step()


def now(model):
    return {name: digits(p.detach().reshape(-1).tolist()) for name, p in model.named_parameters()}


def save(model, optimizers):
    flat = get_optimizer_state_dict(model, optimizers, options=FLAT)
    tensors = {f"model.{name}": value for name, value in model.state_dict().items()}
    tensors |= {f"optim.{name}": value for name, value in flat.items() if name.startswith("state.")}
    return safetensors.torch.save(tensors)


def load(model, optimizers, file):
    tensors = safetensors.torch.load(file)
    model.load_state_dict({name[6:]: value for name, value in tensors.items() if name.startswith("model.")})
    flat = get_optimizer_state_dict(model, optimizers, options=FLAT)
    flat.update({name[6:]: value for name, value in tensors.items() if name.startswith("optim.state.")})
    set_optimizer_state_dict(model, optimizers, flat, options=FLAT)


def run(rule, options, make, ours, tensors):
    model = Model(numbers())
    optimizers = make(model.parameters())
    advance(model, optimizers, 0, BEFORE)
    file = save(model, optimizers)
    advance(model, optimizers, BEFORE, BEFORE + AFTER)
    other = Model(iter(lambda: 0.0, None))
    loaded = make(other.parameters())
    load(other, loaded, base64.b64decode(ours))
    advance(other, loaded, BEFORE, BEFORE + AFTER)
    packed = base64.b64encode(zlib.compress(file, 9)).decode()
    return {"rule": rule, "options": options, "file": packed, "after": now(model), "ours": tensors, "afterOurs": now(other)}


root = pathlib.Path(__file__).parents[2]
given = json.dumps([(rule, options) for rule, options, _ in CASES])
files = subprocess.run(["npx", "tsx", "test/golden/checkpoints_files.ts"], cwd=root, input=given, capture_output=True, text=True, check=True)
cases = [run(*case, *ours) for case, ours in zip(CASES, json.loads(files.stdout))]
lines = ",\n".join(json.dumps(case) for case in cases)
version = torch.__version__.partition("+")[0]
pathlib.Path(__file__).with_name("checkpoints.json").write_text(f'{{"version": "{version}", "cases": [\n{lines}\n]}}\n')
