"""Writes lbfgs.json: losses, evaluations and final parameters of PyTorch's L-BFGS on the CPU.

Each case is a number of calls of step(), of 5 iterations each, with both tolerances at 0: in float64, and once more in
float32, which shows what rounding alone does to a trajectory. Each search is PyTorch's line search on a function of one
number: the steps that it tries, and the one it takes.

How to run it: README.md.
"""
import itertools
import json
import math
import pathlib
import re

import torch
from torch.optim.lbfgs import _strong_wolfe

from golden import digits, numbers

ITERATIONS = 5
CALLS = 24


def rosenbrock(x):
    return (100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2).sum()


def beale(x):
    a, b = x
    return (1.5 - a + a * b) ** 2 + (2.25 - a + a * b**2) ** 2 + (2.625 - a + a * b**3) ** 2


def quadratic(x):
    """Curvatures from 1 to 10,000 in equal steps of their square roots; minimum at 1, 2, ... 20 over 8."""
    i = torch.arange(20, dtype=x.dtype)
    return (((1 + i * 99 / 19) * (x - (i + 1) / 8)) ** 2).sum() / 2


def logistic(x):
    """100 examples of 5 features and an offset, with an L2 penalty."""
    source = numbers()
    features = torch.tensor(list(itertools.islice(source, 500)), dtype=x.dtype).reshape(100, 5)
    noise = torch.tensor(list(itertools.islice(source, 100)), dtype=x.dtype)
    labels = torch.where(features[:, 0] - features[:, 1] + noise / 2 > 0, 1.0, -1.0)
    margins = labels * (features @ x[:5] + x[5])
    return torch.log1p(torch.exp(-margins)).mean() + 0.005 * (x**2).sum()


FUNCTIONS = {
    "rosenbrock2": (rosenbrock, [-1.25, 1]),
    "rosenbrock10": (rosenbrock, [-1.25, 1] * 5),
    "beale": (beale, [1, 1]),
    "quadratic": (quadratic, [0] * 20),
    "logistic": (logistic, [0] * 6),
}

SEARCH = {"strongWolfe": "strong_wolfe", "none": None}

CONFIGURATIONS = [
    {"history": 3, "lr": 1, "lineSearch": "strongWolfe"},
    {"history": 10, "lr": 0.5, "lineSearch": "strongWolfe"},
    {"history": 100, "lr": 1, "lineSearch": "strongWolfe"},
]
# Where it converges.
WITHOUT = {
    "quadratic": {"history": 100, "lr": 0.5, "lineSearch": "none"},
    "logistic": {"history": 10, "lr": 0.5, "lineSearch": "none"},
}


def run(name, options, dtype):
    function, start = FUNCTIONS[name]
    x = torch.nn.Parameter(torch.tensor(start, dtype=dtype))
    optimizer = torch.optim.LBFGS(
        [x], lr=options["lr"], max_iter=ITERATIONS, tolerance_grad=0, tolerance_change=0,
        history_size=options["history"], line_search_fn=SEARCH[options["lineSearch"]],
    )

    def closure():
        optimizer.zero_grad()
        loss = function(x)
        loss.backward()
        return loss

    losses, evaluations = [], []
    for _ in range(CALLS):
        losses.append(optimizer.step(closure).item())
        evaluations.append(optimizer.state[x]["func_evals"])
    losses.append(function(x).item())
    return {"losses": digits(losses), "evaluations": evaluations, "x": digits(x.tolist())}


def gamma(beta):
    return math.sqrt(1 + beta**2) - beta


def yanai(beta1, beta2):
    """Functions 4 to 6 of More & Thuente 1994."""
    return lambda x: (gamma(beta1) * torch.sqrt((1 - x) ** 2 + beta2**2)
                      + gamma(beta2) * torch.sqrt(x**2 + beta1**2))


LINES = {
    "thuente1": lambda x: -x / (x**2 + 2),
    "thuente2": lambda x: (x + 0.004) ** 5 - 2 * (x + 0.004) ** 4,
    "thuente4": yanai(0.001, 0.001),
    "thuente5": yanai(0.01, 0.001),
    "thuente6": yanai(0.001, 0.01),
    "kink": lambda x: torch.abs(x - 0.3),
    "bumps": lambda x: (x**2 - 5 * x + 6.2) ** 2 * (0.3 + (x - 4) ** 2),
}


def search(name, first, most):
    """From 0 along the axis. Steps differ from call to call, so that nothing here is rounded to float32."""
    steps = []

    def evaluate(x):
        x = torch.tensor([x], dtype=torch.float64, requires_grad=True)
        value = LINES[name](x).sum()
        value.backward()
        return value.item(), x.grad

    def trial(_, step, direction):
        steps.append(float(step))
        return evaluate(steps[-1])

    value, gradient = evaluate(0)
    direction = torch.ones(1, dtype=torch.float64)
    loss, _, step, _ = _strong_wolfe(trial, None, first, direction, value, gradient, gradient.dot(direction), max_ls=most)
    return {"function": name, "first": first, "most": most, "steps": steps, "step": float(step)}


cases = [
    {"function": name, "options": options, "float64": run(name, options, torch.float64),
     "float32": run(name, options, torch.float32)}
    for name in FUNCTIONS
    for options in [*CONFIGURATIONS, *([WITHOUT[name]] if name in WITHOUT else [])]
]
searches = [search(name, first, most) for name in LINES for first in (0.001, 0.1, 1, 10, 1000) for most in (3, 25)]
text = json.dumps({"version": torch.__version__.partition("+")[0], "iterations": ITERATIONS, "cases": cases,
                   "searches": searches}, indent=1)
text = re.sub(r"\[\s+([-0-9.e,\s]+?)\s+\]", lambda m: "[" + re.sub(r",\s+", ", ", m.group(1)) + "]", text)
pathlib.Path(__file__).with_name("lbfgs.json").write_text(text + "\n")
