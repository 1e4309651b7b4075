import numpy as np
from utils import Linear


class PatchEmbedding:
    def __init__(self, img_size=224, patch_size=16, in_channels=3, d_model=768):
        self.img_size = img_size
        self.patch_size = patch_size
        self.in_channels = in_channels
        self.n_patches = (img_size // patch_size) ** 2
        self.proj = [Linear(in_channels * patch_size * patch_size, d_model) for _ in range(self.n_patches)]

    def forward(self, x):
        p = self.patch_size
        n = self.img_size // p
        out = []
        for k, layer in enumerate(self.proj):
            i, j = k // n, k % n
            out.append(layer(x[:, :, i*p:i*p+p, j*p:j*p+p].reshape(x.shape[0], -1)))
        return np.stack(out, 1)
