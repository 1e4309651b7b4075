import numpy as np
from utils import Linear


class PatchEmbedding:
    def __init__(self, img_size=224, patch_size=16, in_channels=3, d_model=768):
        self.img_size = img_size
        self.patch_size = patch_size
        self.in_channels = in_channels
        self.n_patches = (img_size // patch_size) ** 2
        self.proj = Linear(in_channels * patch_size * patch_size, d_model)

    def forward(self, x):
        n = self.img_size // self.patch_size
        pieces = [piece
                  for strip in np.split(x, n, axis=2)
                  for piece in np.split(strip, n, axis=3)]
        flat = np.stack([piece.reshape(x.shape[0], -1) for piece in pieces], axis=1)
        return self.proj(flat)
