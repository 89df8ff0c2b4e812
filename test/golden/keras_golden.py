"""Writes keras.json: parameters and state after 100 steps of Keras's optimizers, in float64 on the CPU.

    pip install keras==3.15.1 "jax[cpu]==0.10.2"
    KERAS_BACKEND=jax JAX_ENABLE_X64=1 python3 test/golden/keras_golden.py

The tests need neither Python nor this script.
"""
import keras
import numpy

from golden import SHAPES, STEPS, digits, numbers, write

keras.config.set_floatx("float64")

# name: (Keras's optimizer, {our option: Keras's}, {our slot's PyTorch name: Keras's}, configurations)
# An "lr" of [start, rate] is start / (1 + rate * t).
RULES = {
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
    ]),
}


def take(source):
    return [numpy.array([next(source) for _ in range(numpy.prod(shape))]).reshape(shape) for shape in SHAPES.values()]


def run(make, names, slots, options):
    source = numbers()
    params = [keras.Variable(array, dtype="float64") for array in take(source)]
    rate = options.get("lr")
    given = {names[option]: value for option, value in options.items() if option in names}
    if isinstance(rate, list):
        given["learning_rate"] = rate[0]
    optimizer = make(**given)
    for t in range(STEPS):
        if isinstance(rate, list):
            optimizer.learning_rate = rate[0] / (1 + rate[1] * t)
        optimizer.apply(take(source), params)
    flat = lambda arrays: {name: digits(numpy.ravel(array).tolist()) for name, array in zip(SHAPES, arrays)}
    return {"params": flat(params), "state": {slot: flat(getattr(optimizer, field)) for slot, field in slots.items()}}


write("keras", keras.__version__, RULES, run)
