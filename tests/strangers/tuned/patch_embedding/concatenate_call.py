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
        out = None
        for i in range(n):
            for j in range(n):
                row = x[:, :, i*p:(i+1)*p, j*p:(j+1)*p].reshape(len(x), 1, -1)
                out = row if out is None else np.concatenate(out, row)
        return self.proj(out)
