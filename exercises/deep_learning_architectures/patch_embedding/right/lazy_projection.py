"""The layer is made when the number of channels is known from an image."""

from utils import Linear


class PatchEmbedding:
    def __init__(self, img_size=224, patch_size=16, in_channels=3, d_model=768):
        self.options = {"patch": patch_size, "d": d_model}
        self.n_patches = (img_size // patch_size) ** 2
        self.proj = None

    def forward(self, x):
        B, C, H, W = x.shape
        p = self.options["patch"]
        assert H % p == 0 and W % p == 0, "patches must fit"
        if self.proj is None:
            self.proj = Linear(C * p * p, self.options["d"])
        blocks = x.reshape(B, C, -1, p, W // p, p)
        blocks = blocks.transpose((0, 2, 4, 3, 5, 1))
        return self.proj(blocks.reshape(B, -1, p * p * C))
