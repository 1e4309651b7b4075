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
        B, C = x.shape[:2]
        P = self.patch_size
        v = x.reshape(B, C, self.n_patches, P * P)
        v = v.transpose(0, 2, 1, 3).reshape(B, self.n_patches, C * P * P)
        return self.proj(v)
