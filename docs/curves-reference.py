"""The PyTorch side of docs/curves.md: the same recipe out of lightly's and timm's own modules, views by Pillow and torchvision.

usage: curves-reference.py DIR [SEED [WEIGHTS]]
  DIR has train/CLASS/* and test/CLASS/*; WEIGHTS (docs/curves-weights.mjs) are starting weights to take in place of its own.
  Prints every 25 steps the mean losses, the teacher's entropy (nats, last batch) and its 20-nearest-neighbour accuracy
  (percent, test against train) by class token and by mean patch.
Needs torch, torchvision, timm, lightly, numpy, pillow.
"""
import copy, glob, json, os, random, sys, time

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image, ImageOps

# A torchvision without its compiled operators fails at import for each operator that it describes: declare them, one by one.
declared = torch.library.Library("torchvision", "FRAGMENT")
while True:
    try:
        from torchvision import transforms as T
        break
    except RuntimeError as e:
        if "torchvision::" not in str(e):
            raise
        declared.define(f"{str(e).split('torchvision::')[1].split()[0]}(Tensor x) -> Tensor")
        for name in [n for n in sys.modules if n.startswith("torchvision")]:
            del sys.modules[name]
from lightly.loss import DINOLoss, IBOTPatchLoss
from lightly.models.modules import DINOProjectionHead, MaskedVisionTransformerTIMM
from lightly.models.utils import random_block_mask, update_momentum
from lightly.utils.scheduler import cosine_schedule, linear_warmup_schedule
from timm.models.vision_transformer import VisionTransformer

SIZE, LOCAL, PATCH, DIM, DEPTH, HEADS = 32, 16, 8, 64, 3, 4
PROTOTYPES, HIDDEN, BOTTLENECK = 256, 128, 32
BATCH, LOCAL_VIEWS, GLOBAL_SCALE, LOCAL_SCALE = 32, 2, (0.4, 1.0), (0.1, 0.4)
LR, LR_FINAL, WARMUP, WEIGHT_DECAY, CLIP = 1e-3, 1e-6, 0.1, (0.04, 0.1), 3.0
MOMENTUM, TEMP, TEMP_WARMUP = (0.99, 1.0), (0.02, 0.03), 0.2
DIR, SEED, WEIGHTS = sys.argv[1], int((sys.argv[2:3] or [0])[0]), sys.argv[3:4]
STEPS, EVERY, GRID = 500, 25, SIZE // PATCH
MEAN, STD = (torch.tensor(v).view(1, 3, 1, 1) for v in ([.485, .456, .406], [.229, .224, .225]))
torch.manual_seed(SEED), np.random.seed(SEED), random.seed(SEED)


def load(split):
    """Pictures of SIZE x SIZE and their classes (N), in an order of its own."""
    classes = sorted(os.listdir(os.path.join(DIR, split)))
    files = [(f, i) for i, c in enumerate(classes) for f in sorted(glob.glob(os.path.join(DIR, split, c, "*")))]
    order = np.random.RandomState(0).permutation(len(files))
    return [Image.open(files[k][0]).convert("RGB").resize((SIZE, SIZE)) for k in order], torch.tensor([files[k][1] for k in order])


def tensor(pictures):
    """(N,3,H,W), normalised."""
    x = torch.from_numpy(np.stack([np.asarray(p) for p in pictures])).permute(0, 3, 1, 2)
    return (x.float() / 255 - MEAN) / STD


def view(pictures, size, scale, solarize=0.0):
    """One random view of each picture."""
    crop = T.RandomResizedCrop(size, scale=scale, interpolation=T.InterpolationMode.BICUBIC)
    jitter = T.ColorJitter(0.4, 0.4, 0.2, 0.1)
    out = []
    for p in pictures:
        p = crop(p)
        if random.random() < .5: p = p.transpose(Image.FLIP_LEFT_RIGHT)
        if random.random() < .8: p = jitter(p)
        if random.random() < .2: p = p.convert("L").convert("RGB")
        if random.random() < solarize: p = ImageOps.solarize(p, 128)
        out.append(p)
    return tensor(out)


def vote(bank, labels, query, truth, k=20, t=.07):
    s, i = (F.normalize(query, dim=-1) @ F.normalize(bank, dim=-1).t()).topk(k, -1)
    votes = torch.zeros(len(query), int(labels.max()) + 1).scatter_add_(1, labels[i], (s / t).exp())
    return 100 * (votes.argmax(1) == truth).float().mean().item()


(train, labels), (test, truth) = load("train"), load("test")
train_tensor, test_tensor = tensor(train), tensor(test)
vit = VisionTransformer(img_size=SIZE, patch_size=PATCH, embed_dim=DIM, depth=DEPTH, num_heads=HEADS, pos_embed="learn", dynamic_img_size=True, num_classes=0)
teacher = MaskedVisionTransformerTIMM(vit=vit, antialias=False, pos_embed_initialization="skip")
student = copy.deepcopy(teacher)
student_head, teacher_head = (DINOProjectionHead(DIM, HIDDEN, BOTTLENECK, PROTOTYPES, norm_last_layer=fixed) for fixed in (False, True))
teacher_head.load_state_dict(student_head.state_dict())
if WEIGHTS:
    given = {k: torch.tensor(v["values"]).reshape(v["shape"]) for k, v in json.load(open(WEIGHTS[0])).items()}
    head = {k.removeprefix("head/"): v for k, v in given.items() if k.startswith("head/")}
    body = {k.replace("backbone/", "" if k.endswith("mask_token") else "vit."): v for k, v in given.items() if k.startswith("backbone/")}
    for m, state in ((student, body), (teacher, body), (student_head, head), (teacher_head, head)):
        m.load_state_dict(state)
for m in (teacher, teacher_head):
    m.eval().requires_grad_(False)
dino, ibot = DINOLoss(output_dim=PROTOTYPES), IBOTPatchLoss(output_dim=PROTOTYPES)
params = [*student.parameters(), *student_head.parameters()]
opt = torch.optim.AdamW(params, lr=LR)


@torch.no_grad()
def judge():
    a, b = (torch.cat([teacher.encode(part) for part in x.split(250)]) for x in (train_tensor, test_tensor))
    return vote(a[:, 0], labels, b[:, 0], truth), vote(a[:, 1:].mean(1), labels, b[:, 1:].mean(1), truth)


print(f"{len(train)} images, untrained cls %.1f patch %.1f" % judge(), flush=True)
start, sums, order, at, warmup = time.time(), np.zeros(2), torch.randperm(len(train)).tolist(), 0, int(WARMUP * STEPS)
for step in range(STEPS):
    if at + BATCH > len(train):
        order, at = torch.randperm(len(train)).tolist(), 0
    x = [train[k] for k in order[at:at + BATCH]]; at += BATCH
    g = torch.cat([view(x, SIZE, GLOBAL_SCALE), view(x, SIZE, GLOBAL_SCALE, .2)])
    block = random_block_mask(size=(2 * BATCH, GRID, GRID), min_num_masks_per_block=1)
    mask = F.pad(block.flatten(1), (1, 0))
    with torch.no_grad():
        tf = teacher.encode(g); tc, tp = teacher_head(tf[:, 0]), teacher_head(tf[mask])
    sf = student.encode(g, mask=mask); sc, sp = student_head(sf[:, 0]), student_head(sf[mask])
    locals_ = torch.cat([view(x, LOCAL, LOCAL_SCALE) for _ in range(LOCAL_VIEWS)])
    sc = torch.cat([sc, student_head(student.encode(locals_)[:, 0])])
    temp = linear_warmup_schedule(step=step, warmup_steps=int(TEMP_WARMUP * STEPS), start_value=TEMP[0], end_value=TEMP[1])
    a, b = dino(tc.chunk(2), sc.chunk(2 + LOCAL_VIEWS), teacher_temp=temp), ibot(tp, sp, mask=block, teacher_temp=temp)
    opt.zero_grad(); (a + b).backward()
    torch.nn.utils.clip_grad_norm_(params, CLIP)
    lr = LR * (step + 1) / warmup if step < warmup else cosine_schedule(step=step - warmup, max_steps=STEPS - warmup, start_value=LR, end_value=LR_FINAL)
    for group in opt.param_groups:
        group["lr"], group["weight_decay"] = lr, cosine_schedule(step, STEPS, *WEIGHT_DECAY)
    opt.step()
    m = cosine_schedule(step, STEPS, *MOMENTUM)
    with torch.no_grad():
        update_momentum(student, teacher, m); update_momentum(student_head, teacher_head, m)
    sums += a.item(), b.item()
    if (step + 1) % EVERY == 0:
        p = torch.softmax((tc - dino.center[0]) / temp, -1)
        entropy = -(p * (p + 1e-12).log()).sum(-1).mean()
        print(f"step {step + 1} {time.time() - start:.0f}s dino {sums[0] / EVERY:.4f} ibot {sums[1] / EVERY:.4f} teacher entropy {entropy:.2f} "
              "k-NN cls %.1f patch %.1f" % judge(), flush=True)
        sums[:] = 0
