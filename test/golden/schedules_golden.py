"""Writes schedules.json: the learning rates of PyTorch's schedules at each of the steps 0 to 1,000, and of optax's and
Keras's at every fifth, in float64.

A framework that is not installed keeps the values that the file has. Those of PyTorch are its closed forms where it has
them, else what its class says step by step. Values are float64 in little endian, deflated, in base64.

How to run it: README.md.
"""
import base64
import importlib
import json
import math
import pathlib
import struct
import warnings
import zlib

FILE = pathlib.Path(__file__).with_name("schedules.json")
COUNT = 1001
EVERY = {"torch": 1, "optax": 5, "keras": 5}
LR = 0.3
LOSSES = [math.nan if i % 97 == 5 else 1 / (1 + (i // 40) ** 2) + (i * i % 11) * 1e-5 for i in range(COUNT)]


def pack(values):
    data = zlib.compress(struct.pack(f"<{len(values)}d", *map(float, values)), 9)
    return base64.b64encode(data).decode()


def torch_cases(torch):
    """Calls of PyTorch with `lr`, the base rate; what we call the same; and how many steps, where it has fewer."""
    from torch.optim import lr_scheduler as s
    from torch.optim.swa_utils import SWALR

    def walk(make, count=COUNT, key="lr"):
        optimizer = torch.optim.SGD([torch.zeros(1)], lr=LR, momentum=0.9)
        scheduler = make(optimizer)
        values = []
        for epoch in range(count):
            if hasattr(scheduler, "_get_closed_form_lr"):
                scheduler.last_epoch = epoch
                values.append(scheduler._get_closed_form_lr()[0])
            else:
                values.append(optimizer.param_groups[0][key])
                if epoch + 1 < count:
                    scheduler.step()
        return values

    def plateau(**options):
        optimizer = torch.optim.SGD([torch.zeros(1)], lr=LR)
        scheduler = s.ReduceLROnPlateau(optimizer, **options)
        sign = -1 if options.get("mode") == "max" else 1
        values = []
        for loss in LOSSES:
            values.append(optimizer.param_groups[0]["lr"])
            scheduler.step(sign * loss)
        return values

    cycle = {"base_lr": 0.01, "max_lr": 0.1, "step_size_up": 70, "step_size_down": 130, "base_momentum": 0.8, "max_momentum": 0.95}
    ours_cycle = {"peak": 0.1, "up": 70, "down": 130}
    mirrored = {**ours_cycle, "peak": 0.8}
    one = {"steps": 1000}
    three = {"steps": 1000, "threePhase": True, "pctStart": 0.31875, "anneal": "linear", "divFactor": 10, "finalDivFactor": 100}
    three_torch = {"total_steps": 1000, "three_phase": True, "pct_start": 0.31875, "anneal_strategy": "linear", "div_factor": 10,
                   "final_div_factor": 100}
    small = {"steps": 10, "pctStart": 0.25, "baseMomentum": 0.5, "maxMomentum": 0.9}
    small_torch = {"total_steps": 10, "pct_start": 0.25, "base_momentum": 0.5, "max_momentum": 0.9}
    joined = lambda o: s.SequentialLR(
        o, [s.LinearLR(o, 0.01, total_iters=50), s.ExponentialLR(o, 0.99), s.StepLR(o, 100, 0.5)], [50, 600])
    chained = lambda o: s.ChainedScheduler([s.LinearLR(o, 0.1, total_iters=100), s.ExponentialLR(o, 0.998)])

    yield "ConstantLR(0.25, 400)", ["sequence", [LR * 0.25, LR], [400]], walk(lambda o: s.ConstantLR(o, 0.25, 400))
    yield "StepLR(30)", ["stepDecay", LR, {"every": 30}], walk(lambda o: s.StepLR(o, 30))
    yield "StepLR(77, 0.5)", ["stepDecay", LR, {"every": 77, "factor": 0.5}], walk(lambda o: s.StepLR(o, 77, 0.5))
    yield ("MultiStepLR([100, 400, 400, 900], 0.3)",
           ["multiStepDecay", LR, {"milestones": [100, 400, 400, 900], "factor": 0.3}],
           walk(lambda o: s.MultiStepLR(o, [100, 400, 400, 900], 0.3)))
    yield "ExponentialLR(0.995)", ["exponentialDecay", LR, {"factor": 0.995}], walk(lambda o: s.ExponentialLR(o, 0.995))
    yield ("LinearLR(0.25, total_iters=300)", ["linear", LR * 0.25, {"end": LR, "steps": 300}],
           walk(lambda o: s.LinearLR(o, 0.25, total_iters=300)))
    yield ("LinearLR(1, 0, 1000)", ["linear", LR, {"end": 0, "steps": 1000}], walk(lambda o: s.LinearLR(o, 1, 0, 1000)))
    yield ("PolynomialLR(900, 2.5)", ["polynomialDecay", LR, {"steps": 900, "power": 2.5}],
           walk(lambda o: s.PolynomialLR(o, 900, 2.5)))
    yield ("LambdaLR(lambda t: (1 + 0.02 * t) ** -0.5)", ["inverseSqrtDecay", LR, {"rate": 0.02}],
           walk(lambda o: s.LambdaLR(o, lambda t: (1 + 0.02 * t) ** -0.5)))
    yield ("LambdaLR(lambda t: 64**-0.5 * min((t + 1)**-0.5, (t + 1) * 80**-1.5)), the base rate 1", ["noam", 1 / (64 * 80) ** 0.5, {"warmup": 80}],
           [value / LR for value in walk(lambda o: s.LambdaLR(o, lambda t: 64**-0.5 * min((t + 1)**-0.5, (t + 1) * 80**-1.5)))])
    yield "CosineAnnealingLR(1000)", ["cosineDecay", LR, {"steps": 1000}], walk(lambda o: s.CosineAnnealingLR(o, 1000))
    yield ("CosineAnnealingLR(1000, 0.01)", ["cosineDecay", LR, {"steps": 1000, "end": 0.01}],
           walk(lambda o: s.CosineAnnealingLR(o, 1000, 0.01)))
    yield ("CosineAnnealingWarmRestarts(90, 1, 0.01)", ["cosineRestarts", LR, {"steps": 90, "end": 0.01}],
           walk(lambda o: s.CosineAnnealingWarmRestarts(o, 90, 1, 0.01)))
    yield ("CosineAnnealingWarmRestarts(7, 3)", ["cosineRestarts", LR, {"steps": 7, "stretch": 3}],
           walk(lambda o: s.CosineAnnealingWarmRestarts(o, 7, 3)))
    yield "CyclicLR", ["cyclic", 0.01, ours_cycle], walk(lambda o: s.CyclicLR(o, **cycle))
    yield ("CyclicLR, triangular2", ["cyclic", 0.01, {**ours_cycle, "mode": "triangular2"}],
           walk(lambda o: s.CyclicLR(o, mode="triangular2", **cycle)))
    yield ("CyclicLR, exp_range", ["cyclic", 0.01, {**ours_cycle, "mode": "expRange", "factor": 0.999}],
           walk(lambda o: s.CyclicLR(o, mode="exp_range", gamma=0.999, **cycle)))
    yield ("CyclicLR, momentum", ["cyclic", 0.95, {**mirrored, "mode": "triangular2"}],
           walk(lambda o: s.CyclicLR(o, mode="triangular2", **cycle), key="momentum"))
    for part, key in [("lr", "lr"), ("momentum", "momentum")]:
        yield f"OneCycleLR, {part}", [f"oneCycle.{part}", 0.1, one], walk(lambda o: s.OneCycleLR(o, 0.1, 1000), 1000, key)
        yield (f"OneCycleLR, three_phase, {part}", [f"oneCycle.{part}", 0.1, three],
               walk(lambda o: s.OneCycleLR(o, 0.1, **three_torch), 1000, key))
        yield (f"OneCycleLR, 10 steps, {part}", [f"oneCycle.{part}", 0.1, small],
               walk(lambda o: s.OneCycleLR(o, 0.1, **small_torch), 10, key))
    yield ("SequentialLR([LinearLR(0.01, total_iters=50), ExponentialLR(0.99), StepLR(100, 0.5)], [50, 600])",
           ["sequence", [["linear", LR * 0.01, {"end": LR, "steps": 50}], ["exponentialDecay", LR, {"factor": 0.99}],
                         ["stepDecay", LR, {"every": 100, "factor": 0.5}]], [50, 600]], walk(joined))
    yield ("ChainedScheduler([LinearLR(0.1, total_iters=100), ExponentialLR(0.998)])",
           ["product", ["linear", LR * 0.1, {"end": LR, "steps": 100}], ["exponentialDecay", 1, {"factor": 0.998}]], walk(chained))
    yield "SWALR(0.05, 40)", ["cosineDecay", LR, {"steps": 40, "end": 0.05}], walk(lambda o: SWALR(o, 0.05, 40))
    yield ("SWALR(0.05, 40, 'linear')", ["linear", LR, {"steps": 40, "end": 0.05}], walk(lambda o: SWALR(o, 0.05, 40, "linear")))
    for theirs, ours in [
        ({}, {}),
        ({"patience": 3, "factor": 0.5, "cooldown": 7, "min_lr": 0.001, "eps": 1e-3},
         {"patience": 3, "factor": 0.5, "cooldown": 7, "min": 0.001, "eps": 1e-3}),
        ({"mode": "max", "threshold": 0.01, "threshold_mode": "abs", "patience": 60, "factor": 0.9},
         {"mode": "max", "threshold": 0.01, "thresholdMode": "abs", "patience": 60, "factor": 0.9}),
        ({"mode": "max", "patience": 4, "factor": 0.9}, {"mode": "max", "patience": 4, "factor": 0.9}),
        ({"threshold": 0, "threshold_mode": "abs", "patience": 0, "factor": 0.9},
         {"threshold": 0, "thresholdMode": "abs", "patience": 0, "factor": 0.9}),
    ]:
        yield f"ReduceLROnPlateau({theirs})", ["reduceOnPlateau", LR, ours], plateau(**theirs)


def optax_cases(optax):
    warm = {"init_value": 0.01, "peak_value": LR, "warmup_steps": 100}
    sgdr = [{"init_value": 0, "peak_value": LR, "warmup_steps": 20, "decay_steps": 300, "end_value": 0.01},
            {"init_value": 0.01, "peak_value": 0.2, "warmup_steps": 50, "decay_steps": 500, "end_value": 0.001}]
    stable = optax.join_schedules(
        [optax.linear_schedule(0, LR, 50), optax.constant_schedule(LR), optax.cosine_decay_schedule(LR, 250, 0.1)], [50, 700])
    linear = lambda start, end, steps: ["linear", start, {"end": end, "steps": steps}]
    cosine = lambda start, end, steps: ["cosineDecay", start, {"end": end, "steps": steps}]
    for theirs, ours, schedule in [
        ("polynomial_schedule(0.3, 0.01, 1.5, 800)", ["polynomialDecay", LR, {"end": 0.01, "power": 1.5, "steps": 800}],
         optax.polynomial_schedule(LR, 0.01, 1.5, 800)),
        ("polynomial_schedule(0.3, 0.01, 3, 800)", ["polynomialDecay", LR, {"end": 0.01, "power": 3, "steps": 800}],
         optax.polynomial_schedule(LR, 0.01, 3, 800)),
        ("exponential_decay(0.3, 70, 0.5)", ["exponentialDecay", LR, {"steps": 70, "factor": 0.5}],
         optax.exponential_decay(LR, 70, 0.5)),
        ("exponential_decay(0.3, 70, 0.5, staircase=True)", ["stepDecay", LR, {"every": 70, "factor": 0.5}],
         optax.exponential_decay(LR, 70, 0.5, staircase=True)),
        ("cosine_decay_schedule(0.3, 600, 0.1)", cosine(LR, LR * 0.1, 600), optax.cosine_decay_schedule(LR, 600, 0.1)),
        ("piecewise_constant_schedule(0.3, {100: 0.5, 400: 0.1})", ["sequence", [LR, LR * 0.5, LR * 0.5 * 0.1], [100, 400]],
         optax.piecewise_constant_schedule(LR, {100: 0.5, 400: 0.1})),
        ("warmup_constant_schedule(0.01, 0.3, 100)", ["warmup", LR, {"start": 0.01, "steps": 100}],
         optax.warmup_constant_schedule(**warm)),
        ("warmup_cosine_decay_schedule(0.01, 0.3, 100, 900, 0.001)",
         ["warmup", cosine(LR, 0.001, 800), {"start": 0.01, "steps": 100}],
         optax.warmup_cosine_decay_schedule(**warm, decay_steps=900, end_value=0.001)),
        ("warmup_exponential_decay_schedule(0.01, 0.3, 100, 70, 0.5)",
         ["warmup", ["exponentialDecay", LR, {"steps": 70, "factor": 0.5}], {"start": 0.01, "steps": 100}],
         optax.warmup_exponential_decay_schedule(**warm, transition_steps=70, decay_rate=0.5)),
        ("join_schedules of linear, constant and cosine",
         ["warmupStableDecay", LR, {"warmup": 50, "stable": 650, "decay": 250, "anneal": "cosine", "end": LR * 0.1}], stable),
        ("sgdr_schedule",
         ["sequence", [["warmup", cosine(LR, 0.01, 280), {"steps": 20}], ["warmup", cosine(0.2, 0.001, 450), {"steps": 50, "start": 0.01}]],
          [300]], optax.sgdr_schedule(sgdr)),
        ("linear_onecycle_schedule(1000, 0.3)",
         ["sequence", [linear(LR / 25, LR, 300), linear(LR, LR / 25, 550), linear(LR / 25, LR / 25 / 1e4, 150)], [300, 850]],
         optax.linear_onecycle_schedule(1000, LR)),
        ("cosine_onecycle_schedule(1000, 0.3)",
         ["sequence", [cosine(LR / 25, LR, 300), cosine(LR, LR / 25 / 1e4, 700)], [300]], optax.cosine_onecycle_schedule(1000, LR)),
    ]:
        yield theirs, ours, [schedule(t) for t in range(0, COUNT, EVERY["optax"])]


def keras_cases(keras):
    keras.config.set_floatx("float64")
    s = keras.optimizers.schedules
    for theirs, ours, schedule in [
        ("PolynomialDecay(0.3, 800, 0.01, 0.5)", ["polynomialDecay", LR, {"steps": 800, "end": 0.01, "power": 0.5}],
         s.PolynomialDecay(LR, 800, 0.01, 0.5)),
        ("InverseTimeDecay(0.3, 10, 0.5)", ["inverseTimeDecay", LR, {"rate": 0.05}], s.InverseTimeDecay(LR, 10, 0.5)),
        ("PiecewiseConstantDecay([99, 399], [0.3, 0.2, 0.1])", ["sequence", [0.3, 0.2, 0.1], [100, 400]],
         s.PiecewiseConstantDecay([99, 399], [0.3, 0.2, 0.1])),
        ("CosineDecay(0.01, 800, 0.1, warmup_target=0.3, warmup_steps=100)",
         ["warmup", ["cosineDecay", LR, {"steps": 800, "end": LR * 0.1}], {"steps": 100, "start": 0.01}],
         s.CosineDecay(0.01, 800, 0.1, warmup_target=LR, warmup_steps=100)),
        ("CosineDecayRestarts(0.3, 60, 2, 0.7, 0.05)",
         ["cosineRestarts", LR, {"steps": 60, "stretch": 2, "factor": 0.7, "end": LR * 0.05}],
         s.CosineDecayRestarts(LR, 60, 2, 0.7, 0.05)),
    ]:
        yield theirs, ours, [schedule(t) for t in range(0, COUNT, EVERY["keras"])]


warnings.simplefilter("ignore")
golden = json.loads(FILE.read_text()) if FILE.exists() else {}
for name, cases in [("torch", torch_cases), ("optax", optax_cases), ("keras", keras_cases)]:
    try:
        module = importlib.import_module(name)
    except ImportError:
        continue
    rows = [{"theirs": theirs, "ours": ours, "values": pack(values)} for theirs, ours, values in cases(module)]
    golden[name] = {"version": module.__version__.partition("+")[0], "every": EVERY[name], "cases": rows}
text = ",\n".join(
    f' {json.dumps(name)}: {{"version": {json.dumps(part["version"])}, "every": {part["every"]}, "cases": [\n  '
    + ",\n  ".join(map(json.dumps, part["cases"])) + "\n ]}"
    for name, part in golden.items())
FILE.write_text("{\n" + text + "\n}\n")
