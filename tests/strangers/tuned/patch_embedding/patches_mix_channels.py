import numpy as np
from utils import Linear


class PatchEmbedding:
    def __init__(self, img_size=224, patch_size=16, in_channels=3, d_model=768):
        self.img_size = img_size
        self.patch_size = patch_size
        self.in_channels = in_channels
        self.n_patches = (img_size // patch_size) ** 2
        self.proj = Linear(in_channels * patch_size * patch_size, d_model)

    def forward(self, x):
        b, c, h, w = x.shape
        p, n = self.patch_size, h // self.patch_size
        x = x.reshape(b, c, n, p, n, p)
        x = x.transpose(0, 1, 2, 4, 3, 5)
        return self.proj(x.reshape(b, n * n, c * p * p))
