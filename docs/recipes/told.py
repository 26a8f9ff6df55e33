"""What the network could know: told what every patch of the sample pictures shows, by cross-entropy on whole pictures whose colours
change as in views, it is judged as lab.py judges one that was told nothing.

usage: told.py DATA.npz --config FILE [--steps 1000] [--batch 32]
"""
import argparse, json

import numpy as np
import torch
import torch.nn.functional as F

import evaluate
import lab

a = argparse.ArgumentParser()
a.add_argument("data")
a.add_argument("--config", required=True)
a.add_argument("--steps", type=int, default=1000)
a.add_argument("--batch", type=int, default=32)
a = a.parse_args()
c, data = json.load(open(a.config)), dict(np.load(a.data))
torch.manual_seed(0)
np.random.seed(0)
x = evaluate.whole(data["train_x"], c["imageSize"])
count = len(data["kind_of_part"])
labels = evaluate.patch_labels(data["train_parts"], c["patchSize"] * data["train_parts"].shape[-1] // c["imageSize"], count).flatten(1)
network, answer = lab.Backbone(c), torch.nn.Linear(c["embedDim"], count)
opt = torch.optim.AdamW([*network.parameters(), *answer.parameters()])
for step in range(a.steps):
    for group in opt.param_groups:
        group["lr"] = 1e-3 * min(1, (step + 1) / 100) * (1 - step / a.steps)
    some = torch.randint(len(x), (a.batch,))
    loss = F.cross_entropy(answer(network(lab.normalized(lab.recolor(x[some], c), c))[:, 1:].flatten(0, 1)), labels[some].flatten())
    opt.zero_grad()
    loss.backward()
    opt.step()
with torch.no_grad():
    found = evaluate.judge(data, network, lambda x: lab.normalized(x, c), c, segments=True, everything=False)
print(json.dumps({k: round(float(v), 1) for k, v in found.items()}))
