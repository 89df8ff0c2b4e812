"""PyTorch's optimizers. Speaks the protocol of child.ts."""
import ctypes
import math
import signal
import sys
import time

try:
    import torch
except ImportError:
    torch = None

signal.signal(signal.SIGINT, signal.SIG_DFL)  # no traceback for Ctrl-C

# For each rule: PyTorch's optimizer, and arguments for defaults that differ from ours.
RULES = {
    "sgd": ("SGD", {"lr": 1e-3}),
    "momentum": ("SGD", {"lr": 1e-3, "momentum": 0.9}),
    "nesterov": ("SGD", {"lr": 1e-3, "momentum": 0.9, "nesterov": True}),
    "adagrad": ("Adagrad", {}),
    "adadelta": ("Adadelta", {}),
    "rmsprop": ("RMSprop", {}),
    "rprop": ("Rprop", {}),
    "asgd": ("ASGD", {}),
    "adam": ("Adam", {}),
    "adamw": ("AdamW", {}),
    "amsgrad": ("Adam", {"amsgrad": True}),
    "adamax": ("Adamax", {}),
    "nadam": ("NAdam", {}),
    "radam": ("RAdam", {}),
}
WAYS = {"for-loop": {"foreach": False}, "foreach": {"foreach": True}, "fused": {"fused": True}}


def make(params, rule, way):
    name, arguments = RULES[rule]
    return getattr(torch.optim, name)(params, **arguments, **WAYS[way])


def parse(shapes):
    return [[int(size) for size in shape.split("x")] for shape in shapes.split(",")]


def decode(digits):
    return torch.frombuffer(bytearray.fromhex(digits), dtype=torch.float32)


class Contest:
    def __init__(self, way, rule, threads, shapes, start=None, gradient=None):
        self.threads = int(threads)
        torch.set_num_threads(self.threads)
        self.shapes = parse(shapes)
        sizes = [math.prod(shape) for shape in self.shapes]
        n = sum(sizes)
        torch.manual_seed(1)
        start = torch.rand(n) * 2 - 1 if start is None else decode(start)
        gradients = (torch.rand(n) * 2 - 1) * 1e-3 if gradient is None else decode(gradient)
        self.params = [torch.nn.Parameter(p) for p in self.tensors(start, sizes)]
        self.gradients = [self.tensors(block, sizes) for block in gradients.split(n)]
        self.optimizer = make(self.params, rule, way)
        self.t = 0

    def tensors(self, block, sizes):
        """Splits a block into tensors, each with memory of its own."""
        return [part.reshape(shape).clone() for part, shape in zip(block.split(sizes), self.shapes)]

    def set_gradients(self):
        for param, gradient in zip(self.params, self.gradients[self.t % len(self.gradients)]):
            param.grad = gradient
        self.t += 1

    def time(self, steps):
        torch.set_num_threads(self.threads)
        self.set_gradients()
        start = time.perf_counter()
        for i in range(int(steps)):
            if i > 0 and len(self.gradients) > 1:
                self.set_gradients()
            self.optimizer.step()
        milliseconds = (time.perf_counter() - start) * 1e3
        if self.threads > 1:
            time.sleep(0.01)  # OpenMP's idle threads spin for some milliseconds: they must not slow the next rival.
        return milliseconds

    def parameters(self):
        return "".join(ctypes.string_at(p.data_ptr(), p.numel() * 4).hex() for p in self.params)


contests = {}


class Missing(Exception):
    pass


def version(way):
    try:
        p = torch.nn.Parameter(torch.zeros(1))
        p.grad = torch.ones(1)
        make([p], "adam", way).step()
    except (RuntimeError, TypeError, ValueError) as error:
        raise Missing(f"version {torch.__version__} has no {way} step on the CPU") from error
    return f"version {torch.__version__}"


def answer(request, id, *words):
    if torch is None:
        raise Missing("there is no module torch")
    if request == "version":
        return version(id)
    if request == "prepare":
        contests[id] = Contest(*words)
        return "prepared"
    if request == "time":
        return f"time {contests[id].time(*words)}"
    if request == "parameters":
        return f"parameters {contests[id].parameters()}"
    if request == "close":
        del contests[id]
        return "closed"
    raise ValueError(f"unknown request {request}")


def main():
    for line in sys.stdin:
        try:
            print(answer(*line.split()), flush=True)
        except Missing as error:
            print("error", error, flush=True)
        except Exception as error:
            print("error", " ".join(f"{type(error).__name__}: {error}".split()), flush=True)


main()
