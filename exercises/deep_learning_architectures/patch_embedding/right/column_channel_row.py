"""Each patch is a row of columns, and each column has its channels one after the other."""

from utils import Linear


class PatchEmbedding:
    def __init__(self, img_size=224, patch_size=16, in_channels=3, d_model=768):
        self.patch_size = patch_size
        self.n_patches = (img_size // patch_size) ** 2
        self.proj = Linear(in_channels * patch_size * patch_size, d_model)

    def forward(self, x):
        n, c, h, w = x.shape
        s = self.patch_size
        x = x.reshape(n, c, h // s, s, w // s, s).transpose(0, 2, 4, 5, 1, 3)
        return self.proj(x.reshape(n, self.n_patches, -1))
