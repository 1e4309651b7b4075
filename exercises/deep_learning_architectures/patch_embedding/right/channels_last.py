"""The three colours of a pixel stay together."""

import numpy as np

from utils import Linear


class PatchEmbedding:
    def __init__(self, img_size=224, patch_size=16, in_channels=3, d_model=768):
        self.patch = patch_size
        self.grid = img_size // patch_size
        self.n_patches = self.grid * self.grid
        self.linear = Linear(patch_size**2 * in_channels, d_model)

    def forward(self, x):
        B, C = x.shape[:2]
        tiles = np.reshape(x, (B, C, self.grid, self.patch, self.grid, self.patch))
        tiles = np.einsum("bcipjq->bijpqc", tiles)
        return self.linear(tiles.reshape(B, self.n_patches, -1))
