"""The inputs and the file of the golden values. Inputs are exact in float32, so the tests make the same ones."""
import json
import pathlib
import re

STEPS = 100
SHAPES = {"vector": [7], "matrix": [5, 9], "cube": [3, 4, 5]}
SEED = 42


def numbers():
    """Endless numbers in [-1, 1): the upper 24 bits of a linear congruential generator, as in test/support/random.ts."""
    state = SEED
    while True:
        state = (state * 1664525 + 1013904223) % 2**32
        yield (state >> 8) / 2**23 - 1


def digits(values):
    """Nine digits tell all float32 apart."""
    return [float(f"{value:.9g}") for value in values]


class Call(dict):
    """Our options that do the same as a call of the framework, with all tensors or only those of these names."""

    def __init__(self, call, remark=None, /, only=None, **options):
        super().__init__(options)
        self.result = {"as": call} | ({"remark": remark} if remark else {}) | ({"only": only} if only else {})


def write(name, version, rules, run):
    """Runs every configuration of every rule, and writes name.json with one array a line."""
    cases = [
        {"rule": rule, "options": options, **run(*how, options)}
        for rule, (*how, configurations) in rules.items()
        for options in configurations
    ]
    text = json.dumps({"version": version, "steps": STEPS, "seed": SEED, "shapes": SHAPES, "cases": cases}, indent=1)
    text = re.sub(r"\[\s+([-0-9.e,\s]+?)\s+\]", lambda m: "[" + re.sub(r",\s+", ", ", m.group(1)) + "]", text)
    pathlib.Path(__file__).with_name(f"{name}.json").write_text(text + "\n")
