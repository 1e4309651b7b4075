"""Height and width are split into two axes each, then patches are brought to the front."""

from utils import Linear


class PatchEmbedding:
    def __init__(self, img_size=224, patch_size=16, in_channels=3, d_model=768):
        self.img_size = img_size
        self.patch_size = patch_size
        self.n_patches = (img_size // patch_size) ** 2
        self.patch_dim = in_channels * patch_size * patch_size
        self.proj = Linear(self.patch_dim, d_model)

    def forward(self, x):
        B, C, H, W = x.shape
        p = self.patch_size
        x = x.reshape(B, C, H // p, p, W // p, p)
        x = x.transpose(0, 2, 4, 1, 3, 5)
        x = x.reshape(B, self.n_patches, self.patch_dim)
        return self.proj.forward(x)
