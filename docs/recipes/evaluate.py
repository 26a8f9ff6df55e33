"""What a network knows about labelled pictures: nearest neighbours, parts named by their neighbours, segmentation by k-means."""
import numpy as np
import torch
import torch.nn.functional as F

BANK, PART_BANK, PART_QUERIES, SEGMENTED, RESTARTS = 5000, 500, 100, 200, 10
ENOUGH = 20  # patches of a part in the bank, fewer can't win a vote of 20


def whole(x, side):
    """Bytes (N, H, W, 3) -> (N, 3, side, side) from 0 to 1, shrunk with a filter as wide as the shrinking."""
    x = torch.from_numpy(x).permute(0, 3, 1, 2).float() / 255
    return x if x.shape[-1] == side else F.interpolate(x, size=(side, side), mode="bilinear", antialias=True)


def tokens(teacher, x, prepare):
    return torch.cat([teacher(prepare(b)) for b in x.split(250)])


def vote(bank, labels, query, classes, k=20, t=.07):
    """Each query's class by its k most similar, weighed by exp(cosine / t)."""
    bank, found = F.normalize(bank, dim=-1), []
    for q in F.normalize(query, dim=-1).split(500):
        s, i = (q @ bank.T).topk(k, -1)
        found.append(torch.zeros(len(q), classes).scatter_add_(1, labels[i], (s / t).exp()).argmax(1))
    return torch.cat(found)


def patch_labels(parts, patch, count):
    """(N, H, W) -> (N, grid, grid): what covers most of each patch."""
    n, side, _ = parts.shape
    blocks = parts.reshape(n, side // patch, patch, side // patch, patch).transpose(0, 1, 3, 2, 4).reshape(n, side // patch, side // patch, -1)
    return torch.from_numpy(np.stack([(blocks == label).sum(-1) for label in range(count)]).argmax(0))


def patch_colors(x, grid):
    """(N, grid * grid, 3)."""
    return F.adaptive_avg_pool2d(x, grid).flatten(2).transpose(1, 2)


def color_statistics(x):
    """(N, 6): mean and deviation of each channel."""
    return torch.cat([x.mean((2, 3)), x.std((2, 3), correction=0)], 1)


def mean_over(bank_labels, labels, named):
    """Percent of patches of parts that are named rightly, every part with enough patches in the bank counting alike."""
    known = [l for l in labels.unique() if (bank_labels == l).sum() >= ENOUGH]
    return 100 * np.mean([(named[labels == l] == l).float().mean().item() for l in known])


def nearest_color(bank, labels, query, count, k=20):
    i = torch.cat([torch.cdist(q, bank).topk(k, -1, largest=False).indices for q in query.split(500)])
    return F.one_hot(labels[i], count).sum(1).argmax(1)


def kmeans(x, k, rng, restarts=RESTARTS, rounds=20):
    """k-means++ and Lloyd; the assignment of the best restart."""
    best, assigned = np.inf, None
    norms = x.square().sum(1)
    gap = lambda c: (norms[:, None] - 2 * x @ c.T + c.square().sum(1)).clamp(min=0)
    for _ in range(restarts):
        centers = x[rng.integers(len(x))][None]
        d = gap(centers)[:, 0]
        while len(centers) < k:
            p = d.double().numpy()
            new = x[rng.choice(len(x), p=p / p.sum())][None]
            centers, d = torch.cat([centers, new]), torch.minimum(d, gap(new)[:, 0])
        previous = None
        for _ in range(rounds):
            d, a = gap(centers).min(1)
            if previous is not None and torch.equal(a, previous):
                break
            previous = a
            sums = torch.zeros(k, x.shape[1]).index_add_(0, a, x)
            counts = torch.bincount(a, minlength=k)[:, None]
            centers = torch.where(counts > 0, sums / counts.clamp(min=1), centers)
        if d.sum().item() < best:
            best, assigned = d.sum().item(), a
    return assigned


def named_clusters(x, labels, count, rng):
    """The cluster of each row, of 4 * count, and for each cluster the label it has most of."""
    a = kmeans(x, 4 * count, rng)
    return a, torch.zeros(4 * count, count).index_put_((a, labels), torch.ones(len(a)), accumulate=True).argmax(1)


def segmentation(x, labels, count, rng):
    """Mean over labels of intersection over union, percent; a cluster takes the label it has most of."""
    a, names = named_clusters(x, labels, count, rng)
    named = names[a]
    ious = [((named == l) & (labels == l)).sum() / ((named == l) | (labels == l)).sum() for l in labels.unique()]
    return 100 * torch.stack(ious).mean().item()


def judge(data, teacher, prepare, c, segments, everything):
    """Percentages by name; `segments` adds segmentation, `everything` that into parts as well, and the baselines by colour."""
    side, grid = c["imageSize"], c["imageSize"] // c["patchSize"]
    x, q = whole(data["train_x"][:BANK], side), whole(data["test_x"], side)
    y, truth = torch.from_numpy(data["train_y"][:BANK]).long(), torch.from_numpy(data["test_y"]).long()
    classes = int(y.max()) + 1
    bank, query = tokens(teacher, x, prepare), tokens(teacher, q, prepare)
    right = lambda a, b: 100 * (vote(a, y, b, classes) == truth).float().mean().item()
    found = {"knn": right(bank[:, 0], query[:, 0]), "knn_mean": right(bank[:, 1:].mean(1), query[:, 1:].mean(1))}
    rest = slice(BANK, 2 * BANK, 2)
    if len(data["train_x"]) >= rest.stop:  # further images as queries: less noise than 1,000 have
        more = tokens(teacher, whole(data["train_x"][rest], side), prepare)
        found["knn_more"] = 100 * (vote(bank[:, 0], y, more[:, 0], classes) == torch.from_numpy(data["train_y"][rest])).float().mean().item()
    if everything and len(data["train_x"]) > BANK:
        all_y = torch.from_numpy(data["train_y"]).long()
        cls = torch.cat([teacher(prepare(whole(data["train_x"][i:i + 250], side)))[:, 0] for i in range(0, len(all_y), 250)])
        found["knn_all"] = 100 * (vote(cls, all_y, query[:, 0], classes) == truth).float().mean().item()
    if everything:
        a, b = color_statistics(x), color_statistics(q)
        found["knn_color"] = right((a - a.mean(0)) / a.std(0), (b - a.mean(0)) / a.std(0))
        a, b = patch_colors(x, grid).flatten(1), patch_colors(q, grid).flatten(1)
        found["knn_small_picture"] = right(a - a.mean(0), b - a.mean(0))
    if "train_parts" not in data:
        return found
    kinds = torch.from_numpy(data["kind_of_part"]).long()
    count, objects = len(kinds), int(kinds.max()) + 1
    pixels = c["patchSize"] * data["train_parts"].shape[-1] // side
    labels = patch_labels(data["train_parts"][:PART_BANK], pixels, count).flatten()
    truth = patch_labels(data["test_parts"][:PART_QUERIES], pixels, count).flatten()
    part, asked = labels > 0, truth > 0
    truth = truth[asked]
    patches = F.normalize(bank[:PART_BANK, 1:].flatten(0, 1), dim=-1)
    wanted = query[:PART_QUERIES, 1:].flatten(0, 1)[asked]
    found["parts"] = mean_over(labels, truth, vote(patches[part], labels[part], wanted, count))
    found["parts_or_background"] = mean_over(labels, truth, vote(patches, labels, wanted, count))
    if not segments:
        return found
    rng = lambda: np.random.default_rng(0)
    some = SEGMENTED * grid ** 2
    found["things_iou"] = segmentation(patches[:some], (labels[:some] > 0).long(), 2, rng())
    found["objects_iou"] = segmentation(patches[:some], kinds[labels[:some]], objects, rng())
    if everything:
        colors = patch_colors(x[:PART_BANK], grid).flatten(0, 1)
        wanted = patch_colors(q[:PART_QUERIES], grid).flatten(0, 1)[asked]
        found["parts_color"] = mean_over(labels, truth, nearest_color(colors[part], labels[part], wanted, count))
        found["parts_iou"] = segmentation(patches[:some], labels[:some], count, rng())
        found["things_iou_color"] = segmentation(colors[:some], (labels[:some] > 0).long(), 2, rng())
        found["objects_iou_color"] = segmentation(colors[:some], kinds[labels[:some]], objects, rng())
        found["parts_iou_color"] = segmentation(colors[:some], labels[:some], count, rng())
    return found
