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
        p = self.patch_size
        imgs = np.moveaxis(x, 1, -1)
        N, H, W, ch = imgs.shape
        strips = imgs.reshape(N, H // p, p, W // p, p, ch).swapaxes(2, 3)
        return self.proj(strips.reshape(N, -1, p * p * ch))
