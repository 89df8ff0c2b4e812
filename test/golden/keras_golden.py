"""Writes keras.json: parameters and state after 100 steps of Keras's optimizers, in float64 on the CPU.

Of a call that stands for our options, which docs/frameworks.md shows, only the parameters.

How to run it: README.md.
"""
import keras
import numpy

from golden import SHAPES, STEPS, Call, digits, numbers, write

keras.config.set_floatx("float64")


def calls(*configurations):
    return None, {}, {}, list(configurations)


BETWEEN = "`lrInMomentum` matters when the rate changes"
SUM = "eps in the root is a part of `initialAccumulator`"
TINY = {"eps": 1e-7}
HAT = {**TINY, "epsHat": True}
ROOT = {**TINY, "epsInRoot": True}
DECOUPLED = {"decay": "decoupled"}
# In both: start / (1 + rate * t).
DECAY = "keras.optimizers.schedules.InverseTimeDecay"

# name: (Keras's optimizer, {our option: Keras's}, {our slot's PyTorch name: Keras's}, configurations)
# An "lr" of [start, rate] is start / (1 + rate * t).
RULES = {
    "sgd": calls(
        Call("keras.optimizers.SGD()", lr=0.01),
        Call("keras.optimizers.SGD(0.05, weight_decay=0.1)", "`l2` and `decoupled` are the same in `sgd`", lr=0.05, weightDecay=0.1),
    ),
    "momentum": calls(
        Call("keras.optimizers.SGD(momentum=0.9)", BETWEEN, lr=0.01, momentum=0.9, lrInMomentum=True),
        Call(f"keras.optimizers.SGD({DECAY}(0.05, 1, 0.02), momentum=0.8)", lr=[0.05, 0.02], momentum=0.8, lrInMomentum=True),
    ),
    "nesterov": calls(
        Call("keras.optimizers.SGD(momentum=0.9, nesterov=True)", BETWEEN, lr=0.01, momentum=0.9, lrInMomentum=True),
        Call(f"keras.optimizers.SGD({DECAY}(0.05, 1, 0.02), momentum=0.8, nesterov=True)",
             lr=[0.05, 0.02], momentum=0.8, lrInMomentum=True),
    ),
    "rmsprop": calls(
        Call("keras.optimizers.RMSprop()", lr=1e-3, rho=0.9, **ROOT),
        Call("keras.optimizers.RMSprop(0.02, epsilon=0.1)", lr=0.02, rho=0.9, eps=0.1, epsInRoot=True),
        Call("keras.optimizers.RMSprop(momentum=0.9)", BETWEEN, lr=1e-3, rho=0.9, **ROOT, momentum=0.9, lrInMomentum=True),
        Call(f"keras.optimizers.RMSprop({DECAY}(0.02, 1, 0.02), momentum=0.8)",
             lr=[0.02, 0.02], rho=0.9, **ROOT, momentum=0.8, lrInMomentum=True),
        Call("keras.optimizers.RMSprop(centered=True)", lr=1e-3, rho=0.9, **ROOT, centered=True),
        Call("keras.optimizers.RMSprop(0.02, epsilon=0.1, centered=True)",
             lr=0.02, rho=0.9, eps=0.1, epsInRoot=True, centered=True),
        Call(f"keras.optimizers.RMSprop({DECAY}(0.02, 1, 0.02), rho=0.95, momentum=0.8, epsilon=0.1, centered=True)",
             lr=[0.02, 0.02], rho=0.95, eps=0.1, epsInRoot=True, centered=True, momentum=0.8, lrInMomentum=True),
    ),
    "adam": calls(
        Call("keras.optimizers.Adam()", **HAT),
        Call("keras.optimizers.Adam(0.02, epsilon=0.1)", lr=0.02, eps=0.1, epsHat=True),
        Call("keras.optimizers.Adam(weight_decay=0.1)", **HAT, weightDecay=0.1, **DECOUPLED),
    ),
    "amsgrad": calls(
        Call("keras.optimizers.Adam(amsgrad=True)", **HAT),
        Call("keras.optimizers.Adam(0.02, beta_2=0.9, epsilon=0.1, amsgrad=True)", lr=0.02, beta2=0.9, eps=0.1, epsHat=True),
        Call("keras.optimizers.AdamW(amsgrad=True)", **HAT, weightDecay=0.004, **DECOUPLED),
    ),
    "adamw": calls(
        Call("keras.optimizers.AdamW()", **HAT, weightDecay=0.004),
        Call("keras.optimizers.AdamW(0.02, weight_decay=0.3, epsilon=0.1)", lr=0.02, eps=0.1, epsHat=True, weightDecay=0.3),
    ),
    "adadelta": calls(
        Call("keras.optimizers.Adadelta()", lr=1e-3, rho=0.95, **TINY),
        Call("keras.optimizers.Adadelta(1.0, epsilon=1e-3)", lr=1, rho=0.95, eps=1e-3),
    ),
    "adagrad": calls(
        Call("keras.optimizers.Adagrad()", SUM, lr=1e-3, eps=0, initialAccumulator=0.1000001),
        Call("keras.optimizers.Adagrad(0.1, epsilon=0.1)", lr=0.1, eps=0, initialAccumulator=0.2),
    ),
    "adamax": calls(
        Call("keras.optimizers.Adamax()", lr=1e-3, **TINY, epsInMax=False),
        Call("keras.optimizers.Adamax(0.02, epsilon=0.1)", lr=0.02, eps=0.1, epsInMax=False),
    ),
    "nadam": calls(
        Call("keras.optimizers.Nadam()", lr=1e-3, **TINY, momentumDecay=1),
        Call("keras.optimizers.Nadam(0.02, epsilon=0.1, weight_decay=0.1)",
             lr=0.02, eps=0.1, momentumDecay=1, weightDecay=0.1, **DECOUPLED),
    ),
    "lion": calls(
        Call("keras.optimizers.Lion()", lr=1e-3),
        Call("keras.optimizers.Lion(1e-4, weight_decay=0.1)", weightDecay=0.1),
    ),
    "lamb": calls(
        Call("keras.optimizers.Lamb()", **TINY),
        Call("keras.optimizers.Lamb(0.01, epsilon=0.1)", lr=0.01, eps=0.1),
    ),
    "adafactor": calls(
        Call("keras.optimizers.Adafactor()", "except for gradients of 1e-15", lr=1e-3, eps1=1e-30),
        Call("keras.optimizers.Adafactor(0.5, beta_2_decay=-0.5, clip_threshold=1.1)",
             lr=0.5, beta2Decay=0.5, eps1=1e-30, d=1.1),
    ),
    "muon": calls(
        Call("keras.optimizers.Muon()", "Keras adds AdamW's eps before the bias correction",
             **TINY, matchRms=True, weightDecay=0.004),
        Call("keras.optimizers.Muon(0.02, momentum=0.8, nesterov=False, weight_decay=0.1, adam_weight_decay=0.1)",
             lr=0.02, momentum=0.8, nesterov=False, **TINY, matchRms=True, weightDecay=0.1),
    ),
    "scheduleFreeAdamw": calls(
        Call("keras.optimizers.ScheduleFreeAdamW()", "Keras has no `eval()`", weightPower=0),
        Call("keras.optimizers.ScheduleFreeAdamW(warmup_steps=10)", warmup=10, weightPower=0),
    ),
    "ftrl": (keras.optimizers.Ftrl,
        {"lr": "learning_rate", "initialAccumulator": "initial_accumulator_value", "beta": "beta",
         "l1": "l1_regularization_strength", "l2": "l2_regularization_strength",
         "l2Shrinkage": "l2_shrinkage_regularization_strength", "weightDecay": "weight_decay"},
        {"accumulator": "_accumulators", "linear": "_linears"}, [
        {},
        {"lr": 0.1, "initialAccumulator": 0.5, "l1": 1.5, "l2": 0.5, "beta": 0.7},
        {"lr": 0.05, "l1": 0.2, "l2Shrinkage": 0.03, "beta": 1},
        {"lr": [0.5, 0.02], "l2": 0.1, "l2Shrinkage": 0.2},
        # Keras's decay is decoupled in all optimizers.
        {"lr": 0.1, "l1": 0.5, "weightDecay": 0.3, "decay": "decoupled"},
        Call("keras.optimizers.Ftrl()"),
        Call("keras.optimizers.Ftrl(0.1, l1_regularization_strength=0.2)", lr=0.1, l1=0.2),
    ]),
}


def take(source):
    return [numpy.array([next(source) for _ in range(numpy.prod(shape))]).reshape(shape) for shape in SHAPES.values()]


def run(make, names, slots, options):
    source = numbers()
    params = [keras.Variable(array, dtype="float64") for array in take(source)]
    called = isinstance(options, Call)
    rate = options.get("lr")
    given = {names[option]: value for option, value in options.items() if option in names}
    if isinstance(rate, list):
        given["learning_rate"] = rate[0]
    optimizer = eval(options.result["as"]) if called else make(**given)
    for t in range(STEPS):
        if isinstance(rate, list) and not called:
            optimizer.learning_rate = rate[0] / (1 + rate[1] * t)
        optimizer.apply(take(source), params)
    flat = lambda arrays: {name: digits(numpy.ravel(array).tolist()) for name, array in zip(SHAPES, arrays)}
    state = {} if called else {slot: flat(getattr(optimizer, field)) for slot, field in slots.items()}
    return {**(options.result if called else {}), "params": flat(params), "state": state}


write("keras", keras.__version__, RULES, run)
