"""Plain Python lists, number by number."""

import numpy as np

from utils import Linear


class PatchEmbedding:
    def __init__(self, img_size=224, patch_size=16, in_channels=3, d_model=768):
        self.patch_size = patch_size
        self.in_channels = in_channels
        self.rows = img_size // patch_size
        self.n_patches = self.rows * self.rows
        self.proj = Linear(in_channels * patch_size * patch_size, d_model)

    def forward(self, x):
        batch = []
        for b in range(x.shape[0]):
            patches = []
            for n in range(self.n_patches):
                numbers = []
                for c in range(self.in_channels):
                    for i in range(self.patch_size):
                        for j in range(self.patch_size):
                            row = (n // self.rows) * self.patch_size + i
                            col = (n % self.rows) * self.patch_size + j
                            numbers.append(x[b, c, row, col])
                patches.append(numbers)
            batch.append(patches)
        return self.proj.forward(np.array(batch))
