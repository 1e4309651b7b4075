"""One loop counts the patches; divmod gives row and column."""

import numpy as np

from utils import Linear


class PatchEmbedding:
    def __init__(self, img_size=224, patch_size=16, in_channels=3, d_model=768):
        self.patch_size = patch_size
        self.per_row = img_size // patch_size
        self.n_patches = self.per_row**2
        self.proj = Linear(in_channels * patch_size**2, d_model)

    def forward(self, x):
        s = self.patch_size
        embedded = None
        for number in range(self.n_patches):
            row, column = divmod(number, self.per_row)
            patch = x[:, :, row * s : row * s + s, column * s : column * s + s]
            vector = self.proj.forward(patch.reshape(len(x), -1))
            if embedded is None:
                embedded = np.empty((len(x), self.n_patches, vector.shape[-1]))
            embedded[:, number] = vector
        return embedded
