"""Golden values of the image operators behind the views: Pillow and torchvision's PIL functions.

usage: python make_views.py > views.json       (needs torch, torchvision, pillow, numpy)

An image is (height, width, 3) bytes by a formula that the test repeats; results are flat lists of bytes.
"""
import json
import sys

import numpy as np
import torch
from PIL import Image, ImageFilter, __version__ as pillow_version

# A torchvision without its compiled operators fails at import for each one that it describes: declare them.
declared = torch.library.Library("torchvision", "FRAGMENT")
while True:
    try:
        import torchvision
        break
    except RuntimeError as error:
        declared.define(f"{str(error).split('torchvision::')[1].split()[0]}(Tensor x) -> Tensor")
        for name in [n for n in sys.modules if n.startswith("torchvision")]:
            del sys.modules[name]
from torchvision.transforms import functional as F
from torchvision.transforms.functional import InterpolationMode


def picture(width, height, seed):
    """Smooth colours with a noisy part, so that edges, flat areas and every hue occur."""
    y, x, c = np.mgrid[0:height, 0:width, 0:3].astype(np.int64)
    smooth = (x * (17 + 9 * c) + y * (29 - 8 * c) + seed * 41 + c * 85) % 256
    noise = (x * x * 31 + y * y * 57 + x * y * 13 + c * 101 + seed * 7) % 256
    return Image.fromarray(np.where((x + y) % 3 == 0, noise, smooth).astype(np.uint8))


def flat(image):
    return np.asarray(image).ravel().tolist()


def colours():
    """Every sixth level of red, green and blue in turn, and the corners of the cube."""
    levels = [0, 1, 2, 37, 85, 127, 128, 170, 201, 254, 255]
    return Image.fromarray(np.array([[r, g, b] for r in levels for g in levels for b in levels], np.uint8).reshape(11 * 11, 11, 3))


out = {"torchvision": torchvision.__version__, "pillow": pillow_version, "resize": [], "colour": [], "blur": [], "hue_cube": []}
for width, height, seed, (left, top, w, h), size in [
    (12, 10, 0, (0, 0, 12, 10), 6), (12, 10, 1, (3, 2, 7, 5), 8), (12, 10, 2, (11, 9, 1, 1), 4), (63, 65, 3, (1, 2, 61, 60), 9),
    (63, 65, 4, (20, 11, 8, 8), 8), (63, 65, 5, (0, 0, 63, 65), 3), (1, 1, 6, (0, 0, 1, 1), 2), (12, 10, 7, (2, 0, 4, 10), 16),
    (40, 7, 8, (0, 0, 40, 7), 7), (9, 9, 9, (1, 1, 6, 6), 12),
]:
    result = F.resized_crop(picture(width, height, seed), top, left, h, w, [size, size], InterpolationMode.BICUBIC)
    out["resize"].append({"width": width, "height": height, "seed": seed, "crop": [left, top, w, h], "size": size, "data": flat(result)})
for op, factors in [
    (F.adjust_brightness, [0.6, 0.97, 1.4]), (F.adjust_contrast, [0.6, 1.013, 1.4]), (F.adjust_saturation, [0.8, 0.99, 1.2]),
    (F.adjust_hue, [-0.1, -0.03, 0.0, 0.07]), (F.rgb_to_grayscale, [3]), (F.solarize, [128]),
]:
    for seed, factor in enumerate(factors):
        name = op.__name__.removeprefix("adjust_")
        out["colour"].append({"op": name, "factor": factor, "width": 12, "height": 10, "seed": seed, "data": flat(op(picture(12, 10, seed), factor))})
for sigma, width, height in [(0.1, 14, 13), (0.5, 14, 13), (0.9, 14, 13), (1.3, 14, 13), (1.75, 14, 13), (2.0, 14, 13), (2.0, 3, 2), (1.0, 1, 5)]:
    result = picture(width, height, 5).filter(ImageFilter.GaussianBlur(radius=sigma))
    out["blur"].append({"sigma": sigma, "width": width, "height": height, "seed": 5, "data": flat(result)})
out["hue_cube"] = {"turn": 0.043, "colours": flat(colours()), "data": flat(F.adjust_hue(colours(), 0.043))}
json.dump(out, sys.stdout, separators=(",", ":"))
