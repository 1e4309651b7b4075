"""The image's channels go to the end before anything else, as in many image libraries."""

import numpy as np

from utils import Linear


class PatchEmbedding:
    def __init__(self, img_size=224, patch_size=16, in_channels=3, d_model=768):
        self.patch_size, self.in_channels = patch_size, in_channels
        self.n_patches = (img_size // patch_size) ** 2
        self.proj = Linear(in_channels * patch_size * patch_size, d_model)

    def forward(self, x):
        img = np.moveaxis(x, 1, -1)  # B H W C
        B, H, W, C = img.shape
        P = self.patch_size
        out = []
        for r in range(0, H, P):
            for c in range(0, W, P):
                out.append(img[:, r:r + P, c:c + P, :].reshape(B, -1))
        return self.proj.forward(np.stack(out, axis=1))
