"""Each channel is cut by itself, and the three are put side by side."""

import numpy as np

from utils import Linear


class PatchEmbedding:
    def __init__(self, img_size=224, patch_size=16, in_channels=3, d_model=768):
        self.p = patch_size
        self.n_patches = (img_size // patch_size) ** 2
        self.proj = Linear(in_channels * patch_size * patch_size, d_model)

    def cut(self, channel):
        B, H, W = channel.shape
        four = channel.reshape(B, H // self.p, self.p, W // self.p, self.p).swapaxes(2, 3)
        return four.reshape(B, -1, self.p**2)

    def forward(self, x):
        channels = [self.cut(x[:, c]) for c in range(x.shape[1])]
        return self.proj(np.concatenate(channels, axis=-1))
