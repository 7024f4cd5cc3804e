#!/usr/bin/env python3
"""Grad-CAM by PyTorch at the layer that its users name, of small networks with random weights.

    python3 make.py

Needs torch, timm, onnx and scikit-image. Each network is exported; its map is Grad-CAM of class 1 at
the output of the last block (for vision transformers, whose places end in attention, the norm before
the last block's), resized as scikit-image does and thinned to every fourth row and column.
"""

import pathlib

import numpy as np
import skimage.transform
import timm
import torch
from timm.models.convnext import ConvNeXt
from timm.models.resnet import BasicBlock, Bottleneck, ResNet
from timm.models.swin_transformer import SwinTransformer
from timm.models.vision_transformer import VisionTransformer

HERE = pathlib.Path(__file__).parent
SIDE, CLASSES = 96, 5


def planes(values):
    return values


def pixels(values):
    return values.permute(0, 3, 1, 2)


def tokens(values):
    side = int((values.shape[1] - 1) ** 0.5)
    return values[:, 1:].permute(0, 2, 1).reshape(1, values.shape[2], side, side)


def networks():
    common = {"num_classes": CLASSES}
    net = ResNet(BasicBlock, [1, 1, 1, 1], channels=(8, 12, 16, 24), stem_width=8, output_stride=16, zero_init_last=False, **common)
    yield "resnet-basic", net, net.layer4[-1], planes
    net = ResNet(Bottleneck, [1, 1, 1, 1], channels=(4, 6, 8, 8), stem_width=8, output_stride=16, zero_init_last=False, **common)
    yield "resnet-bottleneck", net, net.layer4[-1], planes
    net = ConvNeXt(depths=(1, 1, 1, 1), dims=(8, 12, 16, 24), output_stride=16, ls_init_value=0.5, **common)
    yield "convnext", net, net.stages[-1].blocks[-1], planes
    net = VisionTransformer(img_size=SIDE, patch_size=16, embed_dim=24, depth=2, num_heads=3, **common)
    yield "vit", net, net.blocks[-1].norm1, tokens
    net = SwinTransformer(img_size=SIDE, window_size=6, embed_dim=8, depths=(1, 1, 2), num_heads=(2, 2, 4), **common)
    yield "swin", net, net.layers[-1].blocks[-1], pixels


def statistics(network, numbers):
    """Batch norms that do something."""
    for part in network.modules():
        if isinstance(part, torch.nn.BatchNorm2d):
            part.running_mean = 0.2 * torch.randn(part.num_features, generator=numbers)
            part.running_var = 0.5 + torch.rand(part.num_features, generator=numbers)


def grad_cam(network, layer, to_planes, picture):
    kept = {}
    hook = layer.register_forward_hook(lambda _, __, output: kept.update(values=output))
    scores = network(picture)
    hook.remove()
    gradient = torch.autograd.grad(scores[0, 1], kept["values"])[0]
    values, gradient = to_planes(kept["values"]), to_planes(gradient)
    weights = gradient.mean((2, 3), keepdim=True)
    return (weights * values).sum(1)[0].relu().detach().numpy()


def main():
    numbers = torch.Generator().manual_seed(3)
    picture = torch.rand(1, 3, SIDE, SIDE, generator=numbers) * 2 - 1
    # Blotches as large as the places of the maps.
    picture = 0.3 * picture + torch.nn.functional.interpolate(
        torch.rand(1, 3, 6, 6, generator=numbers) * 2 - 1, (SIDE, SIDE), mode="bilinear"
    )
    np.save(HERE / "input.npy", picture.permute(0, 2, 3, 1)[0].numpy().astype("<f4"))
    for seed, (name, network, layer, to_planes) in enumerate(networks()):
        for attempt in range(20):
            torch.manual_seed(100 * seed + attempt)
            for part in network.modules():
                if hasattr(part, "reset_parameters"):
                    part.reset_parameters()
            statistics(network, numbers)
            network.eval()
            small = grad_cam(network, layer, to_planes, picture)
            # A map that is empty in most places shows nothing.
            if (small > 0).mean() > 0.6:
                break
        whole = skimage.transform.resize(small, (SIDE, SIDE))
        np.save(HERE / f"{name}.npy", whole[::4, ::4].astype("<f4"))
        torch.onnx.export(network, picture, HERE / f"{name}.onnx", dynamo=False, opset_version=17)
        print(name, small.shape, f"{(small > 0).mean():.2f} of the places, most {small.max():.3g}")


if __name__ == "__main__":
    main()
