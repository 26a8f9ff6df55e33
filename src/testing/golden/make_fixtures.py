"""Writes ../fixtures/{tiny-views,tiny-frozen}.safetensors: a few whole training steps to be repeated on the GPU.

The steps are those of lightly and timm in float64; everything random (weights, views, masks, stochastic depth) is drawn
beforehand, rounded to float32 and stored, so that another implementation starts from the very same numbers. The format is
`ibot-replay-1`: __metadata__ {format, config} and tensors init/..., step/S/... in float32 (masks in uint8).

Usage: python make_fixtures.py [OUT_DIR]
Needs torch, timm, lightly, safetensors.
"""
import copy
import json
import sys
from pathlib import Path

import torch
from safetensors.torch import save_file


def import_torchvision():
    """A torchvision built for another torch lacks its compiled operators; only their names are needed here."""
    operators = torch.library.Library("torchvision", "FRAGMENT")
    for _ in range(50):
        try:
            import torchvision  # noqa: F401
            return operators
        except RuntimeError as error:
            name = str(error).partition("torchvision::")[2].split()[0]
            operators.define(f"{name}(Tensor x) -> Tensor")
            for module in [m for m in sys.modules if m.partition(".")[0] == "torchvision"]:
                del sys.modules[module]
    raise ImportError("torchvision can't be imported")


_operators = import_torchvision()
from lightly.loss import DINOLoss, IBOTPatchLoss, KoLeoLoss  # noqa: E402
from lightly.models.modules import DINOProjectionHead, MaskedVisionTransformerTIMM  # noqa: E402
from lightly.models.utils import update_momentum  # noqa: E402
from lightly.utils.scheduler import cosine_schedule, linear_warmup_schedule  # noqa: E402
from timm.models.vision_transformer import VisionTransformer  # noqa: E402

COMMON = dict(
    embed_dim=24, patch_size=4, image_size=16, local_size=8, depth=2, num_heads=3, mlp_ratio=2.0, init_values=0.1,
    head_hidden_dim=28, head_bottleneck_dim=9, output_dim=40, batch_size=3, local_views=2,
    steps=3, total_steps=10, warmup_teacher_temp_steps=5, lr=2e-3, weight_decay=[0.04, 0.4], momentum=[0.99, 1.0],
    teacher_temp=[0.04, 0.07], student_temp=0.1, center_momentum=0.9, drop_path_rate=0.0, koleo_weight=0.0,
    norm_last_layer=False, freeze_last_layer_steps=0, adam_betas=[0.9, 0.999], adam_eps=1e-8, clip_grad_norm=0.0,
    weight_jitter=0.05, seed=1,
)
FIXTURES = {
    # Local views, resampled positions, stochastic depth, LayerScale.
    "tiny-views": {**COMMON, "drop_path_rate": 0.25},
    # No local views, KoLeo, clipping, prototypes frozen and then free with fixed length, no LayerScale, one odd head.
    "tiny-frozen": {**COMMON, "depth": 1, "num_heads": 1, "embed_dim": 21, "mlp_ratio": 3.0, "init_values": None,
                    "local_views": 0, "batch_size": 4, "koleo_weight": 0.1, "clip_grad_norm": 0.5,
                    "freeze_last_layer_steps": 2, "norm_last_layer": True, "seed": 2},
}


class DealtDropPath(torch.nn.Module):
    """Stochastic depth whose factors (one per sample) are dealt before each forward pass."""

    factors = None

    def forward(self, x):
        return x * self.factors.view(-1, 1, 1)


class Networks:
    """Student and teacher, each a backbone and a head, filled with float32 values."""

    def __init__(self, c):
        vit = VisionTransformer(
            img_size=c["image_size"], patch_size=c["patch_size"], embed_dim=c["embed_dim"], depth=c["depth"],
            num_heads=c["num_heads"], mlp_ratio=c["mlp_ratio"], init_values=c["init_values"], num_classes=0,
            pos_embed="learn", dynamic_img_size=True)
        backbone = MaskedVisionTransformerTIMM(vit=vit, antialias=False, pos_embed_initialization="skip")

        def head(fixed):
            return DINOProjectionHead(c["embed_dim"], c["head_hidden_dim"], c["head_bottleneck_dim"], c["output_dim"], norm_last_layer=fixed)

        self.student = {"backbone": backbone, "head": head(c["norm_last_layer"])}
        self.teacher = {"backbone": copy.deepcopy(backbone), "head": head(True)}
        self.paths = []
        for block in self.student["backbone"].vit.blocks:
            block.drop_path1, block.drop_path2 = DealtDropPath(), DealtDropPath()
            self.paths.append((block.drop_path1, block.drop_path2))
        for _, p in self.named():
            p.data = (p.data + c["weight_jitter"] * torch.randn_like(p)).float().double()
        for part in self.teacher.values():
            part.eval().requires_grad_(False)

    def named(self):
        for who, parts in (("student", self.student), ("teacher", self.teacher)):
            for part, module in parts.items():
                for name, p in module.named_parameters():
                    yield f"{who}/{part}/{name.removeprefix('vit.')}", p

    def deal(self, factors):
        """factors (depth, 2, rows)"""
        for (attention, mlp), (a, m) in zip(self.paths, factors):
            attention.factors, mlp.factors = a, m


def draw_inputs(c):
    """Views, masks and stochastic depth of one step. Half of the global views get one or two rectangles of masks."""
    rows, grid = 2 * c["batch_size"], c["image_size"] // c["patch_size"]
    keep = 1 - c["drop_path_rate"]

    def factors(n):
        return torch.bernoulli(torch.full((c["depth"], 2, n), keep)) / keep

    mask = torch.zeros(rows, grid, grid, dtype=torch.bool)
    for view in torch.randperm(rows)[: rows // 2].tolist():
        for _ in range(int(torch.randint(1, 3, ()))):
            top, left = torch.randint(0, grid - 1, (2,)).tolist()
            height, width = torch.randint(1, max(2, grid // 2 + 1), (2,)).tolist()
            mask[view, top:top + height, left:left + width] = True
    x = {"global_views": torch.randn(rows, 3, c["image_size"], c["image_size"]).float().double(), "mask": mask,
         "drop_path/global": factors(rows)}
    if c["local_views"]:
        n = c["local_views"] * c["batch_size"]
        x["local_views"] = torch.randn(n, 3, c["local_size"], c["local_size"]).float().double()
        x["drop_path/local"] = factors(n)
    return x


def forward(c, nets, x):
    """Logits and features that the losses compare."""
    tokens = torch.nn.functional.pad(x["mask"].flatten(1), (1, 0))
    student, teacher = nets.student, nets.teacher
    with torch.no_grad():
        features = teacher["backbone"].encode(x["global_views"])
        teacher_out = {"cls_out": teacher["head"](features[:, 0]), "patch_out": teacher["head"](features[tokens])}
    nets.deal(x["drop_path/global"])
    features = student["backbone"].encode(x["global_views"], mask=tokens)
    cls = [features[:, 0]]
    if c["local_views"]:
        nets.deal(x["drop_path/local"])
        cls.append(student["backbone"].encode(x["local_views"])[:, 0])
    student_out = {"cls_out": torch.cat([student["head"](part) for part in cls]), "patch_out": student["head"](features[tokens]),
                   "global_features": features}
    return student_out, teacher_out


def schedules(c, step):
    def between(key):
        return cosine_schedule(step=step, max_steps=c["total_steps"], start_value=c[key][0], end_value=c[key][1])
    temp = linear_warmup_schedule(step=step, warmup_steps=c["warmup_teacher_temp_steps"],
                                  start_value=c["teacher_temp"][0], end_value=c["teacher_temp"][1])
    return {"lr": c["lr"], "weight_decay": between("weight_decay"), "momentum": between("momentum"), "teacher_temp": temp}


def record(c):
    """All tensors of one fixture."""
    torch.manual_seed(c["seed"])
    nets = Networks(c)
    tensors = {}

    def put(prefix, values):
        for name, value in values.items():
            value = torch.as_tensor(value).detach()
            value = value.to(torch.uint8 if value.dtype == torch.bool else torch.float32)
            tensors[f"{prefix}/{name}"] = value.reshape(value.shape or (1,)).clone().contiguous()

    put("init", dict(nets.named()))
    trained = {n: p for n, p in nets.named() if p.requires_grad}
    optimiser = torch.optim.AdamW(trained.values(), lr=c["lr"], betas=tuple(c["adam_betas"]), eps=c["adam_eps"])
    options = {"output_dim": c["output_dim"], "student_temp": c["student_temp"], "center_momentum": c["center_momentum"]}
    dino_loss, ibot_loss, koleo_loss = DINOLoss(**options), IBOTPatchLoss(**options), KoLeoLoss()
    for step in range(c["steps"]):
        now = schedules(c, step)
        x = draw_inputs(c)
        student, teacher = forward(c, nets, x)
        loss = {
            "dino": dino_loss(teacher["cls_out"].chunk(2), student["cls_out"].chunk(2 + c["local_views"]), teacher_temp=now["teacher_temp"]),
            "ibot": ibot_loss(teacher["patch_out"], student["patch_out"], mask=x["mask"], teacher_temp=now["teacher_temp"]),
            "koleo": sum(map(koleo_loss, student["global_features"][:, 0].chunk(2))) if c["koleo_weight"] else torch.zeros(()),
        }
        loss["loss"] = loss["dino"] + loss["ibot"] + c["koleo_weight"] * loss["koleo"]
        optimiser.zero_grad()
        loss["loss"].backward()
        if step < c["freeze_last_layer_steps"]:
            for p in nets.student["head"].last_layer.parameters():
                p.grad = None
        grads = {n: p.grad.clone() for n, p in trained.items() if p.grad is not None}
        limit = c["clip_grad_norm"] or float("inf")
        norm = torch.nn.utils.clip_grad_norm_(trained.values(), limit)
        for group in optimiser.param_groups:
            group["weight_decay"] = now["weight_decay"]
        optimiser.step()
        for part in ("backbone", "head"):
            update_momentum(nets.student[part], nets.teacher[part], m=now["momentum"])

        at = f"step/{step}"
        put(at, {**x, "grad_norm": norm})
        put(f"{at}/schedule", now)
        put(f"{at}/loss", loss)
        put(f"{at}/center", {"cls": dino_loss.center.flatten(), "patch": ibot_loss.center.center.flatten()})
        if step == 0:
            put(f"{at}/student", student)
            put(f"{at}/teacher", teacher)
            put(f"{at}/grad", grads)
        if step in (0, c["steps"] - 1):
            put(f"{at}/after", dict(nets.named()))
    return tensors


if __name__ == "__main__":
    torch.set_default_dtype(torch.float64)
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent.parent / "fixtures"
    for name, config in FIXTURES.items():
        path = folder / f"{name}.safetensors"
        save_file(record(config), path, {"format": "ibot-replay-1", "config": json.dumps(config)})
        print(path, path.stat().st_size, "bytes")
