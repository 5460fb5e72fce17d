"""The networks: generators and discriminators of InstaGAN and CycleGAN."""
