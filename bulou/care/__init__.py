"""Medical access and support (就医绿色通道、心理疏导, D10, D11): a hospital that accepts, transport, standing visits."""
