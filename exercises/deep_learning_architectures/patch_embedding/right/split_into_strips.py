"""np.split cuts the image into strips and each strip into patches."""

import numpy as np

from utils import Linear


class PatchEmbedding:
    def __init__(self, img_size=224, patch_size=16, in_channels=3, d_model=768):
        self.side = img_size // patch_size
        self.n_patches = self.side * self.side
        self.proj = Linear(in_channels * patch_size * patch_size, d_model)

    def forward(self, x):
        strips = np.split(x, self.side, axis=2)
        patches = [patch for strip in strips for patch in np.split(strip, self.side, axis=3)]
        flat = np.stack([patch.reshape(len(x), -1) for patch in patches]).swapaxes(0, 1)
        return self.proj(flat)
