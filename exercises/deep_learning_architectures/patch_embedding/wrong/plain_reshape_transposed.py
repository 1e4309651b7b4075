"""A reshape into (numbers in a patch, patches), then the two change places."""

from utils import Linear


class PatchEmbedding:
    def __init__(self, img_size=224, patch_size=16, in_channels=3, d_model=768):
        self.patch_size = patch_size
        self.n_patches = (img_size // patch_size) ** 2
        self.patch_dim = in_channels * patch_size * patch_size
        self.proj = Linear(self.patch_dim, d_model)

    def forward(self, x):
        x = x.reshape(x.shape[0], self.patch_dim, self.n_patches)
        return self.proj(x.transpose(0, 2, 1))
