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
        out = []
        for k in range(n * n):
            i, j = divmod(k, n)
            patch = x[:, :, i*p:(i+1)*p, j*p:(j+1)*p]
            if k % 2:
                patch = patch.swapaxes(2, 3)
            out.append(patch.reshape(len(x), -1))
        return self.proj(np.stack(out, 1))
