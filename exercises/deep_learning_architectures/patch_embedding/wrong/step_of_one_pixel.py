"""The loop's numbers are patches, and are used as pixels."""

import numpy as np

from utils import Linear


class PatchEmbedding:
    def __init__(self, img_size=224, patch_size=16, in_channels=3, d_model=768):
        self.patch_size = patch_size
        self.per_row = img_size // patch_size
        self.n_patches = self.per_row**2
        self.proj = Linear(in_channels * patch_size * patch_size, d_model)

    def forward(self, x):
        p = self.patch_size
        patches = []
        for i in range(self.per_row):
            for j in range(self.per_row):
                patches.append(x[:, :, i : i + p, j : j + p].reshape(len(x), -1))
        return self.proj(np.stack(patches, axis=1))
