import numpy as np


class PatchEmbedding:
    def __init__(self, img_size=224, patch_size=16, in_channels=3, d_model=768):
        self.img_size, self.patch_size = img_size, patch_size
        self.n_patches = (img_size // patch_size) ** 2
        rng = np.random.default_rng(0)
        self.W = rng.normal(0, 0.02, (in_channels * patch_size ** 2, d_model))
        self.b = np.zeros(d_model)

    def forward(self, x):
        B, C, H, W = x.shape
        p = self.patch_size
        g = x.reshape(B, C, H // p, p, W // p, p)
        g = np.einsum("bchpwq->bhwcpq", g).reshape(B, self.n_patches, -1)
        return g @ self.W + self.b
