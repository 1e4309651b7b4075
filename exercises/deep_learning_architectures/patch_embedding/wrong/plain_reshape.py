"""A reshape alone, channel by channel in memory order."""

from utils import Linear


class PatchEmbedding:
    def __init__(self, img_size=224, patch_size=16, in_channels=3, d_model=768):
        self.patch_size = patch_size
        self.n_patches = (img_size // patch_size) ** 2
        self.patch_dim = in_channels * patch_size * patch_size
        self.proj = Linear(self.patch_dim, d_model)

    def forward(self, x):
        return self.proj(x.reshape(x.shape[0], self.n_patches, self.patch_dim))
