"""Each patch is a pile of rows, and each row has its channels one after the other."""

from utils import Linear


class PatchEmbedding:
    def __init__(self, img_size=224, patch_size=16, in_channels=3, d_model=768):
        self.patch_size = patch_size
        self.n_patches = (img_size // patch_size) ** 2
        self.proj = Linear(in_channels * patch_size * patch_size, d_model)

    def forward(self, x):
        n, c, h, w = x.shape
        s = self.patch_size
        x = x.transpose(0, 2, 1, 3)
        x = x.reshape(n, h // s, s, c, w // s, s)
        x = x.transpose(0, 1, 4, 2, 3, 5)
        return self.proj(x.reshape(n, self.n_patches, -1))
