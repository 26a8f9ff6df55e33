"""Pictures as one file for lab.py. usage: pack.py FROM OUT.npz
FROM  a folder with train/CLASS/* and test/CLASS/*, or NAME of NAME.pixels, NAME.parts and NAME.json, which samples.mjs wrote.
Needs numpy and, for folders, Pillow."""
import json
import sys
from pathlib import Path

import numpy as np


def folders(root):
    from PIL import Image
    for split in ("train", "test"):
        classes = sorted(p for p in Path(root, split).iterdir() if p.is_dir())
        files = [(f, i) for i, folder in enumerate(classes) for f in sorted(folder.iterdir())]
        shuffled = np.random.RandomState(0).permutation(len(files))  # so that the first images are of all classes
        yield split + "_x", np.stack([np.asarray(Image.open(files[k][0]).convert("RGB")) for k in shuffled])
        yield split + "_y", np.array([files[k][1] for k in shuffled])


def samples(name):
    about = json.loads(Path(name + ".json").read_text())
    n, side = about["train"], about["size"]
    pixels = np.fromfile(name + ".pixels", np.uint8).reshape(-1, side, side, 3)
    parts = np.fromfile(name + ".parts", np.uint8).reshape(-1, side, side)
    for split, of in (("train", slice(n)), ("test", slice(n, None))):
        yield from ((split + "_x", pixels[of]), (split + "_y", np.array(about["kinds"][of])), (split + "_parts", parts[of]))
    yield "kind_of_part", np.array(about["kindOfPart"])


np.savez(sys.argv[2], **dict((folders if Path(sys.argv[1]).is_dir() else samples)(sys.argv[1])))
