"""Writes engine_torch.json: parameters after 40 steps with what PyTorch and others for it do before and after a step, in
float64 on the CPU.

How to run it: README.md.
"""
import torch
from pytorch_optimizer import SAM
from torch.nn.utils import clip_grad_norm_, clip_grad_value_
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn
from torch_ema import ExponentialMovingAverage

from golden import SHAPES, digits
from engine import DEFAULTS, Case, Feed, given, golden, write
from torch_run import ADAM, arguments

torch.set_default_dtype(torch.float64)

SGD = {"lr": "lr", "momentum": "momentum", "weightDecay": "weight_decay"}
MAKES = {
    "sgd": (torch.optim.SGD, SGD),
    "momentum": (torch.optim.SGD, SGD),
    "adam": (torch.optim.Adam, ADAM),
    "adamw": (torch.optim.AdamW, ADAM),
}

SPOILED = [[3, "matrix", 44, "Infinity"], [8, "vector", 0, "NaN"], [9, "cube", 59, "-Infinity"], [17, "cube", 31, "Infinity"]]
VARYING = {"windows": [3, 0, 1, 4], "weights": [1, 0.5, 3, 0.3, 2]}
CASES = [
    Case("clip_grad_value_", {"clipValue": 0.6}),
    Case("clip_grad_norm_ of each tensor", {"clipTensorNorm": 2}),
    Case("clip_grad_norm_", {"clipNorm": 3}),
    Case("clip_grad_norm_", {"clipNorm": 6}),
    Case("clip_grad_norm_", {"clipNorm": 3, "maximize": True}),
    Case("clip_grad_value_, clip_grad_norm_ of each tensor, clip_grad_norm_",
         {"clipValue": 0.8, "clipTensorNorm": 3, "clipNorm": 4}),
    Case("one backward pass of loss / 3 after the other", {"accumulate": True}, windows=[3]),
    Case("backward passes of weighted losses", {"accumulate": True}, **VARYING),
    Case("backward passes of weighted losses, clip_grad_value_, clip_grad_norm_",
         {"accumulate": True, "clipValue": 0.7, "clipNorm": 2, "maximize": True}, **VARYING),
    Case("GradScaler", {"lossScale": True}, spoiled=SPOILED),
    Case("GradScaler", {"lossScale": {"initial": 1024, "growth": 2, "backoff": 0.5, "interval": 4}}, spoiled=SPOILED),
    Case("GradScaler", {"lossScale": {"initial": 1000, "growth": 1.5, "backoff": 0.3, "interval": 3}}, spoiled=SPOILED),
    Case("GradScaler.unscale_, clip_grad_norm_", {"lossScale": {"initial": 256, "growth": 4, "backoff": 0.25, "interval": 5},
         "clipNorm": 3}, spoiled=SPOILED),
    Case("GradScaler, backward passes of weighted losses, clip_grad_norm_",
         {"lossScale": {"initial": 256, "growth": 2, "backoff": 0.5, "interval": 5}, "accumulate": True, "clipNorm": 2},
         spoiled=SPOILED, **VARYING),
    Case("AveragedModel(get_ema_multi_avg_fn(0.9))", {"ema": {"decay": 0.9, "warmup": False}}),
    Case("AveragedModel(get_ema_multi_avg_fn(0.999))", {"ema": {"decay": 0.999, "warmup": False}}),
    Case("torch_ema from the first step on", {"ema": True}),
    Case("torch_ema from the first step on", {"ema": {"decay": 0.8}}),
    Case("AveragedModel", {"swa": True}),
    Case("AveragedModel", {"swa": {"start": 10}}),
    Case("AveragedModel", {"swa": {"start": 7, "every": 5}}),
    Case("backward passes of weighted losses, clip_grad_norm_, AveragedModel",
         {"accumulate": True, "clipNorm": 2, "swa": {"start": 5, "every": 2}}, **VARYING),
    Case("pytorch_optimizer's SAM", {"sam": True}, curved=True),
    Case("pytorch_optimizer's SAM", {"sam": {"radius": 0.5}}, curved=True),
    Case("pytorch_optimizer's SAM(adaptive=True)", {"sam": {"radius": 0.5, "adaptive": True}}, curved=True),
    Case("pytorch_optimizer's SAM, backward passes of weighted losses",
         {"sam": {"radius": 0.2}, "accumulate": True}, curved=True, **VARYING),
    Case("pytorch_optimizer's SAM(adaptive=True), AveragedModel(get_ema_multi_avg_fn(0.9))",
         {"sam": {"radius": 2, "adaptive": True}, "ema": {"decay": 0.9, "warmup": False}}, curved=True),
]


class Average:
    """That of the parameters after each step, or after some for stochastic weight averaging."""

    def __init__(self, model, ema, swa):
        self.model, self.ema, self.swa, self.count = model, ema, swa, 0
        self.averaged = None
        if swa or not ema["warmup"]:
            self.averaged = AveragedModel(model, multi_avg_fn=None if swa else get_ema_multi_avg_fn(ema["decay"]))

    def update(self):
        self.count += 1
        if self.averaged is None:
            self.averaged = ExponentialMovingAverage(self.model.parameters(), self.ema["decay"])
        elif isinstance(self.averaged, ExponentialMovingAverage):
            self.averaged.update()
        elif self.ema or self.count > self.swa["start"] and (self.count - self.swa["start"] - 1) % self.swa["every"] == 0:
            self.averaged.update_parameters(self.model)

    def values(self):
        averaged = self.averaged
        return averaged.shadow_params if isinstance(averaged, ExponentialMovingAverage) else averaged.parameters()


def run(how, options):
    make, names = how
    feed = Feed(**options.feed)
    tensors = lambda lists: {name: torch.tensor(lists[name]).reshape(shape) for name, shape in SHAPES.items()}
    model = torch.nn.ParameterDict(tensors(feed.params).items())  # a dictionary it would sort
    params = list(model.parameters())
    a, b = (tensors(feed.a), tensors(feed.b)) if feed.curved else (None, None)

    def loss(d):
        linear = sum((d[name] * p).sum() for name, p in model.items())
        if not feed.curved:
            return linear
        return linear + sum((a[name] * (p - b[name]) ** 2 + p**4 / 4).sum() for name, p in model.items())

    rest = arguments(names, options)
    sam, ema, swa = (given(options, name) for name in ["sam", "ema", "swa"])
    if sam:
        optimizer = SAM(params, make, rho=sam["radius"], adaptive=sam["adaptive"], **rest)
    else:
        optimizer = make(params, maximize=options.get("maximize", False), **rest)
    stepped = []
    optimizer.register_step_post_hook(lambda *_: stepped.append(t))
    scale = given(options, "lossScale") or DEFAULTS["lossScale"]
    scaler = torch.amp.GradScaler("cpu", init_scale=scale["initial"], growth_factor=scale["growth"],
                                  backoff_factor=scale["backoff"], growth_interval=scale["interval"],
                                  enabled="lossScale" in options)
    average = Average(model, ema, swa) if ema or swa else None
    scales = []
    for t in range(golden.STEPS):
        batches = [(share, tensors(feed.next())) for share in feed.window(t)]

        def backward():
            for share, d in batches:
                scaler.scale(share * loss(d)).backward()

        optimizer.zero_grad()
        backward()
        scaler.unscale_(optimizer)
        if "clipValue" in options:
            clip_grad_value_(params, options["clipValue"])
        if "clipTensorNorm" in options:
            for p in params:
                clip_grad_norm_(p, options["clipTensorNorm"])
        if "clipNorm" in options:
            norm = clip_grad_norm_(params, options["clipNorm"])
        if sam:
            optimizer.step(backward)
        else:
            scaler.step(optimizer)
        scaler.update()
        scales.append(scaler.get_scale())
        if average:
            average.update()
    flat = lambda values: {name: digits(value.detach().reshape(-1).tolist()) for name, value in zip(SHAPES, values)}
    result = {"theirs": options.theirs, **options.feed, "params": flat(params)}
    if average:
        result["average"] = flat(average.values())
    # Where nothing else has limited the gradients before.
    if "clipNorm" in options and "clipValue" not in options:
        result["gradNorm"] = norm.item()
    if "lossScale" in options:
        result["scales"] = digits(scales)
        result["skipped"] = [t for t in range(golden.STEPS) if t not in stepped]
    return result


write("engine_torch", torch.__version__.partition("+")[0], MAKES, CASES, run)
