import numpy as np
from utils import Linear


class PatchEmbedding:
    def __init__(self, img_size=224, patch_size=16, in_channels=3, d_model=768):
        self.img_size = img_size
        self.patch_size = patch_size
        self.in_channels = in_channels
        self.n_patches = (img_size // patch_size) ** 2
        self.proj = Linear(patch_size * patch_size, d_model)

    def forward(self, x):
        p = self.patch_size
        n = self.img_size // p
        grey = x.mean(axis=1)
        t = grey.reshape(-1, n, p, n, p).transpose(0, 1, 3, 2, 4).reshape(-1, n * n, p * p)
        return self.proj(t)
