"""Three loops, and the linear layer is given a single vector each time."""

import numpy as np

from utils import Linear


class PatchEmbedding:
    def __init__(self, img_size=224, patch_size=16, in_channels=3, d_model=768):
        self.patch_size = patch_size
        self.n_patches = (img_size // patch_size) ** 2
        self.proj = Linear(in_channels * patch_size * patch_size, d_model)

    def forward(self, x):
        result = []
        for image in x:
            tokens = []
            y = 0
            while y < image.shape[1]:
                z = 0
                while z < image.shape[2]:
                    tokens.append(self.proj(image[:, y : y + self.patch_size, z : z + self.patch_size].ravel()))
                    z += self.patch_size
                y += self.patch_size
            result.append(np.stack(tokens))
        return np.stack(result)
