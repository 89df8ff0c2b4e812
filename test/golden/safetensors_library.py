"""The library safetensors, for safetensors_golden.ts and safetensors_fuzz.ts.

`judge` reads batches of files from the standard input: their number in 4 bytes, and each file after its length in 4 bytes. For each file it writes
a byte: 0 if the library refuses the file, else the digest of its tensors, as in test/support/safetensors.ts. `files` writes files of the library's
own as JSON, in base64.

How to run it: README.md.
"""
import base64
import ctypes
import json
import struct
import sys
import zlib

from safetensors import SafetensorError, TensorSpec, __version__, deserialize, serialize


def digest(data):
    try:
        tensors = deserialize(data)
    except SafetensorError:
        return 0
    total = 0
    for name, tensor in tensors:
        text = f"{name}\0{tensor['dtype']}\0{','.join(map(str, tensor['shape']))}\0"
        total += zlib.crc32(bytes(tensor["data"]), zlib.crc32(text.encode()))
    return total % 15 + 1


def judge(source, target):
    while prefix := source.read(4):
        for _ in range(*struct.unpack("<I", prefix)):
            (length,) = struct.unpack("<I", source.read(4))
            target.write(bytes([digest(source.read(length))]))
        target.flush()


def f32(*values):
    return struct.pack(f"<{len(values)}f", *values)


buffers = []


def tensor(dtype, shape, data):
    buffer = ctypes.create_string_buffer(data, len(data))
    buffers.append(buffer)  # the library reads it later
    return TensorSpec(dtype=dtype, shape=shape, data_ptr=ctypes.addressof(buffer), data_len=len(data))


def files():
    floats = {
        "weight": tensor("float32", [2, 3], f32(0, -0.0, 1.5, -2.25, 3e38, 1e-45)),
        "nan": tensor("float32", [2], bytes.fromhex("4523817f000080ff")),
        "10": tensor("float32", [], f32(10)),
        "2": tensor("float32", [1], f32(2)),
        "": tensor("float32", [3, 0, 5], b""),
        "__proto__": tensor("float32", [0], b""),
        'é "\\\n\u007f\u2028': tensor("float32", [1, 1], f32(-1)),
        "carry": tensor("float64", [2], struct.pack("<2d", 0.1, -0.0)),
        "a": tensor("float64", [], struct.pack("<d", 1e-300)),
    }
    halves = {
        "f16": tensor("float16", [4], struct.pack("<4e", 1, -2.5, 65504, 6e-8)),
        "bf16": tensor("bfloat16", [2], bytes.fromhex("803fc0ff")),
        "bytes": tensor("uint8", [3], bytes([1, 2, 3])),
        "i64": tensor("int64", [1], struct.pack("<q", -5)),
    }
    made = {
        "floats": serialize(floats, {"format": "pt"}),
        "halves": serialize(halves, {"kéy": "välue"}),
        "plain": serialize({"a": tensor("float32", [1], f32(1))}),
        "nothing": serialize({}),
    }
    return {"version": __version__} | {name: base64.b64encode(file).decode() for name, file in made.items()}


if sys.argv[1] == "judge":
    judge(sys.stdin.buffer, sys.stdout.buffer)
else:
    print(json.dumps(files()))
