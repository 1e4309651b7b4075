"""Only the first image of the batch is embedded."""

import numpy as np

from utils import Linear


class PatchEmbedding:
    def __init__(self, img_size=224, patch_size=16, in_channels=3, d_model=768):
        self.patch_size = patch_size
        self.n_patches = (img_size // patch_size) ** 2
        self.proj = Linear(in_channels * patch_size * patch_size, d_model)

    def forward(self, x):
        p = self.patch_size
        for image in x:
            patches = []
            for i in range(0, image.shape[1], p):
                for j in range(0, image.shape[2], p):
                    patches.append(image[:, i : i + p, j : j + p].flatten())
            return self.proj(np.array(patches)[np.newaxis])
