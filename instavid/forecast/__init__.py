"""What a run would come to: looked up where that is possible, estimated from a sample elsewhere."""
