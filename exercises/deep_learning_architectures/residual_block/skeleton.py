# Exercise 2: A residual block


class ResidualBlock:
    def __init__(self, in_channels, out_channels, stride=1):
        """
        Create the layers of the main path, and of the shortcut where it needs any.

        Args:
            in_channels: channels of the input
            out_channels: channels of the output
            stride: stride of the first convolution; 2 halves height and width
        """
        # TODO 1: two 3x3 convolutions, each with a BatchNorm2d of its own, and a ReLU.
        # TODO 2: the shortcut. When does x fit as it is, and when does it need a 1x1 convolution?
        raise NotImplementedError

    def forward(self, x):
        """
        Compute ReLU(F(x) + shortcut(x)).

        Args:
            x: shape (batch_size, in_channels, H, W)

        Returns:
            shape (batch_size, out_channels, H', W')
        """
        # TODO 3: the main path. Keep x: the shortcut starts from the block's input.
        # TODO 4: the shortcut, then the addition, then the last ReLU.
        raise NotImplementedError
