"""Writes engine_optax.json: parameters after 40 steps with what optax does before and after a step, in float64 on the CPU.

How to run it: README.md.
"""
import jax
import jax.numpy as jnp
import numpy
import optax
import optax.contrib

from golden import SHAPES, digits
from engine import Case, Feed, given, golden, write

jax.config.update("jax_enable_x64", True)


def l2(rule, weight_decay):
    """optax's rule after an L2 penalty in the gradient."""
    return optax.chain(optax.add_decayed_weights(weight_decay), rule)


MAKES = {
    "sgd": lambda lr, weightDecay: l2(optax.sgd(lr), weightDecay),
    "momentum": lambda lr, momentum, weightDecay: l2(optax.sgd(lr, momentum=momentum), weightDecay),
    "adam": lambda lr, weightDecay: l2(optax.adam(lr), weightDecay),
    "adamw": lambda lr, weightDecay: optax.adamw(lr, weight_decay=weightDecay),
}

SPOILED = [[3, "matrix", 44, "Infinity"], [8, "vector", 0, "NaN"], [9, "cube", 59, "-Infinity"], [17, "cube", 31, "Infinity"]]
CASES = [
    Case("adaptive_grad_clip(0.1)", {"clipAdaptive": 0.1}),
    Case("adaptive_grad_clip(1.0)", {"clipAdaptive": 1}),
    Case("adaptive_grad_clip(0.5), parameters 0 at the start", {"clipAdaptive": 0.5}, start=0),
    # A penalty would be larger than these gradients.
    Case("adaptive_grad_clip(1e-4), tiny gradients, parameters 0 at the start", {"clipAdaptive": 1e-4, "weightDecay": 0},
         start=0, size=2**-22),
    Case("centralize", {"centralize": True}),
    Case("clip, centralize", {"clipValue": 0.6, "centralize": True}),
    Case("clip, adaptive_grad_clip(0.7), centralize", {"clipValue": 0.8, "clipAdaptive": 0.7, "centralize": True}),
    Case("apply_if_finite", {"nonFinite": "skip"}, spoiled=SPOILED),
    Case("MultiSteps(3)", {"accumulate": True}, windows=[3]),
    Case("MultiSteps(lambda t: [2, 1, 4][t % 3])", {"accumulate": True}, windows=[2, 1, 4]),
    Case("MultiSteps(2), clip, centralize", {"accumulate": True, "clipValue": 0.3, "centralize": True}, windows=[2]),
    Case("lookahead(5, 0.5)", {"lookahead": True}),
    Case("lookahead(3, 0.8)", {"lookahead": {"every": 3, "rate": 0.8}}),
    Case("lookahead(6, 0.3), incremental_update(0.1) from the first step on",
         {"lookahead": {"every": 6, "rate": 0.3}, "ema": {"decay": 0.9, "warmup": False}}),
    Case("contrib.sam", {"sam": True}, curved=True),
    Case("contrib.sam", {"sam": {"radius": 0.5}}, curved=True),
    Case("contrib.sam(opaque_mode=True)", {"sam": {"radius": 0.3}}, curved=True),
    Case("contrib.sam of clip_by_global_norm", {"sam": {"radius": 0.2}, "clipNorm": 5}, curved=True),
    Case("lookahead(7, 0.5) of contrib.sam(opaque_mode=True)",
         {"sam": {"radius": 0.2}, "lookahead": {"every": 7, "rate": 0.5}}, curved=True),
]
AROUND = {"clipValue", "clipAdaptive", "clipNorm", "centralize", "nonFinite", "accumulate", "lookahead", "ema", "sam"}


def adaptive(clipping):
    """optax's default units are columns of matrices; ours are along the first axis, the other ones its `axis`."""
    return optax.partition(
        {name: optax.adaptive_grad_clip(clipping, axis=tuple(range(1, len(shape))) or None) for name, shape in SHAPES.items()},
        {name: name for name in SHAPES})


def optimizer_of(make, options):
    """Not lookahead, which wants other parameters."""
    parts = [
        *([optax.clip(options["clipValue"])] if "clipValue" in options else []),
        *([adaptive(options["clipAdaptive"])] if "clipAdaptive" in options else []),
        *([optax.clip_by_global_norm(options["clipNorm"])] if "clipNorm" in options else []),
        *([optax.centralize()] if "centralize" in options else []),
    ]
    optimizer = optax.chain(*parts, make(**{name: value for name, value in options.items() if name not in AROUND}))
    if "nonFinite" in options:
        optimizer = optax.apply_if_finite(optimizer, 20)
    if "accumulate" in options:
        windows = jnp.array(options.feed["windows"], jnp.int32)
        optimizer = optax.MultiSteps(optimizer, lambda t: windows[t % len(windows)], accumulator_dtype=jnp.float64)
    if "sam" in options:
        ascent = optax.chain(optax.contrib.normalize(), optax.sgd(given(options, "sam")["radius"]))
        optimizer = optax.contrib.sam(optimizer, ascent, opaque_mode="opaque" in options.theirs)
    return optimizer


def run(make, options):
    feed = Feed(**options.feed)
    tensors = lambda lists: {name: jnp.asarray(numpy.reshape(lists[name], shape)) for name, shape in SHAPES.items()}
    params = tensors(feed.params)
    a, b = (tensors(feed.a), tensors(feed.b)) if feed.curved else (None, None)

    def gradient(params, d):
        if not feed.curved:
            return d
        return jax.grad(lambda params: sum(
            jnp.sum(a[name] * (p - b[name]) ** 2 + p**4 / 4 + d[name] * p) for name, p in params.items()))(params)

    optimizer = optimizer_of(make, options)
    lookahead = given(options, "lookahead")
    opaque = "opaque" in options.theirs
    # A function of the parameters is an argument of the update, which lookahead does not hand on.
    batch = {}
    grad_fn = lambda params, _: gradient(params, batch["d"])
    if lookahead:
        if opaque:
            inner = optimizer
            optimizer = optax.GradientTransformation(
                inner.init, lambda grads, state, params: inner.update(grads, state, params, grad_fn=grad_fn))
        optimizer = optax.lookahead(optimizer, lookahead["every"], lookahead["rate"])
        params = optax.LookaheadParams.init_synced(params)
    fast = lambda: params.fast if lookahead else params
    state = optimizer.init(params)

    @jax.jit
    def update(params, state, d):
        batch["d"] = d
        grads = gradient(params.fast if lookahead else params, d)
        extra = {"grad_fn": grad_fn} if opaque and not lookahead else {}
        updates, state = optimizer.update(grads, state, params, **extra)
        return optax.apply_updates(params, updates), state

    average = None
    for t in range(golden.STEPS):
        for _ in feed.window(t):
            d = tensors(feed.next())
            params, state = update(params, state, d)
            if "sam" in options and not opaque:
                params, state = update(params, state, d)
        if "ema" in options:
            rate = 1 - options["ema"]["decay"]
            average = fast() if average is None else optax.incremental_update(fast(), average, rate)
    flat = lambda arrays: {name: digits(numpy.ravel(arrays[name]).tolist()) for name in SHAPES}
    result = {"theirs": options.theirs, **options.feed, "params": flat(fast())}
    if average:
        result["average"] = flat(average)
    if lookahead:
        result["slow"] = flat(params.slow)
    if "nonFinite" in options:
        assert int(state.total_notfinite) == len(feed.spoiled)
        result["skipped"] = [number for number, *_ in feed.spoiled]
    return result


write("engine_optax", optax.__version__, MAKES, CASES, run)
