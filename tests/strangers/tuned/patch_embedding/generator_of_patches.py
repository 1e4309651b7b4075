import numpy as np
from utils import Linear


def patches_of(image, size):
    for top in range(0, image.shape[1], size):
        for left in range(0, image.shape[2], size):
            yield image[:, top:top + size, left:left + size]


class PatchEmbedding:
    def __init__(self, img_size=224, patch_size=16, in_channels=3, d_model=768):
        assert img_size % patch_size == 0
        self.patch_size = patch_size
        self.n_patches = (img_size * img_size) // (patch_size * patch_size)
        self.linear = Linear(in_channels * patch_size ** 2, d_model)

    def forward(self, x):
        batch = []
        for image in x:
            batch.append([patch.ravel() for patch in patches_of(image, self.patch_size)])
        return self.linear(np.asarray(batch))
