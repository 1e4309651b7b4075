"""Other names, another order, helpers and type hints."""

from __future__ import annotations

import numpy as np

import utils


def cut(image: np.ndarray, side: int) -> list[np.ndarray]:
    """All the patches of one image (C, H, W), flattened."""
    _, height, width = image.shape
    corners = ((top, left) for top in range(0, height, side) for left in range(0, width, side))
    return [image[:, top : top + side, left : left + side].reshape(-1) for top, left in corners]


class PatchEmbedding:
    def __init__(self, img_size: int = 224, patch_size: int = 16, in_channels: int = 3, d_model: int = 768):
        self.to_token = utils.Linear(in_channels * patch_size * patch_size, d_model)
        self.side = patch_size
        self.image_side = img_size

    @property
    def n_patches(self) -> int:
        return (self.image_side // self.side) ** 2

    def forward(self, batch: np.ndarray) -> np.ndarray:
        return self.to_token(np.asarray([cut(image, self.side) for image in batch]))
