"""A step of the same method and sizes in PyTorch on a GPU, for docs/speed.md: a fair opponent, so fused attention, fused
AdamW, foreach operations, no copies to the host; views are left out on both sides.

usage: pytorch-step.py [STEPS [MODES]]
  Prints milliseconds of a step (median of STEPS, by events) for each preset, in each of the MODES, by default all:
  "float32,tf32,float32 compiled,tf32 compiled".
Needs torch with CUDA.
"""
import copy
import statistics
import sys

import torch
import torch.nn as nn
import torch.nn.functional as F

PRESETS = {
    "tiny": dict(size=32, local=16, patch=4, dim=96, depth=4, heads=3, hidden=256, bottleneck=64, prototypes=1024, batch=32, views=4, scale=None),
    "balanced": dict(size=96, local=48, patch=8, dim=192, depth=12, heads=3, hidden=1024, bottleneck=128, prototypes=1024, batch=64, views=6, scale=None),
    "seed": dict(size=224, local=96, patch=16, dim=384, depth=12, heads=6, hidden=2048, bottleneck=256, prototypes=8192, batch=64, views=10, scale=1e-5),
}
MASKED = 0.15  # of the patches of both global views: half of the images, 0.1 to 0.5 of each


class Block(nn.Module):
    def __init__(self, dim, heads, scale):
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(dim, eps=1e-6), nn.LayerNorm(dim, eps=1e-6)
        self.qkv, self.proj, self.fc1, self.fc2 = nn.Linear(dim, 3 * dim), nn.Linear(dim, dim), nn.Linear(dim, 4 * dim), nn.Linear(4 * dim, dim)
        self.heads = heads
        self.gammas = nn.ParameterList([nn.Parameter(torch.full((dim,), scale)) for _ in range(2)]) if scale else None

    def forward(self, x):
        n, t, c = x.shape
        q, k, v = self.qkv(self.norm1(x)).view(n, t, 3, self.heads, c // self.heads).permute(2, 0, 3, 1, 4)
        a = self.proj(F.scaled_dot_product_attention(q, k, v).transpose(1, 2).reshape(n, t, c))
        x = x + (a * self.gammas[0] if self.gammas else a)
        m = self.fc2(F.gelu(self.fc1(self.norm2(x))))
        return x + (m * self.gammas[1] if self.gammas else m)


class Network(nn.Module):
    """Backbone and head; patches (N, T, 3 P P) in place of pictures."""

    def __init__(self, c):
        super().__init__()
        grid, self.local = c["size"] // c["patch"], c["local"] // c["patch"]
        self.grid = grid
        self.embed = nn.Linear(3 * c["patch"] ** 2, c["dim"])
        self.cls, self.mask = nn.Parameter(torch.randn(1, 1, c["dim"])), nn.Parameter(torch.zeros(c["dim"]))
        self.pos = nn.Parameter(0.02 * torch.randn(1, 1 + grid * grid, c["dim"]))
        self.blocks = nn.ModuleList([Block(c["dim"], c["heads"], c["scale"]) for _ in range(c["depth"])])
        self.norm = nn.LayerNorm(c["dim"], eps=1e-6)
        self.head = nn.Sequential(nn.Linear(c["dim"], c["hidden"]), nn.GELU(), nn.Linear(c["hidden"], c["hidden"]), nn.GELU(), nn.Linear(c["hidden"], c["bottleneck"]))
        self.prototypes = nn.Parameter(torch.randn(c["prototypes"], c["bottleneck"]))

    def tokens(self, patches, masked=None):
        x = self.embed(patches)
        if masked is not None:
            x = torch.where(masked[..., None], self.mask, x)
        pos = self.pos
        if x.shape[1] != self.grid ** 2:
            p = pos[:, 1:].view(1, self.grid, self.grid, -1).permute(0, 3, 1, 2)
            p = F.interpolate(p, size=(self.local, self.local), mode="bicubic").permute(0, 2, 3, 1).reshape(1, self.local ** 2, -1)
            pos = torch.cat([pos[:, :1], p], 1)
        x = torch.cat([self.cls.expand(len(x), -1, -1), x], 1) + pos
        for b in self.blocks:
            x = b(x)
        return self.norm(x)

    def logits(self, x):
        return F.normalize(self.head(x), dim=-1) @ F.normalize(self.prototypes, dim=-1).t()


def main(steps, modes):
    torch.manual_seed(0)
    print(torch.__version__, torch.cuda.get_device_name())
    for mode in modes:
        for name, c in PRESETS.items():
            torch.backends.cuda.matmul.allow_tf32 = "tf32" in mode
            torch._dynamo.reset()
            student = Network(c).cuda()
            teacher = copy.deepcopy(student).requires_grad_(False)
            optimizer = torch.optim.AdamW(student.parameters(), lr=1e-4, fused=True)
            n, g, l, k = c["batch"], (c["size"] // c["patch"]) ** 2, (c["local"] // c["patch"]) ** 2, c["prototypes"]
            whole, parts = torch.randn(2 * n, g, 3 * c["patch"] ** 2, device="cuda"), torch.randn(c["views"] * n, l, 3 * c["patch"] ** 2, device="cuda")
            masked = torch.zeros(2 * n, g, dtype=torch.bool, device="cuda")
            masked[::2, : int(2 * MASKED * g)] = True
            rows = masked.flatten().nonzero().flatten()
            center_cls, center_patch = torch.zeros(1, k, device="cuda"), torch.zeros(1, k, device="cuda")

            def losses():
                with torch.no_grad():
                    t = teacher.tokens(whole)
                    t_cls, t_patch = teacher.logits(t[:, 0]), teacher.logits(t[:, 1:].flatten(0, 1)[rows])
                    p_cls, p_patch = ((t_cls - center_cls) / 0.04).softmax(-1).view(2, n, k), ((t_patch - center_patch) / 0.04).softmax(-1)
                s, parts_s = student.tokens(whole, masked), student.tokens(parts)
                s_cls = student.logits(torch.cat([s[:, 0], parts_s[:, 0]])).div(0.1).log_softmax(-1).view(2 + c["views"], n, k)
                s_patch = student.logits(s[:, 1:].flatten(0, 1)[rows]).div(0.1).log_softmax(-1)
                pairs = -torch.einsum("tnk,snk->tsn", p_cls, s_cls).mean(-1)
                cls = (pairs.sum() - pairs[0, 0] - pairs[1, 1]) / (2 * (2 + c["views"]) - 2)
                return cls + -(p_patch * s_patch).sum(-1).mean(), t_cls.mean(0, keepdim=True), t_patch.mean(0, keepdim=True)

            forward = torch.compile(losses) if "compiled" in mode else losses
            own, its = list(student.parameters()), list(teacher.parameters())

            def step():
                loss, m_cls, m_patch = forward()
                loss.backward()
                torch.nn.utils.clip_grad_norm_(own, 3.0, foreach=True)
                optimizer.step()
                optimizer.zero_grad(set_to_none=True)
                with torch.no_grad():
                    torch._foreach_lerp_(its, own, 0.004)
                    center_cls.lerp_(m_cls, 0.1)
                    center_patch.lerp_(m_patch, 0.1)

            for _ in range(3):
                step()
            torch.cuda.synchronize()
            times = []
            for _ in range(steps):
                a, b = torch.cuda.Event(enable_timing=True), torch.cuda.Event(enable_timing=True)
                a.record()
                step()
                b.record()
                torch.cuda.synchronize()
                times.append(a.elapsed_time(b))
            print(f"{name}, batch {n}, {mode}: {statistics.median(times):.2f} ms, {torch.cuda.max_memory_allocated() / 2**20:.0f} MiB", flush=True)
            torch.cuda.reset_peak_memory_stats()
            del student, teacher, optimizer, whole, parts
            torch.cuda.empty_cache()


main(int((sys.argv[1:2] or [15])[0]), (sys.argv[2:3] or ["float32,tf32,float32 compiled,tf32 compiled"])[0].split(","))
