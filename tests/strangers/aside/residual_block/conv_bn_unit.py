from utils import Conv2d, BatchNorm2d, ReLU


class ConvBN:
    def __init__(self, cin, cout, k, s=1, act=None):
        self.conv = Conv2d(cin, cout, k, stride=s, padding=k // 2)
        self.bn = BatchNorm2d(cout)
        self.act = act

    def __call__(self, x):
        x = self.bn(self.conv(x))
        return self.act(x) if self.act else x


class ResidualBlock:
    def __init__(self, in_channels, out_channels, stride=1):
        relu = ReLU()
        self.a = ConvBN(in_channels, out_channels, 3, stride, act=relu)
        self.b = ConvBN(out_channels, out_channels, 3)
        self.need = not (stride == 1 and in_channels == out_channels)
        self.s = ConvBN(in_channels, out_channels, 1, stride) if self.need else None
        self.relu = relu

    def forward(self, x):
        identity = self.s(x) if self.need else x
        return self.relu(self.b(self.a(x)) + identity)

    __call__ = forward
