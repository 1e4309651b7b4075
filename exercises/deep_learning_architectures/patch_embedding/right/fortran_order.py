"""Each patch is flattened in column-major order: column, row, channel."""

import numpy as np

from utils import Linear


class PatchEmbedding:
    def __init__(self, img_size=224, patch_size=16, in_channels=3, d_model=768):
        self.patch_size = patch_size
        self.n_patches = (img_size // patch_size) ** 2
        self.proj = Linear(in_channels * patch_size * patch_size, d_model)

    def forward(self, x):
        size = self.patch_size
        sequences = []
        for image in x:
            patches = [
                image[:, top : top + size, left : left + size].flatten(order="F")
                for top in range(0, image.shape[1], size)
                for left in range(0, image.shape[2], size)
            ]
            sequences.append(patches)
        return self.proj(np.array(sequences))
