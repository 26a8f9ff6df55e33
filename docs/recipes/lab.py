"""Trains a recipe in PyTorch on the processor and says what the teacher has learned: several times as fast as a software
adapter in the browser, so that presets rest on measurements. The options are those of src/contract/config.ts, by name and
meaning; those that only say where or how a run is computed (microBatch, kernels, ...) are ignored. One is the lab's own, to be
tried before it is built: "separateHeads": true gives masked patches a projection head of their own.

usage: lab.py DATA.npz --config FILE [--set '{"ibotWeight": 0.2}'] [--tflop 50] [--name NAME] [--out FILE.jsonl] [--every 5] [--brief]
              [--keep DIR] [--from FILE.pt]
  DATA  train_x, test_x (N, H, W, 3) bytes; train_y, test_y (N); for drawn pictures also train_parts, test_parts (N, H, W)
        and kind_of_part. `pack.py` makes it of class folders, `samples.mjs` of the sample pictures.
  --brief  says less and sooner: no figures of the untrained network and of colour, no segmentation.
  --keep  writes the whole state to DIR/NAME-STEP.pt whenever figures are taken; --from goes on from there, also with other options.
  --tflop  sets the number of steps: a run is as long as this many 10^12 operations, counted as estimateCost does.
Differs from the engine in that a batch's colour changes come in one random order per view, not per image, and in that
pixels aren't rounded to bytes between stages. Needs torch and numpy.
"""
import argparse, copy, ctypes, json, math, os, time

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

import evaluate

# block.cpp, compiled; without it PyTorch's own operators do the same.
LIBRARY = os.environ.get("LAB_BLOCK", __file__.replace("lab.py", "block.so"))
FAST = ctypes.CDLL(LIBRARY) if os.path.exists(LIBRARY) else None
LUMA = torch.tensor([.299, .587, .114]).view(1, 3, 1, 1)


def cost(c):
    """Operations of one step, as src/engine/ibot/cost.ts has them."""
    C, hidden, grid = c["embedDim"], c["embedDim"] * c["mlpRatio"], c["imageSize"] // c["patchSize"]
    local = c["localSize"] // c["patchSize"] if c["localViews"] else 0
    def sequence(patches):
        T = 1 + patches
        return c["depth"] * (2 * T * (4 * C * C + 2 * C * hidden) + 4 * T * T * C) + 2 * patches * 3 * c["patchSize"] ** 2 * C
    H, Z, B = c["headHidden"], c["headBottleneck"], c["batchSize"]
    row = 2 * (C * H + H * H + H * Z + Z * c["prototypes"])
    masked = B * 2 * grid ** 2 * c["maskedImages"] * sum(c["maskRatio"]) / 2
    whole, crops = 2 * B * sequence(grid ** 2), B * c["localViews"] * sequence(local ** 2)
    return whole + (2 * B + masked) * row + 3 * (whole + crops + ((2 + c["localViews"]) * B + masked) * row)


# ---- views

def uniform(n, low, high):
    return torch.empty(n).uniform_(low, high)


def resize_matrix(start, length, source, side):
    """(n, side, source): rows weigh the pixels of a crop as Pillow's bilinear filter does, which widens where it shrinks."""
    scale = (length / side).view(-1, 1, 1)
    center = start.view(-1, 1, 1) + (torch.arange(side).view(1, -1, 1) + .5) * scale
    pixel = torch.arange(source).view(1, 1, -1)
    inside = (pixel >= start.view(-1, 1, 1)) & (pixel < (start + length).view(-1, 1, 1))
    w = (1 - ((pixel + .5 - center) / scale.clamp(min=1)).abs()).clamp(min=0) * inside
    return w / w.sum(-1, keepdim=True)


def crop(x, side, scale, flip):
    n, _, height, width = x.shape
    area, ratio = uniform(n, *scale) * height * width, torch.exp(uniform(n, math.log(3 / 4), math.log(4 / 3)))
    w, h = (area * ratio).sqrt().round().clamp(1, width), (area / ratio).sqrt().round().clamp(1, height)
    left, top = (torch.rand(n) * (width - w + 1)).floor(), (torch.rand(n) * (height - h + 1)).floor()
    across, down = resize_matrix(left, w, width, side), resize_matrix(top, h, height, side)
    turned = torch.rand(n) < flip
    across = torch.where(turned.view(-1, 1, 1), across.flip(1), across)
    return torch.einsum("nyh,nchw,nxw->ncyx", down, x, across)


def turn_hue(x, turns):
    high, low = x.amax(1), x.amin(1)
    span = high - low
    r, g, b = ((high.unsqueeze(1) - x) / span.clamp(min=1e-8).unsqueeze(1)).unbind(1)
    h = torch.where(x[:, 0] == high, b - g, torch.where(x[:, 1] == high, 2 + r - b, 4 + g - r)) / 6 + turns.view(-1, 1, 1)
    return torch.stack([high - span * torch.minimum(k, 4 - k).clamp(0, 1) for k in (((n + 6 * h) % 6) for n in (5, 3, 1))], 1)


def recolor(x, c):
    n = len(x)
    on = torch.rand(n, 1, 1, 1) < c["jitter"]
    y = x
    for step in np.random.permutation(["brightness", "contrast", "saturation", "hue"]):
        if not c[step]:
            continue
        if step == "hue":
            y = turn_hue(y, uniform(n, -c["hue"], c["hue"]))
            continue
        gray = (y * LUMA).sum(1, keepdim=True)
        other = {"brightness": 0, "contrast": gray.mean((2, 3), keepdim=True), "saturation": gray}[step]
        y = torch.lerp(other * torch.ones_like(y), y, uniform(n, max(0, 1 - c[step]), 1 + c[step]).view(-1, 1, 1, 1)).clamp(0, 1)
    x = torch.where(on, y, x)
    return torch.where(torch.rand(n, 1, 1, 1) < c["grayscale"], (x * LUMA).sum(1, keepdim=True), x)


def blur(x, chance, sigma):
    """Gaussian, borders repeated."""
    some = (torch.rand(len(x)) < chance).nonzero().flatten()
    if not len(some):
        return x
    side, reach = x.shape[-1], 6
    taps = torch.exp(-torch.arange(-reach, reach + 1) ** 2 / (2 * uniform(len(some), *sigma).view(-1, 1) ** 2))
    taps = taps / taps.sum(1, keepdim=True)
    m = torch.zeros(len(some), side, side)
    for k in range(-reach, reach + 1):
        at = (torch.arange(side) + k).clamp(0, side - 1)
        m[:, torch.arange(side), at] += taps[:, k + reach, None]
    x = x.clone()
    x[some] = torch.einsum("nyh,nchw,nxw->ncyx", m, x[some], m)
    return x


def normalized(x, c):
    return (x - torch.tensor(c["mean"]).view(1, 3, 1, 1)) / torch.tensor(c["std"]).view(1, 3, 1, 1)


def view(x, c, kind):
    """`kind` 0 and 1 are the global views, 2 is any local one."""
    x = crop(x, c["imageSize"] if kind < 2 else c["localSize"], c["globalScale"] if kind < 2 else c["localScale"], c["flip"])
    x = blur(recolor(x, c), c["blur"][kind], c["blurSigma"])
    x = torch.where((torch.rand(len(x), 1, 1, 1) < c["solarize"][kind]) & (x >= .5), 1 - x, x)
    return normalized(x, c)


# ---- masks

def block_masks(rng, images, grid, c):
    """(images, grid * grid) bools; see src/engine/ibot/masking.ts."""
    masked, (low, high) = int(images * c["maskedImages"]), c["maskRatio"]
    masks = np.zeros((images, grid, grid), bool)
    shares = [rng.uniform(low + (high - low) * k / masked, low + (high - low) * (k + 1) / masked) for k in range(masked)]
    for mask, share in zip(masks, shares):
        wanted, hidden, tries = int(grid * grid * share), 0, 0
        smallest = max(1, min(c["maskMinBlock"], wanted))
        while hidden < wanted and tries < 10:
            tries += 1
            area, aspect = rng.uniform(min(smallest, wanted - hidden), max(smallest, wanted - hidden)), math.exp(rng.uniform(math.log(.3), -math.log(.3)))
            h, w = round(math.sqrt(area * aspect)), round(math.sqrt(area / aspect))
            if not (0 < h < grid and 0 < w < grid):
                continue
            top, left = rng.integers(0, grid - h + 1), rng.integers(0, grid - w + 1)
            block = mask[top:top + h, left:left + w]
            fresh = block.size - block.sum()
            if 0 < fresh <= wanted - hidden:
                block[:] = True
                hidden, tries = hidden + fresh, 0
    return torch.from_numpy(masks[rng.permutation(images)].reshape(images, -1))


# ---- network

class FastBlock(torch.autograd.Function):
    """A block by block.cpp."""
    @staticmethod
    def forward(ctx, x, heads, *w):
        N, T, C = x.shape
        hidden = w[8].shape[0]
        shape = (ctypes.c_int * 5)(N, T, C, heads, hidden)
        sizes = (N, T, 3 * C), (N, heads, T, -(-T // 16) * 16), (N, T, C), (N, T, C), (N, T, hidden), (N, T, C)
        *kept, out = (torch.empty(size) for size in sizes)
        FAST.block_forward(shape, address(x), addresses(w), *map(address, kept), address(out))
        ctx.shape = shape
        ctx.save_for_backward(x, *w, *kept)
        return out

    @staticmethod
    def backward(ctx, dout):
        x, *rest = ctx.saved_tensors
        w, kept = rest[:12], rest[12:]
        dx, dw, dout = torch.empty_like(x), [torch.zeros_like(p) for p in w], dout.contiguous()
        FAST.block_backward(ctx.shape, address(x), addresses(w), *map(address, kept), address(dout), address(dx), addresses(dw))
        return dx, None, *dw


def address(tensor):
    return ctypes.c_void_p(tensor.data_ptr())


def addresses(tensors):
    return (ctypes.c_void_p * len(tensors))(*(t.data_ptr() for t in tensors))


class Block(nn.Module):
    def __init__(self, c):
        super().__init__()
        C, hidden = c["embedDim"], int(c["embedDim"] * c["mlpRatio"])
        self.heads, self.drop = c["numHeads"], 0.0
        self.norm1, self.norm2 = nn.LayerNorm(C, eps=1e-6), nn.LayerNorm(C, eps=1e-6)
        self.qkv, self.proj, self.fc1, self.fc2 = nn.Linear(C, 3 * C), nn.Linear(C, C), nn.Linear(C, hidden), nn.Linear(hidden, C)
        for linear in (self.qkv, self.proj, self.fc1, self.fc2):
            nn.init.xavier_uniform_(linear.weight)
            nn.init.zeros_(linear.bias)
        scale = c["layerScale"]
        self.ls1, self.ls2 = (nn.Parameter(torch.full((C,), scale)) if scale else None for _ in range(2))

    def parameters_in_order(self):
        return [p for m in (self.norm1, self.qkv, self.proj, self.norm2, self.fc1, self.fc2) for p in (m.weight, m.bias)]

    def forward(self, x):
        N, T, C = x.shape
        if FAST and self.ls1 is None and not self.drop and C // self.heads % 16 == 0:
            return FastBlock.apply(x.contiguous(), self.heads, *self.parameters_in_order())
        q, k, v = self.qkv(self.norm1(x)).view(N, T, 3, self.heads, C // self.heads).permute(2, 0, 3, 1, 4)
        x = x + self.kept(self.ls1, self.proj(F.scaled_dot_product_attention(q, k, v).transpose(1, 2).reshape(N, T, C)))
        return x + self.kept(self.ls2, self.fc2(F.gelu(self.fc1(self.norm2(x)))))

    def kept(self, scale, x):
        """LayerScale and stochastic depth, per sample."""
        x = x if scale is None else scale * x
        return x * (torch.rand(len(x), 1, 1) >= self.drop) / (1 - self.drop) if self.drop else x


class Backbone(nn.Module):
    def __init__(self, c):
        super().__init__()
        C, self.patch, self.grid = c["embedDim"], c["patchSize"], c["imageSize"] // c["patchSize"]
        self.mask_token = nn.Parameter(torch.zeros(C))
        self.cls_token = nn.Parameter(torch.randn(1, 1, C) * .02)
        self.pos_embed = nn.Parameter(torch.randn(1, 1 + self.grid ** 2, C) * .02)
        self.embed = nn.Linear(3 * self.patch ** 2, C)
        nn.init.xavier_uniform_(self.embed.weight)
        self.blocks = nn.ModuleList(Block(c) for _ in range(c["depth"]))
        self.norm = nn.LayerNorm(C, eps=1e-6)

    def positions(self, grid):
        if grid == self.grid:
            return self.pos_embed
        square = self.pos_embed[:, 1:].view(1, self.grid, self.grid, -1).permute(0, 3, 1, 2)
        return torch.cat([self.pos_embed[:, :1], F.interpolate(square, size=(grid, grid), mode="bicubic").flatten(2).transpose(1, 2)], 1)

    def forward(self, x, mask=None, layers=0):
        """(N, 1 + patches, C) tokens after the final norm; with `layers` a list, the last is the last."""
        n, grid = len(x), x.shape[-1] // self.patch
        t = self.embed(x.view(n, 3, grid, self.patch, grid, self.patch).permute(0, 2, 4, 1, 3, 5).reshape(n, grid * grid, -1))
        if mask is not None:
            t = torch.where(mask.unsqueeze(-1), self.mask_token, t)
        t = torch.cat([self.cls_token.expand(n, -1, -1), t], 1) + self.positions(grid)
        outs = []
        for i, block in enumerate(self.blocks):
            t = block(t)
            if layers and i >= len(self.blocks) - layers:
                outs.append(self.norm(t))
        return outs if layers else self.norm(t)


class Head(nn.Module):
    def __init__(self, c):
        super().__init__()
        H, Z = c["headHidden"], c["headBottleneck"]
        self.layers = nn.Sequential(nn.Linear(c["embedDim"], H), nn.GELU(), nn.Linear(H, H), nn.GELU(), nn.Linear(H, Z))
        for linear in self.layers[::2]:
            nn.init.normal_(linear.weight, std=.02)
            nn.init.zeros_(linear.bias)
        self.v = nn.Parameter(torch.empty(c["prototypes"], Z).uniform_(-1, 1) / Z ** .5)
        self.g = nn.Parameter(torch.ones(c["prototypes"], 1), requires_grad=not c["normLastLayer"])

    def forward(self, x):
        return F.linear(F.normalize(self.layers(x), dim=-1), self.g * F.normalize(self.v, dim=-1))


# ---- schedules, as in src/engine/ibot/schedule.ts

def cosine(step, steps, start, end):
    return end if steps <= 1 or step >= steps - 1 else end - (end - start) * (math.cos(math.pi * step / (steps - 1)) + 1) / 2


def ramp(step, start, end):
    return 1.0 if step >= end else 0.0 if step < start else (step - start) / (end - start)


def entropy(p):
    return -(p * (p + 1e-12).log()).sum(-1).mean().item()


def losses(c, student, teacher, whole, local, mask, centers, temp):
    """Of a batch: both losses, the teacher's logits and probabilities for (class tokens, masked patches), the student's global tokens.
    `student` and `teacher` are each (backbone, head of class tokens, head of patches)."""
    V, B, K = c["localViews"], len(whole) // 2, c["prototypes"]
    with torch.no_grad():
        t = teacher[0](whole)
        z = [teacher[1](t[:, 0]), teacher[2](t[:, 1:][mask])]
        p_cls, p_patch = p = [((logits - center) / temp).softmax(-1) for logits, center in zip(z, centers)]
    s = student[0](whole, mask)
    rows, hidden = torch.cat([s[:, 0], *([student[0](local)[:, 0]] if V else [])]), s[:, 1:][mask]
    shared = student[1] is student[2]
    z_student = student[1](torch.cat([rows, hidden])) if shared else torch.cat([student[1](rows), student[2](hidden)])
    logp = F.log_softmax(z_student / c["studentTemp"], -1)
    cls, patch = logp[:(2 + V) * B].view(2 + V, B, K), logp[(2 + V) * B:]
    both = p_cls.view(2, B, K)
    # Every student view against every teacher view, those of a view with itself taken away.
    pull = (both.sum(0) * cls.sum(0)).sum() - (both * cls[:2]).sum()
    weight = (1 / mask.sum(1, keepdim=True).clamp(min=1)).expand_as(mask)[mask] / (2 * B)
    return -pull / (B * (2 * (2 + V) - 2)), -((p_patch * patch).sum(-1) * weight).sum(), (z, p), s


def train(data, c, tell, every, keep=None, kept=None):
    """`tell(step, teacher, numbers)` is called about each `every` TFLOP, at the start and at the end; then `keep(step, state)`. `kept` is such a state to go on from."""
    torch.manual_seed(c["seed"])
    np.random.seed(c["seed"])
    rng = np.random.default_rng(c["seed"])
    student, student_head = Backbone(c), Head(c)
    teacher, teacher_head = copy.deepcopy(student), copy.deepcopy(student_head) if c["teacherInit"] == "copy" else Head(c)
    heads = [student_head], [teacher_head]
    if c.get("separateHeads"):
        own = Head(c)
        heads = [student_head, own], [teacher_head, copy.deepcopy(own) if c["teacherInit"] == "copy" else Head(c)]
    for p in [*teacher.parameters(), *(p for head in heads[1] for p in head.parameters())]:
        p.requires_grad_(False)
    for i, block in enumerate(student.blocks):
        block.drop = c["dropPath"] * (i / max(1, c["depth"] - 1) if c["dropPathMode"] == "linear" else 1)
    networks = student, *heads[0], teacher, *heads[1]
    pairs = [(s, t) for a, b in zip((student, *heads[0]), (teacher, *heads[1])) for s, t in zip(a.parameters(), b.parameters())]
    moving = [s for s, _ in pairs if s.requires_grad]
    spared = [p for p in moving if not c["decayAll"] and (p.ndim == 1 and p is not student.mask_token or any(p is head.g for head in heads[0]))]
    decayed = [p for p in moving if not any(p is q for q in spared)]
    opt = torch.optim.AdamW([{"params": decayed}, {"params": spared}], lr=c["lr"], betas=(c["beta1"], c["beta2"]), eps=c["adamEps"], fused=True)

    B, V, K, steps = c["batchSize"], c["localViews"], c["prototypes"], c["steps"]
    grid = c["imageSize"] // c["patchSize"]
    centers = [torch.zeros(K), torch.zeros(K)]
    flops = cost(c)
    X = torch.from_numpy(data["train_x"])
    order, at, sums, told = torch.randperm(len(X)), 0, np.zeros(2), 0
    begun, busy = time.time(), time.process_time()
    at_steps = lambda fraction: round(fraction * steps)
    begin = 0
    if kept:
        for network, weights in zip(networks, kept["networks"]):
            network.load_state_dict(weights)
        opt.load_state_dict(kept["optimizer"])
        begin, order, at, centers = (kept[k] for k in ("step", "order", "at", "centers"))
        told = int(begin * flops / 1e12 / every)
        torch.set_rng_state(kept["torch"])
        np.random.set_state(kept["numpy"])
        rng.bit_generator.state = kept["masks"]
        tell.step = begin
    else:
        tell(0, teacher, {})
    for step in range(begin, steps):
        if at + B > len(X):
            order, at = torch.randperm(len(X)), 0
        x = X[order[at:at + B]].permute(0, 3, 1, 2).float() / 255
        at += B
        whole = torch.cat([view(x, c, 0), view(x, c, 1)])
        mask = block_masks(rng, 2 * B, grid, c)
        temp = c["teacherTemp"][0] + (c["teacherTemp"][1] - c["teacherTemp"][0]) * min(1, step / max(1, at_steps(c["teacherTempWarmup"])))
        local = view(x.repeat(V, 1, 1, 1), c, 2) if V else None
        dino, ibot, teacher_rows, tokens = losses(c, (student, heads[0][0], heads[0][-1]), (teacher, heads[1][0], heads[1][-1]), whole, local, mask, centers, temp)
        loss = c["dinoWeight"] * ramp(step, *map(at_steps, c["dinoRamp"])) * dino + c["ibotWeight"] * ramp(step, *map(at_steps, c["ibotRamp"])) * ibot
        if c["koleoWeight"]:
            for z in tokens[:, 0].chunk(2):
                z = F.normalize(z, dim=-1)
                nearest = (z @ z.T).detach().fill_diagonal_(-2).argmax(1)
                near = (z - z[nearest]).norm(dim=-1)
                loss = loss - c["koleoWeight"] * ramp(step, *map(at_steps, c["koleoRamp"])) * torch.log(near + 1e-8).mean()
        opt.zero_grad()
        loss.backward()
        if step < at_steps(c["freezeLastLayer"]):
            for head in heads[0]:
                head.v.grad = head.g.grad = None
        if c["clipGradNorm"]:
            nn.utils.clip_grad_norm_(moving, c["clipGradNorm"])
        warm = at_steps(c["lrWarmup"])
        lr = c["lr"] * (step + 1) / warm if step < warm else c["lr"] if c["lrSchedule"] == "constant" else cosine(step - warm, steps - warm, c["lr"], c["lrFinal"])
        for group, decay in zip(opt.param_groups, (cosine(step, steps, *c["weightDecay"]), 0)):
            group["lr"], group["weight_decay"] = lr, decay
        opt.step()
        with torch.no_grad():
            torch._foreach_lerp_([t for _, t in pairs], [s for s, _ in pairs], 1 - cosine(step, steps, *c["momentum"]))
            for center, logits in zip(centers, teacher_rows[0]):
                if len(logits):
                    center.lerp_(logits.mean(0), 1 - c["centerMomentum"])
        sums += dino.item(), ibot.item()
        done = (step + 1) * flops / 1e12
        if step == steps - 1 or done >= (told + 1) * every:
            told = int(done / every)
            numbers = dict(tflop=round(done, 2), seconds=round(time.time() - begun), cpu=round(time.process_time() - busy))
            for what, p in zip(("cls", "patch"), teacher_rows[1]):
                if len(p):
                    numbers |= {f"{what}_entropy": entropy(p), f"{what}_entropy_of_mean": entropy(p.mean(0, keepdim=True))}
            numbers["dino"], numbers["ibot"] = (v / max(1, step + 1 - tell.step) for v in sums)
            sums[:] = 0
            tell(step + 1, teacher, numbers)
            if keep:
                keep(step + 1, dict(networks=[n.state_dict() for n in networks], optimizer=opt.state_dict(), step=step + 1, order=order, at=at, centers=centers,
                                    torch=torch.get_rng_state(), numpy=np.random.get_state(), masks=rng.bit_generator.state))


class Tell:
    """Prints what there is to say, and appends it to a file."""
    def __init__(self, data, c, name, out, brief):
        self.data, self.c, self.name, self.out, self.brief, self.step = data, c, name, out, brief, 0

    def __call__(self, step, teacher, numbers):
        final = step == self.c["steps"]
        if self.brief and not step:
            return
        with torch.no_grad():
            found = evaluate.judge(self.data, teacher, lambda x: normalized(x, self.c), self.c, segments=not self.brief, everything=step in (0, self.c["steps"]) and not self.brief)
        self.step = step
        record = {"name": self.name, "step": step, **{k: round(v, 3) for k, v in {**numbers, **found}.items()}}
        print(json.dumps(record), flush=True)
        if self.out:
            with open(self.out, "a") as f:
                f.write(json.dumps({**record, **({"config": self.c} if final else {})}) + "\n")


if __name__ == "__main__":
    a = argparse.ArgumentParser()
    a.add_argument("data")
    a.add_argument("--config", required=True)
    a.add_argument("--set", default="{}")
    a.add_argument("--tflop", type=float)
    a.add_argument("--every", type=float, default=5)
    a.add_argument("--name", default="run")
    a.add_argument("--out")
    a.add_argument("--brief", action="store_true")
    a.add_argument("--keep")
    a.add_argument("--from", dest="kept")
    a = a.parse_args()
    c = {**json.load(open(a.config)), **json.loads(a.set)}
    if a.tflop:
        c["steps"] = max(1, round(a.tflop * 1e12 / cost(c)))
    data = dict(np.load(a.data))
    print(f"{a.name}: {c['steps']} steps of {cost(c) / 1e9:.1f} GFLOP, {cost(c) * c['steps'] / 1e12:.1f} TFLOP, {c['steps'] * c['batchSize'] / len(data['train_x']):.1f} epochs of {len(data['train_x'])} images; {a.set}", flush=True)
    keep = a.keep and (lambda step, state: torch.save(state, f"{a.keep}/{a.name}-{step}.pt"))
    train(data, c, Tell(data, c, a.name, a.out, a.brief), a.every, keep, a.kept and torch.load(a.kept, weights_only=False))
