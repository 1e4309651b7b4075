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
        out = np.zeros((x.shape[0], self.n_patches, self.in_channels * p * p))
        n = self.img_size // p
        for top in range(0, self.img_size - p, p):
            for left in range(0, self.img_size - p, p):
                k = (top // p) * n + left // p
                out[:, k] = x[:, :, top:top + p, left:left + p].reshape(x.shape[0], -1)
        return self.proj(out)
