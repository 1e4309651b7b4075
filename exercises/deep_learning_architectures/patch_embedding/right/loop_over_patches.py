"""Two loops fill an array, patch by patch."""

import numpy as np

from utils import Linear


class PatchEmbedding:
    def __init__(self, img_size=224, patch_size=16, in_channels=3, d_model=768):
        self.img_size = img_size
        self.patch_size = patch_size
        self.n_patches = (img_size // patch_size) ** 2
        self.patch_dim = in_channels * patch_size * patch_size
        self.proj = Linear(self.patch_dim, d_model)

    def forward(self, x):
        batch_size = x.shape[0]
        per_row = self.img_size // self.patch_size
        patches = np.zeros((batch_size, self.n_patches, self.patch_dim))
        k = 0
        for i in range(per_row):
            for j in range(per_row):
                patch = x[
                    :,
                    :,
                    i * self.patch_size : (i + 1) * self.patch_size,
                    j * self.patch_size : (j + 1) * self.patch_size,
                ]
                patches[:, k, :] = patch.reshape(batch_size, -1)
                k += 1
        return self.proj(patches)
