"""Every patch has a linear layer of its own."""

import numpy as np

from utils import Linear


class PatchEmbedding:
    def __init__(self, img_size=224, patch_size=16, in_channels=3, d_model=768):
        self.patch_size = patch_size
        self.n_patches = (img_size // patch_size) ** 2
        self.proj = [Linear(in_channels * patch_size * patch_size, d_model) for _ in range(self.n_patches)]

    def forward(self, x):
        p = self.patch_size
        vectors = []
        for i in range(0, x.shape[2], p):
            for j in range(0, x.shape[3], p):
                patch = x[:, :, i : i + p, j : j + p].reshape(len(x), -1)
                vectors.append(self.proj[len(vectors)].forward(patch))
        return np.stack(vectors, axis=1)
