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
        B = x.shape[0]
        p = self.patch_size
        per_row = self.img_size // p
        out = np.zeros((B, self.n_patches, self.in_channels * p * p), dtype=x.dtype)
        for k in range(self.n_patches):
            r, c = divmod(k, per_row)
            for m in range(p * p):
                i, j = divmod(m, p)
                for ch in range(self.in_channels):
                    out[:, k, ch * p * p + m] = x[:, ch, r * p + i, c * p + j]
        return self.proj(out)
