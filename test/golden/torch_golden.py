"""Writes torch.json: parameters and state after 100 steps of PyTorch's own optimizers, in float32 on the CPU.

    apt-get install python3-torch              # 1.13.1, which calls itself 1.13.0a0
    pip install --no-deps qhoptim==1.1.0 pytorch_optimizer==3.9.0    # the authors' QHM; Adan
    python3 test/golden/torch_golden.py

The tests need neither Python nor this script.
"""
import qhoptim.pyt
import torch

torch.optim.lr_scheduler.LRScheduler = torch.optim.lr_scheduler._LRScheduler  # its name in newer versions
from pytorch_optimizer.optimizer.adan import Adan  # noqa: E402

from golden import SHAPES, STEPS, digits, numbers, write  # noqa: E402

# name: (PyTorch's optimizer, fixed arguments, {our option: PyTorch's}, configurations)
# An "lr" of [start, rate] is start / (1 + rate * t).
ADAM = {"lr": "lr", "beta1": "beta1", "beta2": "beta2", "eps": "eps", "weightDecay": "weight_decay"}
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
    "adan": (Adan, {}, {**ADAM, "beta3": "beta3"}, [
        {},
        {"lr": 0.01, "beta1": 0.8, "beta2": 0.7, "beta3": 0.95, "eps": 1e-3, "weightDecay": 0.3},
        {"lr": [0.02, 0.02], "beta1": 0.9, "beta2": 0.5, "beta3": 0.9},
    ]),
}


def take(source, shape):
    tensor = torch.empty(shape)
    flat = tensor.view(-1)
    for i in range(flat.numel()):
        flat[i] = next(source)
    return tensor


def run(make, fixed, names, options):
    source = numbers()
    params = {name: torch.nn.Parameter(take(source, shape)) for name, shape in SHAPES.items()}
    given = {names[option]: value for option, value in options.items()}
    rate = given.pop("lr", None)
    if rate is not None:
        given["lr"] = rate[0] if isinstance(rate, list) else rate
    if "beta1" in given or "beta2" in given:
        given["betas"] = tuple(given.pop(beta) for beta in ("beta1", "beta2", "beta3") if beta in given)
    optimizer = make(params.values(), **fixed, **given)
    for t in range(STEPS):
        for param in params.values():
            param.grad = take(source, param.shape)
        if isinstance(rate, list):
            optimizer.param_groups[0]["lr"] = rate[0] / (1 + rate[1] * t)
        optimizer.step()
    flat = lambda tensor: digits(tensor.detach().view(-1).tolist())
    state = {}
    for name, param in params.items():
        for slot, value in optimizer.state[param].items():
            if torch.is_tensor(value) and value.shape == param.shape:
                # This Adan keeps the negative of the gradient before.
                state.setdefault(slot, {})[name] = flat(-value if slot == "previous_grad" else value)
    return {"params": {name: flat(param) for name, param in params.items()}, "state": state}


write("torch", torch.__version__, RULES, run)
