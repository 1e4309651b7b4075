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
        s = max(1, p // 2)
        out = []
        for i in range(0, self.img_size - p + 1, s):
            for j in range(0, self.img_size - p + 1, s):
                out.append(x[:, :, i:i + p, j:j + p].reshape(len(x), -1))
        out = np.stack(out[: self.n_patches], axis=1)
        return self.proj(out)
