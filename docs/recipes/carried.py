"""What the patch tokens of a state that `lab.py --keep` wrote carry: which share of their variance lies between kinds, parts and places, and what becomes of k-means.

usage: carried.py DATA.npz STATE.pt --config FILE [--set '{...}']
"""
import argparse, json

import numpy as np
import torch
import torch.nn.functional as F

import evaluate
import lab


def between(x, groups):
    """Share of the variance of x (N, C) that the means of its groups explain."""
    n = int(groups.max()) + 1
    means = torch.zeros(n, x.shape[1]).index_add_(0, groups, x) / torch.bincount(groups, minlength=n).clamp(min=1)[:, None]
    center = x.mean(0)
    return ((means[groups] - center).square().sum() / (x - center).square().sum()).item()


if __name__ == "__main__":
    a = argparse.ArgumentParser()
    a.add_argument("data")
    a.add_argument("state")
    a.add_argument("--config", required=True)
    a.add_argument("--set", default="{}")
    a = a.parse_args()
    c = {**json.load(open(a.config)), **json.loads(a.set)}
    data, n = dict(np.load(a.data)), evaluate.SEGMENTED
    teacher = lab.Backbone(c)
    teacher.load_state_dict(torch.load(a.state, weights_only=False)["networks"][2])
    kind_of_part = torch.from_numpy(data["kind_of_part"]).long()
    part = evaluate.patch_labels(data["train_parts"][:n], c["patchSize"] * data["train_parts"].shape[-1] // c["imageSize"], len(kind_of_part)).flatten()
    kind, patches = kind_of_part[part], len(part) // n
    thing = kind > 0
    shown = torch.from_numpy(data["train_y"][:n]).long().repeat_interleave(patches)
    place = torch.arange(patches).repeat(n)
    with torch.no_grad():
        outs = teacher(lab.normalized(evaluate.whole(data["train_x"][:n], c["imageSize"]), c), layers=c["depth"])
    for i, tokens in enumerate(outs):
        x = F.normalize(tokens[:, 1:].flatten(0, 1), dim=-1)
        shares = between(x[thing], kind[thing]), between(x[thing], part[thing]), between(x[thing], place[thing]), between(x[~thing], shown[~thing]), between(x[~thing], place[~thing])
        print("block %d. Things: kind %.3f, part %.3f, place %.3f. Background: kind of the picture %.3f, place %.3f" % (i + 1, *shares))
    count = int(kind_of_part.max()) + 1
    _, names = evaluate.named_clusters(x, kind, count, np.random.default_rng(0))
    print("clusters named background, then each kind:", torch.bincount(names, minlength=count).tolist())
