"""Writes tinygrad.json: parameters and state after 100 steps of tinygrad's optimizers, in float32 on the CPU.

How to run it: README.md.
"""
from importlib.metadata import version

from tinygrad import Tensor
from tinygrad.nn.optim import LARS

from golden import SHAPES, STEPS, digits, numbers, write

# name: (tinygrad's optimizer, {our option: tinygrad's}, {our slot's PyTorch name: tinygrad's}, configurations)
# An "lr" of [start, rate] is start / (1 + rate * t).
RULES = {
    # The paper's: momentum of what has been multiplied by the rate. It has no eps.
    "lars": (LARS, {"lr": "lr", "momentum": "momentum", "trust": "tcoef", "weightDecay": "weight_decay"},
        {"momentum_buffer": "b"}, [
        {"lr": 1.0, "eps": 0, "weightDecay": 1e-4},
        {"lr": 10.0, "momentum": 0.5, "trust": 0.01, "eps": 0, "weightDecay": 0.5},
        {"lr": [20.0, 0.02], "momentum": 0.8, "eps": 0, "weightDecay": 0.1},
    ]),
}


def take(source):
    def nested(shape):
        return [nested(shape[1:]) for _ in range(shape[0])] if shape else next(source)

    return [Tensor(nested(shape)) for shape in SHAPES.values()]


def run(make, names, slots, options):
    source = numbers()
    params = [tensor.is_param_(True) for tensor in take(source)]
    rate = options["lr"]
    given = {names[option]: value for option, value in options.items() if option in names}
    optimizer = make(params, **{**given, "lr": 0.0 if isinstance(rate, list) else rate})
    for t in range(STEPS):
        for param, grad in zip(params, take(source)):
            param.grad = grad
        if isinstance(rate, list):
            optimizer.lr.assign(Tensor([rate[0] / (1 + rate[1] * t)])).realize()
        optimizer.step()
    flat = lambda tensors: {name: digits(tensor.flatten().tolist()) for name, tensor in zip(SHAPES, tensors)}
    return {"params": flat(params), "state": {slot: flat(getattr(optimizer, field)) for slot, field in slots.items()}}


write("tinygrad", version("tinygrad"), RULES, run)
