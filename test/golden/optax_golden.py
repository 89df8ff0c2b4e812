"""Writes optax.json: parameters and state after 100 steps of optax's optimizers, on the CPU.

In float64: in float32 its ADOPT subtracts a rounded beta2 from 1, which alone moves v by 1e-4.

Of a call that stands for our options, which docs/frameworks.md shows, only the parameters.

How to run it: README.md.
"""
import jax
import jax.numpy as jnp
import numpy
import optax
import optax.contrib

from golden import SHAPES, STEPS, Call, digits, numbers, write

jax.config.update("jax_enable_x64", True)


def l2(rule, weight_decay):
    """optax's rule after an L2 penalty in the gradient."""
    return optax.chain(optax.add_decayed_weights(weight_decay), rule)


def calls(*configurations):
    return None, {}, None, list(configurations)


SCHEDULE = "lambda t: 0.05 / (1 + 0.02 * t)"
DECAY = [0.05, 0.02]
BETWEEN = "`lrInMomentum` matters when the rate changes"
SUM = "eps in the root is a part of `initialAccumulator`"
ROOT = {"rho": 0.9, "epsInRoot": True}
CONSTANT = {"momentumDecay": 1e4}
WARM = "a momentum that does not warm up"
DECOUPLED = {"decay": "decoupled"}

# name: (how optax makes it from our options and a rate, {our slot's PyTorch name: optax's}, its default rate, configurations)
# An "lr" of [start, rate] is start / (1 + rate * t).
RULES = {
    "sgd": calls(
        Call("optax.sgd(0.01)", lr=0.01),
        Call("optax.chain(optax.add_decayed_weights(0.1), optax.sgd(0.05))", lr=0.05, weightDecay=0.1),
    ),
    "momentum": calls(
        Call("optax.sgd(0.01, momentum=0.9)", lr=0.01, momentum=0.9),
        Call(f"optax.sgd({SCHEDULE}, momentum=0.8)", lr=DECAY, momentum=0.8),
    ),
    "nesterov": calls(
        Call("optax.sgd(0.01, momentum=0.9, nesterov=True)", lr=0.01, momentum=0.9),
        Call(f"optax.sgd({SCHEDULE}, momentum=0.8, nesterov=True)", lr=DECAY, momentum=0.8),
    ),
    "rmsprop": calls(
        Call("optax.rmsprop(0.01)", lr=0.01, **ROOT),
        Call("optax.rmsprop(0.02, eps=0.1)", lr=0.02, **ROOT, eps=0.1),
        Call("optax.rmsprop(0.02, eps=0.1, eps_in_sqrt=False)", lr=0.02, rho=0.9, eps=0.1),
        Call("optax.rmsprop(0.01, momentum=0.9)", BETWEEN, lr=0.01, **ROOT, momentum=0.9, lrInMomentum=True),
        Call(f"optax.rmsprop({SCHEDULE}, momentum=0.8)", lr=DECAY, **ROOT, momentum=0.8, lrInMomentum=True),
        Call("optax.rmsprop(0.01, centered=True)", lr=0.01, **ROOT, centered=True),
        Call(f"optax.rmsprop({SCHEDULE}, eps=0.1, centered=True, momentum=0.8)",
             lr=DECAY, **ROOT, eps=0.1, centered=True, momentum=0.8, lrInMomentum=True),
    ),
    "adam": calls(
        Call("optax.adam(0.001)", lr=0.001),
        Call(f"optax.adam({SCHEDULE}, eps=0.1, eps_root=0.05)", lr=DECAY, eps=0.1, epsRoot=0.05),
    ),
    "adamw": calls(
        Call("optax.adamw(0.001)", lr=0.001, weightDecay=1e-4),
        Call(f"optax.adamw({SCHEDULE}, eps=0.1, eps_root=0.05, weight_decay=0.3)",
             lr=DECAY, eps=0.1, epsRoot=0.05, weightDecay=0.3),
    ),
    "amsgrad": calls(
        Call("optax.amsgrad(0.001)", lr=0.001, corrected=True),
        Call("optax.amsgrad(0.02, b2=0.99, eps=0.1)", lr=0.02, beta2=0.99, eps=0.1, corrected=True),
    ),
    "adagrad": calls(
        Call("optax.adagrad(0.01)", SUM, lr=0.01, eps=0, initialAccumulator=0.1000001),
        Call("optax.adagrad(0.1, initial_accumulator_value=0.5, eps=0.1)", lr=0.1, eps=0, initialAccumulator=0.6),
    ),
    "adadelta": calls(
        Call("optax.adadelta(1.0)", lr=1),
        Call("optax.adadelta(0.5, eps=1e-3, weight_decay=0.1)", lr=0.5, eps=1e-3, weightDecay=0.1),
    ),
    "adamax": calls(
        Call("optax.adamax(0.001)", lr=0.001),
        Call("optax.adamaxw(0.02, eps=0.1)", lr=0.02, eps=0.1, weightDecay=1e-4, **DECOUPLED),
    ),
    "nadam": calls(
        Call("optax.nadam(0.001)", WARM, lr=0.001, **CONSTANT),
        Call("optax.nadamw(0.02, b1=0.8, eps=0.1)", lr=0.02, beta1=0.8, eps=0.1, **CONSTANT, weightDecay=1e-4, **DECOUPLED),
    ),
    "radam": calls(
        Call("optax.radam(0.001)", lr=0.001, epsHat=False),
        Call("optax.radam(0.02, b2=0.9, eps=0.1)", lr=0.02, beta2=0.9, eps=0.1, epsHat=False),
    ),
    "lion": (lambda lr, beta1=0.9, beta2=0.99, weightDecay=0: optax.lion(lr, beta1, beta2, weight_decay=weightDecay),
        {"exp_avg": "mu"}, 1e-4, [
        {},
        {"lr": 0.01, "beta1": 0.8, "beta2": 0.95, "weightDecay": 0.1},
        {"lr": [0.02, 0.02], "beta1": 0.5, "beta2": 0.7, "weightDecay": 0.3},
        Call("optax.lion(1e-4)", lr=1e-4, weightDecay=1e-3),
    ]),
    "adabelief": (lambda lr, beta1=0.9, beta2=0.999, eps=1e-16, weightDecay=0:
        l2(optax.adabelief(lr, beta1, beta2, eps, eps), weightDecay),
        {"exp_avg": "mu", "exp_avg_var": "nu"}, 1e-3, [
        {},
        {"lr": 0.01, "beta1": 0.8, "beta2": 0.99, "eps": 1e-3, "weightDecay": 0.1},
        {"lr": [0.02, 0.02], "beta1": 0.5, "beta2": 0.9, "eps": 1e-8},
        Call("optax.adabelief(0.001)", lr=0.001),
        Call("optax.adabelief(0.02, eps=1e-3, eps_root=1e-3)", "only where `eps_root` is `eps`", lr=0.02, eps=1e-3),
    ]),
    "yogi": (lambda lr, beta1=0.9, beta2=0.999, eps=1e-3, initialAccumulator=1e-6, weightDecay=0:
        l2(optax.chain(optax.scale_by_yogi(beta1, beta2, eps, initial_accumulator_value=initialAccumulator),
                       optax.scale_by_learning_rate(lr)), weightDecay),
        {"exp_avg": "mu", "exp_avg_sq": "nu"}, 1e-2, [
        {},
        {"lr": 0.003, "beta1": 0.8, "beta2": 0.99, "eps": 1e-2, "initialAccumulator": 0.1, "weightDecay": 0.1},
        {"lr": [0.02, 0.02], "beta1": 0.5, "beta2": 0.9},
        Call("optax.yogi(0.01)", lr=0.01),
    ]),
    "signum": (lambda lr, momentum=0.9, weightDecay=0: optax.chain(
            optax.ema(momentum, debias=False), optax.scale_by_sign(), optax.add_decayed_weights(weightDecay),
            optax.scale_by_learning_rate(lr)),
        {"momentum_buffer": "ema"}, 1e-3, [
        {},
        {"lr": 0.01, "momentum": 0.5, "weightDecay": 0.1},
        {"lr": [0.02, 0.02], "momentum": 0.95},
        Call("optax.signum(0.001)", lr=0.001),
        Call("optax.sign_sgd(0.001)", lr=0.001, momentum=0),
    ]),
    "ademamix": (lambda lr, beta1=0.9, beta2=0.999, beta3=0.9999, alpha=5.0, eps=1e-8, weightDecay=0: optax.contrib.ademamix(
            lr, beta1, beta2, beta3, alpha, eps=eps, weight_decay=weightDecay),
        {"exp_avg": "m1", "exp_avg_slow": "m2", "exp_avg_sq": "nu"}, 1e-3, [
        {},
        {"lr": 0.01, "beta1": 0.8, "beta2": 0.99, "beta3": 0.9, "alpha": 2, "eps": 1e-3, "weightDecay": 0.1},
        {"lr": [0.02, 0.02], "beta1": 0.5, "beta2": 0.9, "beta3": 0.99, "alpha": 8},
        Call("optax.contrib.ademamix(0.001)", lr=0.001),
    ]),
    "adopt": (lambda lr, beta1=0.9, beta2=0.9999, eps=1e-6, weightDecay=0: optax.chain(
            optax.contrib.scale_by_adopt(beta1, beta2, eps), optax.add_decayed_weights(weightDecay),
            optax.scale_by_learning_rate(lr)),
        {"exp_avg": "mu", "exp_avg_sq": "nu"}, 1e-3, [
        {},
        {"lr": 0.01, "beta1": 0.8, "beta2": 0.99, "eps": 0.1, "weightDecay": 0.1},
        {"lr": [0.02, 0.02], "beta1": 0.5, "beta2": 0.9},
        Call("optax.contrib.adopt(0.001)", lr=0.001),
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
        Call("optax.lars(1.0)", "only without `weight_decay`", lr=1),
    ]),
    "lamb": (lambda lr, beta1=0.9, beta2=0.999, eps=1e-6, weightDecay=0: optax.lamb(
            lr, beta1, beta2, eps, weight_decay=weightDecay),
        {"exp_avg": "mu", "exp_avg_sq": "nu"}, 1e-3, [
        {},
        {"lr": 0.01, "beta1": 0.8, "beta2": 0.99, "eps": 1e-3, "weightDecay": 0.1},
        {"lr": [0.02, 0.02], "beta1": 0.5, "beta2": 0.9, "weightDecay": 0.3},
        Call("optax.lamb(0.001)", lr=0.001),
        Call("optax.lamb(0.01, weight_decay=0.1)", lr=0.01, weightDecay=0.1),
    ]),
    "novograd": (lambda lr, beta1=0.95, beta2=0.98, eps=1e-8, weightDecay=0: optax.novograd(
            lr, beta1, beta2, eps, weight_decay=weightDecay),
        {"exp_avg": "mu", "exp_avg_sq": "nu"}, 1e-3, [
        {},
        {"lr": 0.01, "beta1": 0.8, "beta2": 0.9, "eps": 0.1, "weightDecay": 0.1},
        {"lr": [0.02, 0.02], "beta1": 0.5, "beta2": 0.6},
        Call("optax.novograd(0.001)", lr=0.001, beta1=0.9, beta2=0.25, eps=1e-6),
        Call("optax.novograd(0.01, weight_decay=0.1)", lr=0.01, beta1=0.9, beta2=0.25, eps=1e-6, weightDecay=0.1),
    ]),
    "sm3": (lambda lr, momentum=0.9, eps=1e-8, weightDecay=0: l2(optax.chain(
            optax.scale_by_sm3(momentum, eps=eps), optax.scale_by_learning_rate(lr)), weightDecay),
        {"momentum_buffer": "nu", "accumulators": "mu"}, 1e-3, [
        {},
        {"lr": 0.01, "momentum": 0.5, "eps": 0.1, "weightDecay": 0.1},
        {"lr": [0.05, 0.02], "momentum": 0.8},
        Call("optax.sm3(0.001)", lr=0.001),
    ]),
    "adafactor": calls(
        Call("optax.adafactor(0.05)", "only tensors of one dimension, and rates up to 1/√t", only=["vector"], lr=0.05, eps1=1e-15),
        Call("optax.adafactor(0.1, decay_rate=0.5, clipping_threshold=0.7)", "only tensors of one dimension, and rates up to 1/√t",
             only=["vector"], lr=0.1, beta2Decay=0.5, eps1=1e-15, d=0.7),
    ),
    "madgrad": calls(
        Call("optax.contrib.madgrad(0.01)", lr=0.01),
    ),
    "muon": calls(
        Call("optax.contrib.muon(0.01, nesterov=False, consistent_rms=0.2)", "only with these two",
             lr=0.01, nesterov=False, normEps=1e-8, matchRms=True, weightDecay=0),
    ),
    "dog": calls(
        Call("optax.contrib.dog()"),
    ),
    "scheduleFreeSgd": calls(
        Call("optax.contrib.schedule_free_sgd(0.5)", "only without `warmup_steps`", lr=0.5),
    ),
    "scheduleFreeAdamw": calls(
        Call("optax.contrib.schedule_free_adamw(weight_decay=0.1)", "only without `warmup_steps`", weightDecay=0.1),
    ),
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
    called = isinstance(options, Call)
    schedule = (lambda t: rate[0] / (1 + rate[1] * t)) if isinstance(rate, list) else rate
    optimizer = eval(options.result["as"]) if called else make(schedule, **rest)
    state = optimizer.init(params)

    @jax.jit
    def step(grads, state, params):
        updates, state = optimizer.update(grads, state, params)
        return optax.apply_updates(params, updates), state

    for _ in range(STEPS):
        params, state = step(take(source), state, params)
    join = lambda arrays: numpy.concatenate([numpy.ravel(array) for array in jax.tree.leaves(arrays)])
    only = options.result.get("only", SHAPES) if called else SHAPES
    flat = lambda tree: {name: digits(join(tree[name]).tolist()) for name in sorted(only)}
    found = {slot: flat(find(state, field)) for slot, field in slots.items() if not called}
    return {**(options.result if called else {}), "params": flat(params), "state": found}


write("optax", optax.__version__, RULES, run)
