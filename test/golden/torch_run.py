"""Runs optimizers of PyTorch's kind, in float32 where they do not say otherwise."""
import torch

from golden import SHAPES, STEPS, digits, numbers

ADAM = {"lr": "lr", "beta1": "betas.0", "beta2": "betas.1", "eps": "eps", "weightDecay": "weight_decay"}


def take(source, shape, dtype):
    tensor = torch.empty(shape, dtype=dtype)
    flat = tensor.view(-1)
    for i in range(flat.numel()):
        flat[i] = next(source)
    return tensor


def arguments(names, options):
    """PyTorch's. "betas.0" and "betas.1" are the elements of one tuple."""
    given = {}
    for name, value in sorted((names[option], value) for option, value in options.items() if option in names):
        name, dot, _ = name.partition(".")
        given[name] = (*given.get(name, ()), value) if dot else value
    return given


def run(make, fixed, names, options):
    source = numbers()
    dtype = getattr(make, "dtype", None)
    params = {name: torch.nn.Parameter(take(source, shape, dtype)) for name, shape in SHAPES.items()}
    given = arguments(names, options)
    rate = given.get("lr")
    if isinstance(rate, list):
        given["lr"] = rate[0]
    optimizer = make(params.values(), **{**fixed, **given})
    if hasattr(optimizer, "train"):
        optimizer.train()
    for t in range(STEPS):
        for param in params.values():
            param.grad = take(source, param.shape, dtype)
        if isinstance(rate, list):
            optimizer.param_groups[0]["lr"] = rate[0] / (1 + rate[1] * (t + getattr(make, "ahead", 0)))
        if "clipNorm" in options:
            torch.nn.utils.clip_grad_norm_(params.values(), options["clipNorm"])
        optimizer.step()
    flat = lambda tensor: digits(tensor.detach().reshape(-1).tolist())
    now = lambda: {name: flat(param) for name, param in params.items()}
    state = {}
    for name, param in params.items():
        for slot, value in optimizer.state[param].items():
            if torch.is_tensor(value) and value.dim() > 0:
                # This Adan keeps the negative of the gradient before.
                state.setdefault(slot, {})[name] = flat(-value if slot == "previous_grad" else value)
    result = {"observe": make.observe} if hasattr(make, "observe") else {}
    result |= {"params": now(), "state": state}
    if hasattr(make, "carry"):
        result["carry"] = {name: float(optimizer.param_groups[0][name]) for name in make.carry}
    if hasattr(optimizer, "eval"):
        optimizer.eval()
        result["evaluation"] = now()
    return result
