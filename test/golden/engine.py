"""What engine_torch_golden.py and engine_optax_golden.py share: the cases, and what a step's gradients are.

A gradient is that of sum(d * p), the random numbers d themselves, or where a case has a `curved` loss that of
sum(a * (p - b)**2 + p**4 / 4 + d * p), where a = 1 + a' / 2 and a' and b are drawn once, after p. All are exact in float32
except those of the curved loss.
"""
import itertools
import math

import golden

golden.STEPS = 40


class Case(dict):
    """
    Our options around the step, the other framework's call that does the same, and how the gradients come where that is not
    one random gradient a step:

    start: what the first parameters are multiplied by; size: what d is multiplied by.
    windows: how many gradients are accumulated for each step, in turn. 0 is one that is not accumulated.
    weights: those of the accumulated gradients, in turn.
    spoiled: [the gradient's number, 0 first, tensor, element, what that becomes].
    curved: whether the loss is.
    """

    def __init__(self, theirs, options, /, **feed):
        super().__init__(options)
        self.theirs, self.feed = theirs, feed

    def of(self, rule):
        """With the options of a rule."""
        return Case(self.theirs, {**rule, **self}, **self.feed)


class Feed:
    """The parameters at the start, and the d of one gradient after the other, each as lists by tensor."""

    def __init__(self, start=1, size=1, windows=(1,), weights=(1,), spoiled=(), curved=False):
        self.source = golden.numbers()
        self.size, self.windows, self.curved = size, windows, curved
        self.weights = itertools.cycle(weights)
        self.spoiled, self.count = spoiled, 0
        self.params = self.take(start)
        if curved:
            self.a = {name: [1 + a / 2 for a in values] for name, values in self.take().items()}
            self.b = self.take()

    def take(self, factor=1):
        shapes = golden.SHAPES.items()
        return {name: [factor * next(self.source) for _ in range(math.prod(shape))] for name, shape in shapes}

    def window(self, t):
        """The weights of the gradients of a step, which sum up to 1."""
        weights = [next(self.weights) for _ in range(self.windows[t % len(self.windows)] or 1)]
        return [weight / sum(weights) for weight in weights]

    def next(self):
        d = self.take(self.size)
        for number, name, element, value in self.spoiled:
            if number == self.count:
                d[name][element] = float(value)
        self.count += 1
        return d


DEFAULTS = {
    "lossScale": {"initial": 65536, "growth": 2, "backoff": 0.5, "interval": 2000},
    "ema": {"decay": 0.999, "warmup": True},
    "swa": {"start": 0, "every": 1},
    "lookahead": {"every": 5, "rate": 0.5},
    "sam": {"radius": 0.05, "adaptive": False},
}


def given(options, name):
    """The option with its defaults, of which True means all; None where it is not given."""
    return {**DEFAULTS[name], **({} if options[name] is True else options[name])} if name in options else None


# Weight decay tells whether it comes after what limits gradients.
RULES = {
    "sgd": {"lr": 0.05, "weightDecay": 0.1},
    "momentum": {"lr": 0.02, "momentum": 0.9, "weightDecay": 0.1},
    "adam": {"lr": 0.01, "weightDecay": 0.1},
    "adamw": {"lr": 0.01, "weightDecay": 0.1},
}


def write(name, version, makes, cases, run):
    """Runs every case with every rule."""
    golden.write(name, version, {rule: (makes[rule], [case.of(RULES[rule]) for case in cases]) for rule in RULES}, run)
