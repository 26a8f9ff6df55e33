"""Writes ../fixtures/op-goldens.json: what PyTorch (float64, CPU) makes of each op and its gradient.

Inputs are wave(count, phase, scale) of wave.ts, so that only results need to be stored.
Usage: python make_op_goldens.py
"""
import json
import math
from pathlib import Path

import torch
import torch.nn.functional as F

torch.set_default_dtype(torch.float64)


def wave(shape, phase=0.0, scale=1.0):
    count = math.prod(shape)
    values = [scale * math.sin(0.7 * i + phase) for i in range(count)]
    return torch.tensor(values, dtype=torch.float32).double().reshape(shape)


def result(op, inputs, dy):
    """The op's output and the gradient of sum(output * dy) for each named input."""
    for tensor in inputs.values():
        tensor.requires_grad_(True)
    y = op(**inputs)
    (y * dy).sum().backward()
    flat = lambda t: t.detach().flatten().tolist()
    return {"y": flat(y), **{f"d{name}": flat(t.grad) for name, t in inputs.items()}}


def attention(qkv, lengths, heads):
    """qkv (N, 3C) of packed sequences -> (N, C)."""
    outs = []
    for part in qkv.split(lengths):
        T, width = part.shape
        q, k, v = part.reshape(T, 3, heads, width // 3 // heads).permute(1, 2, 0, 3)
        outs.append(F.scaled_dot_product_attention(q, k, v).transpose(0, 1).reshape(T, width // 3))
    return torch.cat(outs)


def resample(pos, grid, local):
    """timm's resample_abs_pos_embed for a square grid and one class position, without antialiasing."""
    patches = pos[1:].reshape(1, grid, grid, -1).permute(0, 3, 1, 2)
    patches = F.interpolate(patches, size=(local, local), mode="bicubic", antialias=False)
    return torch.cat([pos[:1], patches.permute(0, 2, 3, 1).reshape(local * local, -1)])


def conv_patches(images, w, patch):
    return F.conv2d(images, w, stride=patch).flatten(2).transpose(1, 2).flatten(0, 1)


def bicubic_row_matrix(size, out):
    """Columns of the 1-D interpolation, read off by resampling unit vectors."""
    unit = torch.eye(size).reshape(size, 1, 1, size).expand(size, 1, 4, size)
    return F.interpolate(unit, size=(4, out), mode="bicubic", antialias=False)[:, 0, 0, :].T.flatten().tolist()


def weight_norm(v, g):
    return torch._weight_norm(v, g[:, None], 0)


def koleo(x, eps=1e-8):
    """KoLeoLoss of lightly; the nearest neighbour is a choice, so it has no gradient."""
    x = F.normalize(x, dim=-1, eps=eps)
    nearest = (x @ x.T).fill_diagonal_(-2).argmax(1)
    return -torch.log(F.pairwise_distance(x, x[nearest], eps=eps) + eps).mean()


def adamw():
    """Three steps of torch's AdamW on two parameters, the second without decay; global clip 0.5."""
    w = torch.nn.Parameter(wave((5,), 1)), torch.nn.Parameter(wave((4,), 2))
    optimiser = torch.optim.AdamW([{"params": [w[0]], "weight_decay": 0.3}, {"params": [w[1]], "weight_decay": 0.0}],
                                  lr=0.01, betas=(0.9, 0.99), eps=1e-8)
    teacher = [wave((5,), 3), wave((4,), 4)]
    norms = []
    for step in range(3):
        for i, p in enumerate(w):
            p.grad = wave(p.shape, 10 + 2 * step + i)
        norms.append(float(torch.nn.utils.clip_grad_norm_(w, 0.5)))
        optimiser.step()
        for t, p in zip(teacher, w):
            t.mul_(0.9).add_(p.detach(), alpha=0.1)
    return {"weights": torch.cat([p.detach() for p in w]).tolist(), "teacher": torch.cat(teacher).tolist(), "norms": norms}


points = [-7.5, -3.2, -1.0, -0.3, -1e-5, 0.0, 1e-9, 0.2, 0.5, 1.0, 1.7, 2.5, 3.3, 5.0, 5.9]
goldens = {
    "erf": {"x": points, "y": [math.erf(x) for x in points]},
    "gelu": {"x": points, **result(F.gelu, {"input": torch.tensor(points)}, torch.ones(len(points)))},
    "layernorm": result(lambda x, weight, bias: F.layer_norm(x, (6,), weight, bias, 1e-6),
                        {"x": wave((4, 6), 1, 2), "weight": wave((6,), 2), "bias": wave((6,), 3)}, wave((4, 6), 4)),
    "attention": result(lambda qkv: attention(qkv, [4, 1, 2], 2), {"qkv": wave((7, 18), 1, 2)}, wave((7, 6), 2)),
    "patchify": {"y": conv_patches(wave((2, 3, 6, 6), 1), wave((4, 3, 3, 3), 2), 3).flatten().tolist()},
    "bicubic": {f"{a}x{b}": bicubic_row_matrix(a, b) for a, b in ((14, 6), (5, 3), (4, 2), (3, 5), (7, 1))},
    "resample": result(lambda pos: resample(pos, 5, 3), {"pos": wave((26, 2), 1)}, wave((10, 2), 2)),
    "normalize": result(lambda x: F.normalize(x, dim=-1, eps=1e-12), {"x": wave((3, 5), 1, 3)}, wave((3, 5), 2)),
    "weightNorm": result(weight_norm, {"v": wave((4, 3), 1, 2), "g": wave((4,), 2)}, wave((4, 3), 3)),
    "koleo": result(koleo, {"x": wave((4, 6), 50)}, torch.ones(())),
    "adamw": adamw(),
}
path = Path(__file__).parent.parent / "fixtures" / "op-goldens.json"
path.write_text(json.dumps(goldens, separators=(",", ":")) + "\n")
print(path, path.stat().st_size, "bytes")
