"""Writes optax.json: parameters and state after 100 steps of optax's optimizers, on the CPU.

In float64: in float32 its ADOPT subtracts a rounded beta2 from 1, which alone moves v by 1e-4.

    pip install optax==0.2.8 "jax[cpu]==0.10.2"
    python3 test/golden/optax_golden.py

The tests need neither Python nor this script.
"""
import jax
import jax.numpy as jnp
import numpy
import optax
import optax.contrib

from golden import SHAPES, STEPS, digits, numbers, write

jax.config.update("jax_enable_x64", True)


def l2(rule, weight_decay):
    """optax's rule after an L2 penalty in the gradient."""
    return optax.chain(optax.add_decayed_weights(weight_decay), rule)


# name: (how optax makes it from our options and a rate, {our slot's PyTorch name: optax's}, configurations)
# An "lr" of [start, rate] is start / (1 + rate * t).
RULES = {
    "lion": (lambda lr, beta1=0.9, beta2=0.99, weightDecay=0: optax.lion(lr, beta1, beta2, weight_decay=weightDecay),
        {"exp_avg": "mu"}, 1e-4, [
        {},
        {"lr": 0.01, "beta1": 0.8, "beta2": 0.95, "weightDecay": 0.1},
        {"lr": [0.02, 0.02], "beta1": 0.5, "beta2": 0.7, "weightDecay": 0.3},
    ]),
    "adabelief": (lambda lr, beta1=0.9, beta2=0.999, eps=1e-16, weightDecay=0:
        l2(optax.adabelief(lr, beta1, beta2, eps, eps), weightDecay),
        {"exp_avg": "mu", "exp_avg_var": "nu"}, 1e-3, [
        {},
        {"lr": 0.01, "beta1": 0.8, "beta2": 0.99, "eps": 1e-3, "weightDecay": 0.1},
        {"lr": [0.02, 0.02], "beta1": 0.5, "beta2": 0.9, "eps": 1e-8},
    ]),
    "yogi": (lambda lr, beta1=0.9, beta2=0.999, eps=1e-3, initialAccumulator=1e-6, weightDecay=0:
        l2(optax.chain(optax.scale_by_yogi(beta1, beta2, eps, initial_accumulator_value=initialAccumulator),
                       optax.scale_by_learning_rate(lr)), weightDecay),
        {"exp_avg": "mu", "exp_avg_sq": "nu"}, 1e-2, [
        {},
        {"lr": 0.003, "beta1": 0.8, "beta2": 0.99, "eps": 1e-2, "initialAccumulator": 0.1, "weightDecay": 0.1},
        {"lr": [0.02, 0.02], "beta1": 0.5, "beta2": 0.9},
    ]),
    "signum": (lambda lr, momentum=0.9, weightDecay=0: optax.chain(
            optax.ema(momentum, debias=False), optax.scale_by_sign(), optax.add_decayed_weights(weightDecay),
            optax.scale_by_learning_rate(lr)),
        {"momentum_buffer": "ema"}, 1e-3, [
        {},
        {"lr": 0.01, "momentum": 0.5, "weightDecay": 0.1},
        {"lr": [0.02, 0.02], "momentum": 0.95},
    ]),
    "ademamix": (lambda lr, beta1=0.9, beta2=0.999, beta3=0.9999, alpha=5.0, eps=1e-8, weightDecay=0: optax.contrib.ademamix(
            lr, beta1, beta2, beta3, alpha, eps=eps, weight_decay=weightDecay),
        {"exp_avg": "m1", "exp_avg_slow": "m2", "exp_avg_sq": "nu"}, 1e-3, [
        {},
        {"lr": 0.01, "beta1": 0.8, "beta2": 0.99, "beta3": 0.9, "alpha": 2, "eps": 1e-3, "weightDecay": 0.1},
        {"lr": [0.02, 0.02], "beta1": 0.5, "beta2": 0.9, "beta3": 0.99, "alpha": 8},
    ]),
    "adopt": (lambda lr, beta1=0.9, beta2=0.9999, eps=1e-6, weightDecay=0: optax.chain(
            optax.contrib.scale_by_adopt(beta1, beta2, eps), optax.add_decayed_weights(weightDecay),
            optax.scale_by_learning_rate(lr)),
        {"exp_avg": "mu", "exp_avg_sq": "nu"}, 1e-3, [
        {},
        {"lr": 0.01, "beta1": 0.8, "beta2": 0.99, "eps": 0.1, "weightDecay": 0.1},
        {"lr": [0.02, 0.02], "beta1": 0.5, "beta2": 0.9},
    ]),
    # optax.lars without decay, which it adds before it takes the norms, the paper after (tinygrad.json has some), and with
    # the sign after the momentum.
    "lars": (lambda lr, momentum=0.9, trust=1e-3, eps=0, weightDecay=0: optax.chain(
            optax.scale_by_trust_ratio(trust_coefficient=trust, eps=eps),
            optax.scale_by_learning_rate(lr, flip_sign=False), optax.trace(momentum), optax.scale(-1)),
        {"momentum_buffer": "trace"}, 1e-3, [
        {"lr": 1.0, "weightDecay": 0},
        {"lr": 10.0, "momentum": 0.5, "trust": 0.01, "eps": 0.5, "weightDecay": 0},
        {"lr": [20.0, 0.02], "momentum": 0.8, "eps": 1e-8, "weightDecay": 0},
    ]),
    "lamb": (lambda lr, beta1=0.9, beta2=0.999, eps=1e-6, weightDecay=0: optax.lamb(
            lr, beta1, beta2, eps, weight_decay=weightDecay),
        {"exp_avg": "mu", "exp_avg_sq": "nu"}, 1e-3, [
        {},
        {"lr": 0.01, "beta1": 0.8, "beta2": 0.99, "eps": 1e-3, "weightDecay": 0.1},
        {"lr": [0.02, 0.02], "beta1": 0.5, "beta2": 0.9, "weightDecay": 0.3},
    ]),
    "novograd": (lambda lr, beta1=0.9, beta2=0.25, eps=1e-6, weightDecay=0: optax.novograd(
            lr, beta1, beta2, eps, weight_decay=weightDecay),
        {"exp_avg": "mu", "exp_avg_sq": "nu"}, 1e-3, [
        {},
        {"lr": 0.01, "beta1": 0.8, "beta2": 0.9, "eps": 0.1, "weightDecay": 0.1},
        {"lr": [0.02, 0.02], "beta1": 0.5, "beta2": 0.6},
    ]),
    "sm3": (lambda lr, momentum=0.9, eps=1e-8, weightDecay=0: l2(optax.chain(
            optax.scale_by_sm3(momentum, eps=eps), optax.scale_by_learning_rate(lr)), weightDecay),
        {"momentum_buffer": "nu", "accumulators": "mu"}, 1e-3, [
        {},
        {"lr": 0.01, "momentum": 0.5, "eps": 0.1, "weightDecay": 0.1},
        {"lr": [0.05, 0.02], "momentum": 0.8},
    ]),
}


def take(source):
    return {
        name: jnp.asarray(numpy.array([next(source) for _ in range(numpy.prod(shape))], numpy.float64).reshape(shape))
        for name, shape in SHAPES.items()
    }


def find(state, field):
    """The field of that name, wherever in optax's nested state."""
    if not isinstance(state, tuple):
        return None
    if hasattr(state, field):
        return getattr(state, field)
    for part in state:
        found = find(part, field)
        if found is not None:
            return found
    return None


def run(make, slots, default_rate, options):
    source = numbers()
    params = take(source)
    rest = dict(options)
    rate = rest.pop("lr", default_rate)
    optimizer = make((lambda t: rate[0] / (1 + rate[1] * t)) if isinstance(rate, list) else rate, **rest)
    state = optimizer.init(params)

    @jax.jit
    def step(grads, state, params):
        updates, state = optimizer.update(grads, state, params)
        return optax.apply_updates(params, updates), state

    for _ in range(STEPS):
        params, state = step(take(source), state, params)
    join = lambda arrays: numpy.concatenate([numpy.ravel(array) for array in jax.tree.leaves(arrays)])
    flat = lambda tree: {name: digits(join(arrays).tolist()) for name, arrays in tree.items()}
    return {"params": flat(params), "state": {slot: flat(find(state, field)) for slot, field in slots.items()}}


write("optax", optax.__version__, RULES, run)
